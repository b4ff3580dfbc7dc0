"""The command line as a stranger uses it: whole processes, with typos."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from netwright import __version__
from netwright.cli._app import app
from netwright.errors import ExperimentError, NetwrightError, RunError


def netwright(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "netwright", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, env={**os.environ})


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    label = np.arange(400) % 2
    np.savez(
        tmp_path / "toy.npz",
        x=random.normal(size=400) + 2 * label,
        y=random.normal(size=400),
        weight=np.where(random.uniform(size=400) < 0.1, -1.0, 1.0),
        event=np.arange(400),
        label=label,
    )
    return tmp_path


def test_version_and_help(tmp_path: Path) -> None:
    assert netwright("--version", cwd=tmp_path).stdout == f"netwright {__version__}\n"
    shown = netwright("--help", cwd=tmp_path)
    assert shown.returncode == 0
    for command in ("init", "check", "inspect", "generate", "train", "evaluate", "predict", "export", "report", "demo"):
        assert f"  {command} " in shown.stdout


def test_wrong_usage_leaves_with_2_and_a_hint(tmp_path: Path) -> None:
    wrong = netwright("trian", "x.yaml", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "Did you mean 'train'?" in wrong.stderr
    assert netwright("train", cwd=tmp_path).returncode == 2
    for rows, kind in (("0", "top-jets"), ("5", "topjets")):
        answer = CliRunner().invoke(app, ["generate", kind, "--rows", rows, "--out", str(tmp_path / "x")])
        assert answer.exit_code == 2
    assert ": 'topjets' is not one of 'top-jets', 'four-vectors'. Did you mean \"top-jets\"?" in answer.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "nothing.yaml"), "nothing.yaml: the experiment file cannot be read"),
        (("inspect", "nothing.npz"), "nothing.npz"),
        (("init", "toy.npz", "--target", "labl"), 'Did you mean "label"?'),
        (("report", "runs/nothing"), "runs/nothing is not a run directory"),
        (("evaluate", "runs/nothing"), "runs/nothing is not a run directory"),
        (("predict", "runs/nothing", "toy.npz"), "runs/nothing is not a run directory"),
        (("export", "runs/nothing"), "runs/nothing is not a run directory"),
    ],
)
def test_what_the_user_can_mend_is_said(
    toy: Path, arguments: tuple[str, ...], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(toy)
    with pytest.raises(NetwrightError, match=re.escape(message)):
        run(*arguments)


def test_what_the_user_can_mend_leaves_with_1_and_no_traceback(toy: Path) -> None:
    answer = netwright("check", "nothing.yaml", cwd=toy)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("Error: nothing.yaml: the experiment file cannot be read")


def run(*arguments: str) -> str:
    """Run a command in this process, as twelve new ones would take a minute to import JAX."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_one_generated_file_is_named(toy: Path) -> None:
    message = run("generate", "four-vectors", "--rows", "10", "--out", str(toy / "made"))
    assert message.replace("\n", "").endswith(f"10 rows in {toy}/made/four-vectors-0000.npz")


@pytest.mark.optimised
def test_the_five_commands_of_the_readme(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(toy)
    message = run("init", "toy.npz", "--target", "label")
    roles = ["inputs.features (numeric): x, y", "targets.label (binary): background, signal", "weight: weight"]
    assert message.index("Wrote experiment.yaml") < message.index("\n  ".join([*roles, "identity: event"]))
    text = Path("experiment.yaml").read_text()
    assert "identity: [event]" in text
    assert "weight: weight" in text
    with pytest.raises(ExperimentError, match=r"experiment.yaml exists and is not overwritten"):
        run("init", "toy.npz", "--target", "label")

    change = ("--set", "training.epochs=3")
    checked = run("check", "experiment.yaml", *change)
    assert "epochs: 3" not in checked
    assert "is valid: 400 rows" in checked
    assert "epochs: 3" in run("check", "experiment.yaml", *change, "--defaults")
    with pytest.raises(ExperimentError, match="Did you mean"):
        run("check", "experiment.yaml", "--set", "training.epoch=3")
    assert "event" in run("inspect", "experiment.yaml")

    trained = run("train", "experiment.yaml", "--set", "training.epochs=3")
    assert "epoch   3" in trained
    assert "roc auc" in trained
    assert "\x1b" not in trained  # plain lines where the output is not a terminal
    assert "Report: runs/toy/report.html" in trained
    for name in (
        "environment.json",
        "split.json",
        "history.jsonl",
        "model.keras",
        "evaluation.json",
        "findings.json",
        "report.html",
    ):
        assert (toy / "runs/toy" / name).is_file()
    with pytest.raises(RunError, match="runs/toy exists"):
        run("train", "experiment.yaml", "--run", "runs/toy")

    assert "roc auc" in run("evaluate", "runs/toy", "toy.npz")
    assert "400 rows, columns file, row, event, split, label" in run("predict", "runs/toy", "toy.npz")
    assert "largest relative difference" in run("export", "runs/toy", "-o", "m.onnx")
    assert (toy / "m.onnx").stat().st_size > 1000
    assert "report.html" in run("report", "runs/toy")
    examined = run("examine", "runs/toy")
    assert "body-hidden-0" in examined
    assert "\nDoctor: " in examined
    assert "\nDoctor: " in trained
