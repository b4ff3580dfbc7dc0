"""What a stranger types: keys as options, arguments in another order, a run where an experiment belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.cli.init import _facts
from netwright.config import NumericInput, ParticlesInput
from netwright.errors import ExperimentError, ExportError, RunError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run, as far as its experiment goes, and a file of data."""
    monkeypatch.chdir(tmp_path)
    Path("runs/toy").mkdir(parents=True)
    for file in ("runs/toy/experiment.yaml", "runs/toy/model.keras", "toy.npz"):
        Path(file).touch()


@pytest.mark.parametrize("command", ["check", "train", "find-rate"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--epochs", "3", "a.yaml"], "no option --epochs; change that value with --set training.epochs=VALUE"),
        (["a.yaml", "--batch-size=64"], "--set training.batch_size=VALUE"),
        (["a.yaml", "--training.epochs", "3"], "--set training.epochs=VALUE"),
        (["a.yaml", "--nonsense"], "No such option: --nonsense"),
        (["a.yaml", "--step", "9"], "No such option: --step"),  # not search.parameters.NAME.step
        (["a.yaml", "--set", "a=1", "b=2"], "(b=2). --set takes one KEY=VALUE; write it for each"),
        (["a.yaml", "--set"], "Option --set takes a value. Change a value: training."),
        (["runs/tooy"], 'Did you mean "runs/toy/experiment.yaml"?'),
    ],
)
def test_keys_as_options_are_put_right(command: str, words: list[str], message: str) -> None:
    answer = CliRunner().invoke(app, [command, *words])
    assert answer.exit_code == 2 or isinstance(answer.exception, ExperimentError)
    assert message in " ".join([*answer.output.split(), str(answer.exception)])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check"], "Missing argument 'experiment'. Experiment file."),
        (["scan", "a.yaml"], "Missing option '--parameter'. Key, such as"),
        (
            ["train", "runs/toy", "--resume"],
            "Option --resume takes a value. Resume the training of this run directory.",
        ),
        (["generate"], "Missing argument 'kind'. Choose from: top-jets, four-vectors"),
        (
            ["scan", "a.yaml", "--parameter", "x", "--values", "1", "2"],
            "(2). Values are separated by commas: --values 0.1,1,10.",
        ),
        (["debug", "a.yaml", "--rows", "3"], "No such option: --rows (Possible options: --row"),
    ],
)
def test_what_is_missing_is_said(words: list[str], message: str) -> None:
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 2
    assert message in " ".join(answer.output.split())


@pytest.mark.parametrize(
    ("path", "match"),
    [
        ("toy.npz", r"it is a file, and the run directory must come first\. Runs in runs: toy\.$"),
        ("runs/toy/model.keras", r"it is in one\. Name that: runs/toy$"),
        ("runs/tooy", r'it has no experiment\.yaml\. Did you mean "runs/toy"\?$'),
        ("toy", r'Did you mean "runs/toy"\?$'),
        ("runs", r"Runs in runs: toy\.$"),
        ("elsewhere/x", r"Runs in runs: toy\.$"),
    ],
)
def test_what_is_no_run_says_what_is(path: str, match: str) -> None:
    with pytest.raises(RunError, match=match):
        nw.report(path)


def test_inspect_of_a_run_names_its_experiment() -> None:
    with pytest.raises(ExperimentError, match=r"is a run directory\. Name its experiment, runs/toy/experiment\.yaml"):
        nw.inspect("runs/toy")


def test_init_into_a_folder_that_is_not_there_yet() -> None:
    Path("rows.csv").write_text("x,y\n" + "\n".join(f"{number / 7},{number % 2}" for number in range(200)))
    assert nw.check(nw.init("rows.csv", "y", output="new/folder/e.yaml").path).rows == 200


def test_a_network_is_written_under_a_name_that_says_so() -> None:
    with pytest.raises(ExportError, match=r"x\.txt: a network is written as ONNX, and such a file ends with \.onnx"):
        nw.export("runs/toy", "x.txt")


def test_init_says_what_is_missing_and_how_many_particles_are_taken() -> None:
    numbers = NumericInput(kind="numeric", columns=["a"], missing=[-999, -1])
    assert list(_facts(numbers)) == ["numeric", "missing: NaN or -999 or -1"]
    particles = ParticlesInput(kind="particles", numbers={"f": numbers}, at_most=49)
    assert list(_facts(particles)) == ["particles", "at most 49 in a row", "missing: NaN or -999 or -1"]
    assert list(_facts(NumericInput(kind="numeric", columns=["a"]))) == ["numeric"]
