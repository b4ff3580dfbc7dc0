"""netwright from a file to a trained network, and what memory that takes: for the driver scripts beside `bench`.

The way is the one that `netwright train` goes: read, prepare, divide, describe, train. A request names the file and
what to make of it; a measurement is a training of its own on the rows that were prepared once.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any

import jax
import numpy as np

import netwright as nw
from bench.protocol import Measure, serve
from bench.workers import devices
from netwright.data import describe
from netwright.training import Company, EpochRecord, Member, StepsRecord, members_of_division, train_members
from netwright.workflow import divide_rows, load_rows

_LOOK = 0.02  # seconds from one look at the memory to the next
_PAGEOUT = 21  # MADV_PAGEOUT of Linux
_found: dict[str, Any] = {}


def prepare(request: Mapping[str, Any]) -> Measure:
    """Go the whole way once, look at the memory meanwhile, and return what times another training."""
    experiment = experiment_of(request)
    jax.numpy.zeros(1).block_until_ready()  # the device has started
    if request["whole"]:
        return whole_run(experiment, Path(request["folder"]))
    before = status("VmRSS")
    limit = request["limit"]
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (status("VmData") + limit,) * 2)
    with Watch() as watch:
        dataset, rows = load_rows(experiment)
        watch.mark("read and prepared")
        division = divide_rows(dataset, rows, experiment)
        members = members_of_division(experiment, rows, division)
        descriptions = [describe(rows, division.split(fold), experiment) for fold in range(division.folds)]
        watch.mark("divided and described")
        if limit:
            keep_out_of_memory(rows.inputs, before + limit)
        speed = speed_of(members, rows, descriptions, seconds=0 if limit else request["seconds"] / 2)
        watch.mark("trained")
    heads = [values for head in rows.heads.values() for values in (head.values, head.counts)]
    arrays = [*rows.inputs.values(), *heads, rows.weights, rows.identity, rows.numbers]
    _found.update(
        before=before,
        peak=status("VmHWM") - before,
        anonymous=watch.peak - watch.start,
        marks=watch.marks,
        inputs=sum(values.nbytes for values in rows.inputs.values()),
        data=sum(values.nbytes for values in arrays),
        state=3 * 4 * parameters(members, descriptions) * len(members),
        mapped=rows.mapped,
    )
    _found["warm"] = speed

    def measure() -> Mapping[str, Any]:
        return {**_found, "rows_per_second": speed_of(members, rows, descriptions, seconds=request["seconds"])}

    return measure


def whole_run(experiment: nw.Experiment, folder: Path) -> Measure:
    """Train, judge and report as `netwright train` does, once; nothing else is measured."""
    before = status("VmRSS")
    with Watch() as watch:
        nw.train(experiment, run=folder / f"run-{os.getpid()}", progress=lambda task, *_: watch.mark(task))
    _found.update(before=before, peak=status("VmHWM") - before, anonymous=watch.peak - watch.start, marks=watch.marks)
    return lambda: _found


class Watch:
    """Looks at the memory that belongs to the process alone, many times a second, and notes the peak."""

    def __init__(self) -> None:
        self.start = self.peak = self.since = 0
        self.marks: dict[str, int] = {}
        self.task = ""
        self.ended = Event()
        self.thread = Thread(target=self.look, daemon=True)

    def __enter__(self) -> Watch:
        """Begin."""
        self.start = self.peak = self.since = status("RssAnon")
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """End."""
        self.ended.set()
        self.thread.join()

    def look(self) -> None:
        """Look until the end."""
        while not self.ended.wait(_LOOK):
            now = status("RssAnon")
            self.peak, self.since = max(self.peak, now), max(self.since, now)

    def mark(self, task: str) -> None:
        """Note the peak since the mark before, under the name of what was done."""
        self.marks[task] = max(self.marks.get(task, 0), self.since - self.start)
        self.since = status("RssAnon")


class Clock:
    """Notes the speed of epochs, and when steps were done; ends a training after so many seconds."""

    def __init__(self, batch: int, seconds: float) -> None:
        self.batch, self.seconds = batch, seconds
        self.steps: list[tuple[float, int]] = []
        self.epochs: list[float] = []

    def on_steps(self, record: StepsRecord) -> None:
        """Keep the time; the first record comes after compilation."""
        if not self.epochs:
            self.steps.append((time.monotonic(), record.step * self.batch * len(record.members)))

    def on_epoch(self, record: EpochRecord) -> None:
        """Keep rows per second."""
        self.epochs.append(record.rows_per_second)

    def enough(self) -> bool:
        """Say whether it took long enough."""
        return bool(self.steps) and time.monotonic() - self.steps[0][0] > self.seconds

    @property
    def rows_per_second(self) -> float:
        """The median of whole epochs but the first; where there is none, of the steps after the first call."""
        if len(self.epochs) > 1:
            return statistics.median(self.epochs[1:])
        (began, before), (ended, after) = self.steps[0], self.steps[-1]
        return (after - before) / max(ended - began, 1e-9)


def speed_of(members: list[Member], rows: Any, descriptions: list[Any], *, seconds: float) -> float:  # noqa: ANN401
    """Train for so many seconds and return rows a second of each member, times their number; without validation."""
    clock = Clock(members[0].experiment.training.batch_size, seconds)
    if len(members) == 1:
        train_members(members, rows, descriptions, Company((clock,), interrupted=clock.enough))
        return clock.rows_per_second
    began = time.monotonic()  # epochs of members side by side overlap: the whole training counts, validation and all
    trained = train_members(members, rows, descriptions, Company((clock,)))
    done = sum(len(one.history) * len(member.split.train) for one, member in zip(trained, members, strict=True))
    return done / (time.monotonic() - began)


def keep_out_of_memory(inputs: Mapping[str, Any], limit: int) -> None:
    """Give pages of mapped inputs back to the disk whenever the process holds more than the limit, as a group's
    limit would; RLIMIT_DATA does not count pages of files, and the rest of the machine's memory would cache them.
    """
    maps = [base for values in inputs.values() for base in bases(values) if type(base).__name__ == "mmap"]
    files = [
        int(one.name) for one in Path("/proc/self/fd").iterdir() if one.exists() or "(deleted)" in os.readlink(one)
    ]

    def watch() -> None:
        while True:
            for one in maps:
                one.flush()
                one.madvise(_PAGEOUT)
            for file in files:
                try:
                    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
                except OSError:
                    continue  # no file of a disk
            while status("VmRSS") < 0.9 * limit and cached(maps) < limit / 8:
                time.sleep(_LOOK)

    Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    serve(prepare, lambda: {"device": devices.of_jax(), **_found})
