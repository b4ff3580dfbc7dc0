"""`netwright limit` on real trainings: yields, files, members, and what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyhf
import pytest
import uproot
import yaml
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import DataError, ExperimentError, RunError
from netwright.statistics import median_limit
from netwright.workflow import limit, train

pytestmark = pytest.mark.usefixtures("without_figures")  # of trainings; those of limits are looked at

ROWS = 4000
RESULT: dict[str, Any] = {
    "luminosity": "138 fb-1",
    "processes": {"hh": {"cross_section": "0.2 fb"}, "tt": {"cross_section": "20 fb"}},
    "systematics": {"lumi": {"hh": 1.02, "tt": 1.02}, "tt_rate": {"tt": [0.9, 1.12]}},
    "weight_variations": {"pdf": {"tt": ["w_down", "w_up"]}},
    "bins": 3,
    "replicas": 3,
}


def write_rows(path: Path, **changed: Any) -> Path:
    generator = np.random.default_rng(1)
    y = np.arange(ROWS) % 2
    x = generator.normal(size=(ROWS, 2)) + 1.2 * y[:, None]
    w = np.where(generator.random(ROWS) < 0.05, -1.0, 1.0)
    columns = {"a": x[:, 0], "b": x[:, 1], "y": y, "w": w}
    columns |= {"w_down": w * (1 - 0.05 * x[:, 0]), "w_up": w * (1 + 0.05 * x[:, 0]), "event": np.arange(ROWS)}
    pq.write_table(pa.table(columns | changed), path)
    return path


def experiment(files: Path, **sections: Any) -> Any:
    content = {
        "name": "toy",
        "data": {"files": [str(files)], "weight": "w", "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"is_hh": {"kind": "binary", "column": "y", "classes": {"tt": 0, "hh": 1}}},
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"epochs": 2, "batch_size": 256, "learning_rate": 0.01},
        "result": RESULT,
    }
    return nw.parse_experiment(content | sections)


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("folded")
    split = {"kind": "cross", "folds": 3}
    return train(experiment(write_rows(folder / "rows.parquet"), split=split), run=folder / "run")


@pytest.fixture(scope="module")
def found(folded: nw.Run) -> Any:
    return limit(folded)


def test_every_event_counts_once_and_yields_are_those_expected(found, folded):
    channel = found.inference.channel
    assert channel.signal.total == pytest.approx(0.2 * 138)
    assert channel.background.total == pytest.approx(20 * 138)
    background, _ = (process for process in channel.processes)
    table = folded.predictions()
    test = table.filter(pa.compute.equal(table["split"], "test"))
    assert len(test) == ROWS  # folds of variant 2: each row is a test row of one member
    rows = np.asarray(test["is_hh_true"]) == 0
    scores, weights = np.asarray(test["is_hh"], np.float64)[rows], np.asarray(test["weight"])[rows]
    factor = 20 * 138 / weights.sum()
    expected = np.histogram(scores, channel.edges, weights=weights * factor)[0]
    assert background.yields.values == pytest.approx(expected)
    assert background.yields.variances == pytest.approx(
        np.histogram(scores, channel.edges, weights=np.square(weights * factor))[0]
    )


def test_systematics_are_those_of_the_section(found):
    background, signal = found.inference.channel.processes
    assert background.norms == {"lumi": (1 / 1.02, 1.02), "tt_rate": (0.9, 1.12)}
    assert signal.norms == {"lumi": (1 / 1.02, 1.02)}
    assert signal.shapes == {}
    down, up = background.shapes["pdf"]
    middle = (down.values + up.values) / 2  # weights vary linearly to both sides
    assert middle == pytest.approx(background.yields.values)
    assert up.values[-1] > background.yields.values[-1]  # a is large where the score is


def test_results_have_uncertainties_and_the_spread_over_members(found):
    for measured in found.inference.results.values():
        assert measured.value > 0
        assert measured.uncertainty > 0
        assert measured.spread is not None
        assert measured.spread > 0


def test_files_are_written_that_other_programs_read(found, folded):
    content = json.loads(found.path.read_text())
    assert found.path == folded.path / "limit.json"
    workspace = json.loads((found.folder / "workspace.json").read_text())
    pyhf.Workspace(workspace)
    assert median_limit(workspace) == pytest.approx(content["results"]["limit"]["value"], rel=1e-3)
    assert content["limits"]["+0"] == pytest.approx(content["results"]["limit"]["value"], rel=1e-3)
    with uproot.open(found.folder / "shapes.root") as file:
        assert file["score/tt"].values().tolist() == content["processes"]["tt"]["events"]
    assert "autoMCStats" in (found.folder / "datacard.txt").read_text()
    for name in ("templates", "cls", "cuts", "pulls"):
        assert (folded.figures / f"{name}-is_hh.png").is_file()


def test_the_report_shows_it(found):
    page = found.report.read_text()
    assert "expected upper limit on μ, 95% CL" in page
    assert "Expected events by is_hh" in page
    assert "Systematic uncertainties, is_hh" in page


@pytest.fixture
def without_limit_figures(monkeypatch):
    monkeypatch.setattr("netwright.workflow._limit.draw_inference", lambda *_, **__: None)


@pytest.mark.usefixtures("without_limit_figures")
def test_the_command_says_it(folded):
    outcome = CliRunner().invoke(app, ["limit", str(folded.path)], env={"COLUMNS": "150"})
    assert outcome.exit_code == 0, outcome.output
    assert "upper limit on μ, 95% CL" in outcome.output
    assert "μ = 1 is the cross section of hh, 0.2 fb; the limit is" in outcome.output
    assert "3 bins (optimal, chosen on validation rows); expected events: tt 2760, hh 27.6." in outcome.output
    assert "Systematics: lumi, tt_rate (yields); pdf (templates)." in outcome.output


def copied(run: nw.Run, folder: Path) -> Path:
    return Path(shutil.copytree(run.path, folder / "run"))


@pytest.mark.usefixtures("without_limit_figures")
def test_a_section_of_its_own_file_counts(folded, found, tmp_path):
    run = copied(folded, tmp_path)
    twice = RESULT | {"processes": {"hh": {"cross_section": "0.4 fb"}, "tt": {"cross_section": "20 fb"}}}
    (tmp_path / "result.yaml").write_text(yaml.safe_dump({"result": twice}))
    other = limit(run, result=tmp_path / "result.yaml")
    assert other.inference.limit.median == pytest.approx(found.inference.limit.median / 2, rel=0.05)
    (tmp_path / "nothing.yaml").write_text("name: toy\n")
    with pytest.raises(ExperimentError, match=r"nothing.yaml: has no section result. Write the key result"):
        limit(run, result=tmp_path / "nothing.yaml")
    with pytest.raises(ExperimentError, match=r"absent.yaml: there is no such file. Write one with the key result"):
        limit(run, result=tmp_path / "absent.yaml")
    (tmp_path / "broken.yaml").write_text("result: [\n")
    with pytest.raises(ExperimentError, match=r"broken.yaml: is not valid YAML"):
        limit(run, result=tmp_path / "broken.yaml")


def test_a_run_without_the_section_says_how_to_give_one(folded, tmp_path):
    run = copied(folded, tmp_path)
    path = run / "experiment.yaml"
    path.write_text(path.read_text().partition("\nresult:")[0] + "\n")
    with pytest.raises(RunError, match=r"has no section result.*netwright limit .* --result FILE"):
        limit(run)


def test_other_data_is_refused(folded, tmp_path):
    changed = write_rows(tmp_path / "rows.parquet", a=np.zeros(ROWS))
    with pytest.raises(RunError, match=r"its data is not what it was when the network was trained"):
        limit(folded, own_files=[str(changed)])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weight_variations": {"pdf": {"tt": ["w_down", "w_upp"]}}}, 'there is no column "w_upp".* mean "w_up"'),
        ({"background_events": 1e6}, r"at least 1e\+06 events.*Received: 2760 events"),
    ],
)
def test_what_cannot_be_computed_is_named(folded, tmp_path, changed, message):
    (tmp_path / "result.yaml").write_text(yaml.safe_dump({"result": RESULT | changed}))
    with pytest.raises(DataError, match=message):
        limit(folded, result=tmp_path / "result.yaml")


def test_a_damaged_result_is_named_by_the_report(folded, tmp_path):
    run = copied(folded, tmp_path)
    (run / "limit.json").write_text('{"expected": 1}')
    with pytest.raises(RunError, match=r"limit.json cannot be read .* write it again with: netwright limit"):
        nw.report(run)
