"""Debug: a row or a batch on its way through a network, before its training and after."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import DataError, ExperimentError, RunError
from netwright.layers import Standardise

pytestmark = pytest.mark.usefixtures("without_figures")

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("debug")
    random = np.random.default_rng(1)
    y = random.integers(0, 2, 60)
    np.savez(folder / "rows.npz", a=random.normal(size=60) + y, b=random.normal(size=60), y=y, event=np.arange(60))
    path = folder / "experiment.yaml"
    path.write_text(
        f"data: {{files: [{folder}/rows.npz], identity: [event]}}\n"
        "inputs: {x: {kind: numeric, columns: [a, b]}}\n"
        "targets: {is_signal: {kind: binary, column: y}}\n"
        "model: {body: {kind: dense, units: [3], dropout: 0.5}}\n"
        "training: {epochs: 1, batch_size: 16}\n",
        encoding="utf-8",
    )
    return path


def test_a_row_is_shown_with_what_is_known_of_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a layer's own code is reached with its numbers."""
    seen: list[float] = []
    call = Standardise.call

    def noting(self: Standardise, x: object) -> object:
        if isinstance(x, np.ndarray) or type(x).__name__ == "ArrayImpl":
            seen.append(float(np.asarray(x)[0, 0]))
        return call(self, x)

    monkeypatch.setattr(Standardise, "call", noting)
    result = nw.debug(file, row=7)
    with np.load(file.parent / "rows.npz") as table:
        a, b, y = (table[name] for name in "aby")
    assert seen == [pytest.approx(a[7])] * 2  # forwards, and once more for the gradient
    assert result.trace.truth["is_signal"] == [y[7]]
    scaled = next(layer for layer in result.trace.layers if layer.kind == "Standardise")
    mean, std = (weight.value for weight in scaled.weights)
    np.testing.assert_allclose(scaled.output[0], (np.array([a[7], b[7]]) - mean) / std, rtol=1e-5)
    text = str(result)
    assert "row 7 (rows.npz, row 7), of the " in text
    assert "first weights" in text
    assert f"is_signal: weighted loss {result.trace.head_losses['is_signal']:.4g}; truth {y[7]}" in text
    assert "body-hidden-0: Dense, (1, 3)" in text
    assert "kernel (2, 3): " in text


def test_a_batch_is_that_of_the_training(file: Path) -> None:
    result = nw.debug(file)  # the first one
    assert "batch 1 of 3, 16 rows" in result.title
    assert len(result.rows) == 16
    dropped = next(layer for layer in result.trace.layers if layer.kind == "Dropout")
    relu = next(layer for layer in result.trace.layers if layer.name == "body-hidden-0-activation")
    assert np.count_nonzero(dropped.output) < np.count_nonzero(relu.output)


def test_a_run_has_its_trained_weights(file: Path, tmp_path: Path) -> None:
    run = nw.train(file, run=tmp_path / "run")
    answer = RUNNER.invoke(app, ["debug", str(run.path), "--row", "7"])
    assert answer.exit_code == 0, answer.output
    assert "weights of" in answer.output
    match = re.search(r"is_signal: .* raw output (\S+)", answer.output)
    assert match is not None
    with np.load(file.parent / "rows.npz") as table:
        row = {"x": np.stack([table["a"], table["b"]], axis=1)[7:8].astype(np.float32)}
    score = float(np.asarray(run.model(row)["is_signal"])[0, 0])
    assert 1 / (1 + np.exp(-float(match[1]))) == pytest.approx(score, abs=1e-3)  # three digits are shown
    (run.path / "training.json").unlink()
    with pytest.raises(RunError, match="its training did not end"):
        nw.debug(run.path, row=7)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"row": 60}, "There is no row 60: the experiment has 60 rows, from 0 to 59"),
        ({"row": -1}, "There is no row -1"),
        ({"batch": 0}, r"There is no batch 0: an epoch has \d batches, from 1 to"),
        ({"row": 1, "batch": 1}, "both are given: row 1 and batch 1"),
    ],
)
def test_rows_and_batches_that_are_not_there(file: Path, chosen: dict[str, int], message: str) -> None:
    with pytest.raises(DataError, match=message):
        nw.debug(file, **chosen)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"nothing\.yaml: the experiment file cannot be read"):
        nw.debug(tmp_path / "nothing.yaml")
    with pytest.raises(RunError, match="nothing is not a run directory"):
        nw.debug(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--row", "1", "--batch", "1"], "--row and --batch exclude each other"),
        (["--rwo", "1"], "No such option: --rwo"),
        (["--row", "one"], "Invalid value for '--row'"),
        (["--set", "training.batch=8"], "training.batch"),
    ],
)
def test_words_that_are_wrong(file: Path, words: list[str], message: str) -> None:
    answer = RUNNER.invoke(app, ["debug", str(file), *words])
    assert answer.exit_code in {1, 2}
    assert message in answer.output + str(answer.exception)


def test_a_value_of_a_run_cannot_be_changed(tmp_path: Path) -> None:
    answer = RUNNER.invoke(app, ["debug", str(tmp_path), "--set", "training.batch_size=8"])
    assert answer.exit_code == 2
    assert "--set changes an experiment file" in answer.output.replace("\n", " ")
