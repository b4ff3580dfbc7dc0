"""`netwright train`: what may be said together, what may not, and the exit code of an interruption."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from netwright import workflow
from netwright.cli import _app, main
from netwright.cli._app import app
from netwright.config import parse_experiment
from netwright.errors import ExperimentError, RunError, TrainingInterruptedError
from netwright.finding import Finding
from netwright.lab import Run, create_run

pytestmark = pytest.mark.usefixtures("without_figures")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    content = {
        "name": "toy",
        "data": {"files": ["/somewhere/toy.npz"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "regression", "column": "b"}},
    }
    return create_run(parse_experiment(content))


def train(*arguments: str):
    return CliRunner().invoke(app, ["train", *arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Give an experiment file, or a run directory to resume"),
        (("a.yaml", "--resume", "runs/toy"), "so it excludes an experiment file"),
        (("--set", "seed=1", "--resume", "runs/toy"), "so it excludes --set"),
        (("--run", "runs/b", "--resume", "runs/toy"), "so it excludes --run"),
        (("a.yaml", "--finish"), "it needs --resume RUN"),
        (("--apply", "leak"), "--apply needs the run directory whose findings it names"),
    ],
)
def test_what_contradicts_itself_is_wrong_usage(arguments: tuple[str, ...], message: str) -> None:
    answer = train(*arguments)
    assert answer.exit_code == 2
    assert message in " ".join(answer.output.split())


def test_a_finding_is_applied(run: Run) -> None:
    finding = Finding("learning rate too high", "WARN", "It jumps.", cause="The learning rate is too high.")
    run.write_findings([finding])
    answer = train("runs/toy", "--apply", "learning rate too high")
    assert "training.learning_rate: 0.0001 (was 0.001): It jumps. The learning rate is too high." in answer.output
    assert "Train it with: netwright train runs/toy-fixed.yaml" in answer.output
    assert "# Note: training.learning_rate: 0.0001 (was 0.001), because" in Path("runs/toy-fixed.yaml").read_text()


def test_what_cannot_go_on_says_why(run: Run) -> None:
    with pytest.raises(RunError, match="runs/nothing is not a run directory"):
        train("--resume", "runs/nothing")
    with pytest.raises(ExperimentError, match=r"runs/toy is a run directory\. .*netwright train --resume runs/toy"):
        train("runs/toy")
    with pytest.raises(RunError, match="has no checkpoint, so there are no weights to evaluate"):
        train("--resume", "runs/toy", "--finish")
    run.write_json("training.json", {})
    (run.path / "report.html").write_text("")
    with pytest.raises(RunError, match=r"its training has ended; see runs/toy/report.html"):
        train("--resume", "runs/toy")


@pytest.mark.usefixtures("run")
def test_a_run_without_checkpoints_begins_anew_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def resume(found: Run, *, finish: bool, **others: object) -> Run:
        assert not finish
        assert others.keys() == {"cluster", "jobs", "observers", "own_files", "progress", "warn"}
        raise TrainingInterruptedError(signal.SIGTERM.name, found.path)

    monkeypatch.setattr(workflow, "resume", resume, raising=False)
    with pytest.raises(TrainingInterruptedError):
        train("--resume", "runs/toy")
    runner = CliRunner()
    answer = runner.invoke(app, ["train", "--resume", "runs/toy"])
    assert "runs/toy has no checkpoint yet: its training restarts in the same directory" in answer.output


def test_an_interruption_leaves_with_85_and_a_plain_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise TrainingInterruptedError(signal.SIGUSR1.name, Path("demo/run"))

    monkeypatch.setattr(_app, "app", interrupted)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 85
    message = capsys.readouterr().err
    assert message.startswith("The training was interrupted (SIGUSR1). Its state is saved in demo/run. To continue: ")
    assert "netwright train --resume demo/run\n" in message


def test_a_real_training_is_interrupted_and_finished_with_the_best_weights_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random, label = np.random.default_rng(3), np.arange(400) % 2
    np.savez("toy.npz", x=random.normal(size=400) + label, event=np.arange(400), label=label)
    runner = CliRunner()
    assert runner.invoke(app, ["init", "toy.npz", "--target", "label"]).exit_code == 0
    change = ["--set", "training.epochs=100000", "--set", "training.early_stopping.patience=100000"]
    command = [sys.executable, "-c", "from netwright.cli import main; main()", "train", "experiment.yaml", *change]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not list(Path().glob("runs/toy/checkpoints/*/step-*")):
            time.sleep(0.05)
        with pytest.raises(RunError, match=f"another process is training in this run directory: process {process.pid}"):
            train("--resume", "runs/toy")
        process.send_signal(signal.SIGTERM)
        _, message = process.communicate()
    assert process.returncode == 85, message
    assert message.startswith("The training was interrupted (SIGTERM). Its state is saved in runs/toy. To continue: ")
    finished = train("--resume", "runs/toy", "--finish")
    assert finished.exit_code == 0
    assert "Report: runs/toy/report.html" in finished.output
    with pytest.raises(RunError, match="its training has ended"):
        train("--resume", "runs/toy")


def test_the_help_has_the_exit_codes() -> None:
    shown = " ".join(train("--help").output.split())
    assert "85 interrupted by Ctrl-C, SIGTERM or SIGUSR1 with the state saved" in shown
    assert "docs/batch.md" in shown
