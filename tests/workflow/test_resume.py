"""A run that was interrupted can be resumed: bit for bit, from any intact file, and only on the same data."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest

import netwright as nw
from netwright.errors import RunError, TrainingInterruptedError
from netwright.lab import Run, read_plan
from netwright.training import Callbacks, EpochRecord
from netwright.workflow import resume, train

pytestmark = pytest.mark.usefixtures("without_figures")


def interrupter(epoch: int, number: signal.Signals = signal.SIGTERM, member: int | None = None) -> Callbacks:
    """Send a signal at the end of an epoch, of any member or of one."""

    def press(record: EpochRecord) -> None:
        if record.epoch == epoch and member in {None, record.member}:
            os.kill(os.getpid(), number)

    return Callbacks(on_epoch=press)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two members on a small problem, trained without a break."""
    folder = tmp_path_factory.mktemp("undisturbed")
    write(folder / "rows.npz", seed=1)
    experiment = nw.parse_experiment(
        {
            "data": {"files": [str(folder / "rows.npz")]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
            "targets": {"y": {"kind": "binary", "column": "y"}},
            "model": {"body": {"kind": "dense", "units": [8], "dropout": 0.1}},
            "ensemble": {"members": 2},
            "training": {"epochs": 6, "batch_size": 32, "members": "one-by-one"},
        }
    )
    return train(experiment, run=folder / "run")


@pytest.fixture
def experiment(undisturbed: Run) -> nw.Experiment:
    return undisturbed.experiment


def write(path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, 600)
    np.savez(path, a=random.normal(size=600) + y, b=random.normal(size=600), y=y)


@pytest.mark.optimised
def test_it_goes_on_to_the_same_bits(undisturbed, experiment, tmp_path: Path) -> None:
    with pytest.raises(TrainingInterruptedError, match=r"\(SIGUSR1\)\. Its state is saved in .*disturbed"):
        train(experiment, run=tmp_path / "disturbed", observers=[interrupter(3, signal.SIGUSR1)])
    disturbed = resume(tmp_path / "disturbed")
    for a, b in zip(undisturbed.model.get_weights(), disturbed.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert undisturbed.evaluation == disturbed.evaluation
    assert [line["valid_loss"] for line in undisturbed.history] == [line["valid_loss"] for line in disturbed.history]
    with pytest.raises(RunError, match=r"disturbed: its training has ended; see .*report.html"):
        resume(tmp_path / "disturbed")


def test_a_signal_behind_the_last_epoch_ends_it_too(experiment, tmp_path: Path) -> None:
    """Networks may still be calibrated, and a signal was forgotten then."""
    with pytest.raises(TrainingInterruptedError, match=r"\(SIGTERM\)\. Its state is saved in .*run"):
        train(experiment, run=tmp_path / "run", observers=[interrupter(6, member=1)])
    run = resume(tmp_path / "run")
    assert [member["stopped"] for member in run.read_json("training.json")["members"]] == ["last epoch"] * 2
    assert len(run.history) == 12


def test_before_the_first_checkpoint_the_same_run_begins_again(experiment, tmp_path: Path) -> None:
    def press(what: str, *_: object) -> None:
        if what == "Describing":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(TrainingInterruptedError, match=r"before there was .* To begin again: .* --resume \S*run$"):
        train(experiment, run=tmp_path / "run", progress=press)


def test_other_data_is_refused(experiment, tmp_path: Path) -> None:
    with pytest.raises(TrainingInterruptedError):
        train(experiment, run=tmp_path / "run", observers=[interrupter(2)])
    rows = Path(experiment.data.files[0])
    before = rows.read_bytes()
    write(rows, seed=2)
    with pytest.raises(RunError, match=r"run: its data is not what it was when the training began: rows\.npz"):
        resume(tmp_path / "run")
    rows.write_bytes(before)


@pytest.mark.optimised
def test_a_damaged_checkpoint_is_passed_over_and_said(undisturbed, experiment, tmp_path: Path) -> None:
    folder = tmp_path / "run" / "checkpoints" / "team-0"

    def wait_for_the_first(record: EpochRecord) -> None:
        """A slow disk writes fewer checkpoints than there are epochs."""
        stop = time.monotonic() + 60
        while record.epoch == 3 and not list(folder.glob("step-*")) and time.monotonic() < stop:
            time.sleep(0.01)

    with pytest.raises(TrainingInterruptedError):
        train(experiment, run=tmp_path / "run", observers=[Callbacks(on_epoch=wait_for_the_first), interrupter(4)])
    *_, last = sorted(folder.glob("step-*"))
    state = last / "state.safetensors"
    state.write_bytes(state.read_bytes()[:-7])
    again = resume(tmp_path / "run")
    (finding,) = (one for one in again.findings if one.symptom == "checkpoints")
    assert finding.severity == "WARN"
    assert "it is skipped" in finding.evidence
    for a, b in zip(undisturbed.model.get_weights(), again.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_finish_takes_the_best_weights_so_far_of_all_members(experiment, tmp_path: Path) -> None:
    with pytest.raises(TrainingInterruptedError):
        train(experiment, run=tmp_path / "run", observers=[interrupter(2)])
    with pytest.raises(RunError, match=r"members \[1\] ended an epoch, so there are no weights to evaluate\. Go on"):
        resume(tmp_path / "run", finish=True)
    with pytest.raises(TrainingInterruptedError):
        resume(tmp_path / "run", observers=[interrupter(3, member=1)])
    run = resume(tmp_path / "run", finish=True)
    assert [member["stopped"] for member in run.read_json("training.json")["members"]] == ["last epoch", "interrupted"]
    assert len([line for line in run.history if line["member"] == 1]) == 3
    assert run.evaluation["test"]["y"]["roc_auc"]["value"] > 0.5


def test_killed_after_the_training_it_is_judged(undisturbed, tmp_path: Path) -> None:
    shutil.copytree(undisturbed.path, tmp_path / "run")
    for name in ("evaluation.json", "report.html", "predictions.parquet"):
        (tmp_path / "run" / name).unlink()

    def press(what: str, *_: object) -> None:
        if what == "Drawing inputs":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(TrainingInterruptedError, match=r"evaluation was .* \(SIGINT\).* evaluate it: .* --resume"):
        resume(tmp_path / "run", progress=press)
    again = resume(tmp_path / "run")
    assert again.evaluation == undisturbed.evaluation
    assert again.history == undisturbed.history


def test_a_plan_of_an_earlier_version_is_read(undisturbed, tmp_path: Path) -> None:
    """Where `workers` was called `lanes`."""
    shutil.copytree(undisturbed.path, tmp_path / "run")
    for name in ("plan.json", "training.json"):
        file = tmp_path / "run" / name
        file.write_text(file.read_text().replace('"workers"', '"lanes"'))
        assert '"lanes"' in file.read_text()
    run = nw.open_run(tmp_path / "run")
    assert read_plan(run) == read_plan(undisturbed)
    assert run.read_json("training.json")["plan"]["lanes"] == 1
