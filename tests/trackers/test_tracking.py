"""The observer that feeds trackers: what it tells them, how seldom, and that no tracker ends a training."""

from __future__ import annotations

import importlib.util
import resource
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.labbook.conftest import run_of  # noqa: F401  # a fixture
from tests.trackers.fed import LAYER, feed

from netwright.doctor import VitalsRecord
from netwright.errors import MissingExtraError
from netwright.finding import Finding
from netwright.lab import Run
from netwright.trackers import Tracking, check_libraries, make_tracker
from netwright.trackers.tracker import Scalars
from netwright.training import EndRecord, EpochRecord, MemberStart, StartRecord


def epoch(number: int, member: int = 0, **more: Any) -> EpochRecord:
    values: dict[str, Any] = dict.fromkeys(("steps", "seconds", "rows_per_second", "monitored"), 1.0)
    losses = {"loss": 0.5, "valid_loss": 0.25, "gradient_norm": 0.1, "learning_rate": 0.01}
    heads = {"head_losses": {"y": 0.5}, "valid_head_losses": {"y": 0.25}}
    return EpochRecord(member=member, epoch=number, best=True, **(values | losses | heads | more))


def start(members: int = 1) -> StartRecord:
    return StartRecord(None, tuple(MemberStart(at, None, 1, None, None, None, {}) for at in range(members)), None)


class Notebook:
    """A tracker that remembers, and fails where it is told to."""

    def __init__(self, fails: str = "") -> None:
        self.said: list[tuple[str, Any]] = []
        self.fails = fails

    def __getattr__(self, name: str) -> Any:
        def act(*what: Any) -> None:
            self.said.append((name, what))
            if name == self.fails:
                msg = "No space left on device\nmore"
                raise OSError(msg)

        return act

    def named(self, name: str) -> list[Any]:
        return [what for one, what in self.said if one == name]


@pytest.fixture
def made(run_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: F811
    """Return a maker of an observer with a tracker that remembers."""
    run = Run(run_of(tmp_path, "a", trackers=["mlflow"]))
    (run.path / "figures").mkdir()
    (run.path / "figures" / "roc.png").write_bytes(b"png")

    def make(fails: str = "") -> tuple[Tracking, Notebook, list[Finding]]:
        notebook, warned = Notebook(fails), []
        monkeypatch.setattr("netwright.trackers.tracking.make_tracker", lambda *_: notebook)
        return Tracking(run, warned.append), notebook, warned

    return make


def test_a_training_is_told_from_its_begin_to_its_end(made) -> None:
    tracking, notebook, warned = made()
    tracking.on_vitals(VitalsRecord(0, 0, 0, ()))
    assert tracking.on_start(start()) == ()
    tracking.on_epoch(epoch(1, monitored=float("inf")))
    for member, step in ((0, 8), (0, 9), (1, 9)):
        tracking.on_vitals(VitalsRecord(member, 2, step, (replace(LAYER, gradient=step),)))
    for number in (2, 3):
        tracking.on_epoch(epoch(number, monitored=float("inf")))
    tracking.on_end(EndRecord(()))
    assert len(notebook.named("histograms")) == 1  # while the training runs
    tracking.on_vitals(VitalsRecord(0, 4, 20, (replace(LAYER, gradient_quantiles=()),)))  # of the verdict
    tracking.finish()
    ((name, parameters),) = notebook.named("begin")
    assert (name, parameters["training.epochs"]) == ("a", 100)
    told = [one for (result,) in notebook.named("scalars") for one in result]
    of_layers = [one for one in told if "weight/hidden" in one.values]
    assert [one.step for one in told if one not in of_layers] == [1, 2, 3, 4]
    assert told[0].values["loss/valid"] == 0.25
    assert "training/monitored" not in told[0].values  # TensorBoard and MLflow take no infinities
    assert [(one.step, one.values["gradient/hidden"]) for one in of_layers] == [(2, 9.0), (4, 0.1)]
    assert "update/hidden" not in of_layers[0].values  # it was not measured
    assert told[-1].values == {"test/is_signal/roc_auc": 0.75}
    histograms = [one for (result,) in notebook.named("histograms") for one in result]
    assert [(histogram.name, histogram.step) for histogram in histograms] == [
        ("weights/hidden", 2), ("gradients/hidden", 2), ("weights/hidden", 4),
    ]  # fmt: skip
    assert sum(histograms[0].counts) == pytest.approx(100)
    assert [name for name, _ in notebook.named("figure")] == ["figures/roc"]
    assert notebook.said[-1][0] == "end"
    assert warned == []


def test_members_have_names_of_their_own(made) -> None:
    tracking, notebook, _ = made()
    tracking.on_start(start(2))
    tracking.on_epoch(epoch(1, member=1))
    tracking.on_end(EndRecord(()))
    assert "member-1/loss/train" in notebook.named("scalars")[0][0][0].values


@pytest.mark.parametrize("fails", ["begin", "scalars", "histograms", "figure", "end"])
def test_a_tracker_that_fails_never_ends_a_training(made, fails: str) -> None:
    tracking, notebook, warned = made(fails)
    tracking.on_start(start())
    tracking.on_vitals(VitalsRecord(0, 1, 5, (LAYER,)))
    tracking.on_epoch(epoch(1))
    tracking.on_epoch(epoch(2))
    tracking.on_end(EndRecord(()))
    tracking.finish()
    assert len(notebook.named(fails)) == 1  # and it is not asked again
    (finding,) = warned
    assert "The tracker mlflow failed (OSError: No space left on device). The run goes on" in finding.evidence


def test_epochs_are_written_together_where_writing_takes_long(made, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10_000))  # every look at the clock is a second later
    monkeypatch.setattr("netwright.trackers.tracking.time.monotonic", lambda: float(next(clock)))
    tracking, notebook, _ = made()
    tracking.on_start(start())
    for number in range(1, 101):
        tracking.on_epoch(epoch(number))
    tracking.on_end(EndRecord(()))
    sizes = [len(result) for (result,) in notebook.named("scalars")]
    assert (sum(sizes), len(sizes)) == (100, 2)


def test_an_error_of_the_training_ends_the_trackers(made) -> None:
    tracking, notebook, _ = made()
    tracking.on_start(start())
    tracking.on_end(EndRecord((), error=RuntimeError("x")))
    assert notebook.said[-1][0] == "end"


def test_a_missing_library_is_said_before_anything_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.trackers.registry.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r'trackers: wandb needs the extra "wandb": pip install'):
        make_tracker("wandb", Path())
    check_libraries([])


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="no TensorBoard")
def test_tensorboard_reads_what_is_written(run_of, tmp_path: Path) -> None:  # noqa: F811
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = Run(run_of(tmp_path, "a", trackers=["tensorboard"]))
    assert feed(run) == []
    events = EventAccumulator(str(run.path / "tensorboard"), size_guidance={"scalars": 0, "images": 0})
    events.Reload()
    assert [(scalar.step, scalar.value) for scalar in events.Scalars("loss/valid")] == [(1, 0.25), (2, 0.25)]
    assert events.Scalars("test/is_signal/roc_auc")[0].value == pytest.approx(0.75)
    for name, lowest in (("weights/hidden", -3), ("gradients/hidden", -0.3)):
        (histogram,) = events.Histograms(name)
        assert histogram.step == 1
        assert (histogram.histogram_value.min, histogram.histogram_value.num) == (lowest, pytest.approx(100))
        assert histogram.histogram_value.bucket == pytest.approx([0, 5, 20, 25, 25, 20, 5])  # the first ends at min
    assert (events.Images("figures/loss")[0].width, events.Images("figures/loss")[0].height) == (3, 2)
    hparams = events.SummaryMetadata("_hparams_/session_start_info")
    assert hparams.plugin_data.plugin_name == "hparams"
    assert b"training.epochs" in hparams.plugin_data.content


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="no TensorBoard")
def test_a_full_disk_ends_the_event_file_only(run_of, tmp_path: Path) -> None:  # noqa: F811
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    whole, run = (Run(run_of(tmp_path, name, trackers=["tensorboard"])) for name in "ab")
    tracker = make_tracker("tensorboard", run.path)
    tracker._path = Path("/dev/full")  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="No space left"):
        tracker.scalars([Scalars(1, 0.0, {"loss": 1.0})])
    assert feed(whole) == []
    (written,) = (whole.path / "tensorboard").iterdir()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (written.stat().st_size - 400, limits[1]))  # full before the end of it
    try:
        (finding,) = feed(run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "The tracker tensorboard failed (OSError: [Errno 27] File too large)" in finding.evidence
    events = EventAccumulator(str(run.path / "tensorboard"))
    events.Reload()  # what is whole is read
    assert events.SummaryMetadata("_hparams_/session_start_info").plugin_data.plugin_name == "hparams"
