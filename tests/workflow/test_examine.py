"""The doctor in the workflow: a verdict in the run, examined again, applied; and a look before the training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from netwright.doctor import VERDICT, likeliest
from netwright.errors import ExperimentError, NonFiniteLossError, RunError
from netwright.finding import Finding
from netwright.lab import Run


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(1)
    y = random.integers(0, 2, 600)
    path = tmp_path_factory.mktemp("rows") / "rows.npz"
    np.savez(path, a=random.normal(size=600) + y, b=random.normal(size=600), c=random.normal(size=600), y=y, copy=2 * y)
    return path


def experiment_of(rows: Path, *columns: str, **training: Any) -> nw.Experiment:
    return nw.parse_experiment(
        {
            "data": {"files": [str(rows)]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a", "b", "c", *columns]}},
            "targets": {"y": {"kind": "binary", "column": "y"}},
            "model": {"body": {"kind": "dense", "units": [8]}},
            "ensemble": {"members": 2},
            "training": {"batch_size": 64, "members": "together", **training},
        }
    )


@pytest.fixture(scope="module")
def ill(rows: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[Finding]]:
    """A run with a learning rate of a hundred thousandth of the usual one, and its warnings."""
    warnings: list[Finding] = []
    experiment = experiment_of(rows, learning_rate=1e-8, epochs=3)
    return nw.train(experiment, run=tmp_path_factory.mktemp("ill") / "run", warn=warnings.append), warnings


def test_the_verdict_is_in_the_run(ill: tuple[Run, list[Finding]]) -> None:
    run, warnings = ill
    first = likeliest(run.findings)
    assert first is not None
    assert first.cause == "The learning rate is too low."
    assert first.remedy == "Set training.learning_rate: 0.0001."
    assert [warning.cause for warning in warnings] == [first.cause]
    assert [finding.symptom for finding in run.findings if finding.see.startswith("docs/doctor")] == [
        "learning rate too low",
        "too few epochs",
    ]
    assert {(check["member"], check["epoch"] > 0) for check in run.vitals} == {
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    }
    assert (run.figures / "vitals.png").is_file()
    assert "Layers of the network" in (run.path / "report.html").read_text()


def test_an_examination_comes_to_the_same_verdict(ill: tuple[Run, list[Finding]]) -> None:
    run, _ = ill
    result = nw.examine(run)
    assert result.changes == ()
    assert result.findings[0] == likeliest(run.findings)
    # on a busy machine the doctor has time to measure earlier epochs too
    measured = {(line["member"], line["epoch"]): line["layers"][0]["quantiles"] for line in run.vitals}
    assert [record.member for record in result.vitals] == [0, 1]
    for record in result.vitals:
        quantiles = measured[record.member, record.epoch]
        np.testing.assert_allclose(record.layers[0].quantiles, quantiles, rtol=1e-6, atol=1e-6)  # float32


def test_a_finding_is_applied_in_a_new_file(ill: tuple[Run, list[Finding]]) -> None:
    run, _ = ill
    before = sorted(run.path.iterdir())
    path, _ = nw.apply_finding(run, "learning rate too low")
    assert path == run.path.with_name("run-fixed.yaml")
    assert "because: The learning rate is" in path.read_text() or "because: member" in path.read_text()
    assert nw.check(path).experiment.training.learning_rate == 1e-4
    (run.path.parent / "run-fixed-2.yaml").symlink_to("nowhere")
    assert nw.apply_finding(run.path, "learning-rate-too-low")[0].name == "run-fixed-3.yaml"  # as its page is called
    assert nw.apply_finding(run.path, "all")[0].name == "run-fixed-4.yaml"
    assert sorted(run.path.iterdir()) == before
    with pytest.raises(
        ExperimentError,
        match=r"has no finding 'leak'\. It has: learning rate too low, too few epochs\. See all findings",
    ):
        nw.apply_finding(run, "leak")


def test_a_loss_that_is_no_number_is_explained(rows: Path, tmp_path: Path) -> None:
    with pytest.raises(NonFiniteLossError):
        nw.train(experiment_of(rows, learning_rate=1e30, epochs=9), run=tmp_path / "run")
    first = likeliest(nw.open_run(tmp_path / "run").findings)
    assert first is not None
    assert (first.symptom, first.severity) == ("learning rate too high", "FAIL")
    with pytest.raises(RunError, match=r"run: its training did not end\. Continue it first: netwright train --resume"):
        nw.examine(tmp_path / "run")


def test_an_experiment_is_examined_before_its_training(rows: Path) -> None:
    healthy = nw.examine(experiment_of(rows))
    assert healthy.findings == ()
    assert healthy.vitals[0].layers[0].name == "body-hidden-0"
    (leak,) = nw.examine(experiment_of(rows, "copy")).findings
    assert leak.symptom == "leak"
    with pytest.raises(ExperimentError, match=r"nothing\.yaml: the experiment file cannot be read"):
        nw.examine("nothing.yaml")


def test_a_healthy_run_says_so(rows: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.plots.of_run.save", lambda *_: None)  # figures, which take most of the time
    run = nw.train(experiment_of(rows, epochs=30, learning_rate=0.01), run=tmp_path / "run")
    (verdict,) = (finding for finding in run.findings if finding.symptom == VERDICT)
    assert verdict.severity == "PASS"
    assert likeliest(run.findings) == verdict
