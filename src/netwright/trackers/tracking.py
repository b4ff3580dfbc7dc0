"""The observer that feeds trackers: it takes little time, and its errors never end a training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from netwright.doctor import VitalsRecord
from netwright.finding import Finding
from netwright.lab import Run
from netwright.labbook import flat_settings
from netwright.trackers.registry import make_tracker
from netwright.trackers.tracker import Histogram, Scalars, Tracker, flat_parameters
from netwright.training import EndRecord, EpochRecord, Probe, StartRecord, StepsRecord

__all__ = ["Tracking"]

_TIME_FRACTION = 0.003  # of the time of the training, of all trackers together
_LAYER_NUMBERS = ("gradient", "update", "weight", "dead", "saturated")
# of the values between the quantiles in a vitals record
_QUANTILE_FRACTIONS = (0.05, 0.2, 0.25, 0.25, 0.2, 0.05)


class Tracking:
    """Tells trackers what a training measures.

    Epochs are written together, as many at once as the time so far allows if trackers take 0.3% of it; the rest comes
    at the end. A tracker that raises anything is left out from then on, which is said once.

    Args:
        run: the run; its experiment names the trackers.
        warn: called with a finding on a tracker that failed.

    Raises:
        MissingExtraError: the library of a tracker is not installed.
    """

    def __init__(self, run: Run, warn: Callable[[Finding], None]) -> None:
        self.seconds = 0.0
        self._run, self._warn = run, warn
        self._trackers: dict[str, Tracker] = {kind: make_tracker(kind, run.path) for kind in run.experiment.trackers}
        self._waiting: list[Scalars] = []
        self._vitals: dict[int, VitalsRecord] = {}
        self._several = self._begun = False
        self._last = 0  # epoch that was written
        self._began = self._writing = self._seconds_per_epoch = 0.0

    def on_start(self, record: StartRecord) -> Sequence[Probe]:
        """Begin the runs of the trackers.

        Args:
            record: the members.

        Returns:
            No probes.
        """
        self._several = len(record.members) > 1
        self._begin()
        return ()

    def on_steps(self, record: StepsRecord) -> None:
        """Take no note.

        Args:
            record: a few steps.
        """

    def on_epoch(self, record: EpochRecord) -> None:
        """Keep an epoch, and write those that wait if there is time.

        Args:
            record: what it measured.
        """
        prefix = f"member-{record.member}/" if self._several else ""
        values = {f"{prefix}{name}": value for name, value in _numbers(record).items() if math.isfinite(value)}
        self._waiting.append(Scalars(record.epoch, time.time(), values))
        allowed = _TIME_FRACTION * (time.monotonic() - self._began)
        if self._writing <= allowed:
            self._write(1 if self._seconds_per_epoch == 0 else max(1, int(allowed / 2 / self._seconds_per_epoch)))

    def on_vitals(self, record: VitalsRecord) -> None:
        """Keep the vitals of the layers of the first member; of several in an epoch the last.

        Args:
            record: what was measured.
        """
        if record.member == 0:
            self._vitals[record.epoch] = record

    def on_end(self, record: EndRecord) -> None:
        """Write what waits; after an error, end.

        Args:
            record: how it ended.
        """
        self._write()
        if record.error is not None:
            self._end()

    def finish(self) -> None:
        """Write what the run holds now: layers, metrics and figures; and end."""
        self._begin()
        self._write()
        metrics = _metrics(self._run.evaluation) if self._trackers else {}
        calls: list[Callable[[Tracker], None]] = [
            lambda tracker: tracker.scalars([Scalars(self._last, time.time(), metrics)]),
            *(partial(_figure, path) for path in sorted((self._run.path / "figures").glob("*.png"))),
        ]
        for call in calls:
            self._tell(call)
        self._end()

    def _begin(self) -> None:
        """Begin the runs of the trackers, once; this takes seconds, which do not count as training."""
        if self._begun:
            return
        self._begun = True
        parameters = flat_parameters(flat_settings(self._run.experiment.model_dump(mode="json")))
        self._tell(lambda tracker: tracker.begin(self._run.path.resolve().name, parameters))
        self._began, self._writing = time.monotonic(), 0.0

    def _write(self, limit: int | None = None) -> None:
        """Write the vitals and up to `limit` waiting epochs, and measure the time per epoch."""
        before = self._writing
        epochs, self._waiting = self._waiting[:limit], self._waiting[len(self._waiting[:limit]) :]
        records, self._vitals = list(self._vitals.values()), {}
        scalars = [*epochs, *(scalar for scalar in map(_layers, records) if scalar.values)]
        histograms = [histogram for record in records for histogram in _histograms(record)]
        self._last = max([self._last, *(scalar.step for scalar in scalars)])
        if scalars:
            self._tell(lambda tracker: tracker.scalars(scalars))
        if histograms:
            self._tell(lambda tracker: tracker.histograms(histograms))
        self._seconds_per_epoch = (self._writing - before) / max(1, len(epochs))

    def _tell(self, call: Callable[[Tracker], None]) -> None:
        for kind, tracker in list(self._trackers.items()):
            with self._guarded(kind):
                call(tracker)

    def _end(self) -> None:
        self._tell(lambda tracker: tracker.end())
        self._trackers = {}

    @contextmanager
    def _guarded(self, kind: str) -> Iterator[None]:
        """Count the time, and leave out a tracker that fails: the training goes on."""
        began = time.monotonic()
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever a tracker raises is no reason to end a training
            self._trackers.pop(kind, None)
            reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
            evidence = f"The tracker {kind} failed ({reason}). The run goes on without it."
            remedy = f"Check its installation and where it writes, or remove it from the section trackers: {kind}."
            self._warn(Finding("tracker", "WARN", evidence, ("trackers",), remedy=remedy))
        took = time.monotonic() - began
        self.seconds += took
        self._writing += took


def _figure(path: Path, tracker: Tracker) -> None:
    tracker.figure(f"figures/{path.stem}", path)


def _numbers(record: EpochRecord) -> dict[str, float]:
    """Return the numbers of an epoch, named as trackers group them."""
    heads = {f"loss-train/{head}": loss for head, loss in record.head_losses.items()}
    heads |= {f"loss-valid/{head}": loss for head, loss in record.valid_head_losses.items()}
    return {
        "loss/train": record.loss,
        "loss/valid": record.valid_loss,
        **(heads if len(record.head_losses) > 1 else {}),
        "training/monitored": record.monitored,
        "training/gradient_norm": record.gradient_norm,
        "training/learning_rate": record.learning_rate,
        "training/rows_per_second": record.rows_per_second,
    }


def _layers(record: VitalsRecord) -> Scalars:
    """Return the numbers of the layers in one record."""
    values = {f"{name}/{layer.name}": float(getattr(layer, name)) for layer in record.layers for name in _LAYER_NUMBERS}
    return Scalars(record.epoch, time.time(), {key: value for key, value in values.items() if math.isfinite(value)})


def _histograms(record: VitalsRecord) -> Iterator[Histogram]:
    """Yield the distributions of weights and gradients in one record, from their quantiles."""
    counts = tuple(100 * fraction for fraction in _QUANTILE_FRACTIONS)
    for layer in record.layers:
        for kind, edges in (("weights", layer.quantiles), ("gradients", layer.gradient_quantiles)):
            if len(edges) == len(_QUANTILE_FRACTIONS) + 1 and math.isfinite(sum(edges)) and edges[-1] > edges[0]:
                yield Histogram(f"{kind}/{layer.name}", record.epoch, edges, counts)


def _metrics(evaluation: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics on test rows."""
    return {
        f"test/{head}/{metric}": float(measured["value"])
        for head, metrics in evaluation["test"].items()
        for metric, measured in metrics.items()
        if measured.get("value") is not None and math.isfinite(measured["value"])
    }
