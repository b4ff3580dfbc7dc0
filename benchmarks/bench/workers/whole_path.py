"""netwright from a file to a trained network, and what memory that takes: for the driver scripts beside `bench`.

The way is the one that `netwright train` goes: read, prepare, divide, describe, train. A request names the file and
what to make of it; a measurement is a training of its own on the rows that were prepared once.
"""

from __future__ import annotations

import gc
import os
import resource
import statistics
import time
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any, Self

import jax

import netwright as nw
from bench.protocol import Measure, serve
from bench.workers import devices
from netwright.data import Description, Rows, describe_folds
from netwright.data.cache.arrays import mapping_of
from netwright.models import build
from netwright.training import Callbacks, EpochRecord, Hooks, StepsRecord, train_members
from netwright.workflow import divide_rows, load_rows
from netwright.workflow.members.prepare import Member, member_arrays, members_of_division, prepare_member

_LOOK = 0.02  # seconds from one look at the memory to the next
_PAGEOUT = 21  # MADV_PAGEOUT of Linux
_found: dict[str, Any] = {}


def prepare(request: Mapping[str, Any]) -> Measure:
    """Go the whole way once, look at the memory meanwhile, and return what times another training."""
    if request["memory"]:
        os.environ["NETWRIGHT_MEMORY"] = request["memory"]
    experiment = experiment_of(request)
    jax.numpy.zeros(1).block_until_ready()  # the device has started
    if request["whole"]:
        return whole_run(experiment, Path(request["folder"]))
    before, began = status("VmRSS"), time.monotonic()
    limit = request["limit"]
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (status("VmData") + limit,) * 2)
    with Watch() as watch:
        dataset, rows = load_rows(experiment)
        watch.mark("read and prepared")
        division = divide_rows(dataset, rows, experiment)
        members = members_of_division(experiment, rows, division)
        descriptions = describe_folds(rows, division, experiment)
        watch.mark("divided and described")
        seconds = time.monotonic() - began
        if limit:
            keep_out_of_memory(rows.inputs, limit // 8)
        speed_of(members, rows, descriptions, seconds=request["seconds"] / 4)
        watch.mark("trained")
    heads = [values for head in rows.heads.values() for values in (head.values, head.counts)]
    arrays = [*rows.inputs.values(), *heads, rows.weights, rows.identity, rows.numbers]
    _found.update(
        before=before,
        seconds=seconds,
        peak=status("VmHWM") - before,
        anonymous=watch.peak - watch.start,
        marks=watch.marks,
        inputs=sum(values.nbytes for values in rows.inputs.values()),
        data=sum(values.nbytes for values in arrays),
        state=3 * 4 * parameters(members, descriptions) * len(members),
        mapped=rows.mapped,
    )

    def measure() -> Mapping[str, Any]:
        return {**_found, "rows_per_second": speed_of(members, rows, descriptions, seconds=request["seconds"])}

    return measure


def whole_run(experiment: nw.Experiment, folder: Path) -> Measure:
    """Train, evaluate and report as `netwright train` does, once; nothing else is measured."""
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

    def __enter__(self) -> Self:
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

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.steps: list[tuple[float, int]] = []
        self.epochs: list[EpochRecord] = []

    def note_steps(self, record: StepsRecord) -> None:
        """Keep the time; the first record comes after compilation."""
        self.steps.append((time.monotonic(), record.step * len(record.members)))

    def note_epoch(self, record: EpochRecord) -> None:
        """Keep the epoch."""
        self.epochs.append(record)

    def enough(self) -> bool:
        """Say whether it took long enough."""
        return bool(self.steps) and time.monotonic() - self.steps[0][0] > self.seconds

    def rows_per_second(self, batch: int) -> float:
        """Return the speed of one network.

        The median of whole epochs but the first; where there is none, that of the steps after the first quarter of
        the time, in which calls of the program grow longer and rows that were made ready before are used up.
        """
        if len(self.epochs) > 1:
            return statistics.median(one.rows_per_second for one in self.epochs[1:])
        settled = self.steps[0][0] + self.seconds / 4
        pairs = [(a, b) for a, b in pairwise(self.steps) if a[0] >= settled and a[1] < b[1]]  # within an epoch
        return batch * sum(b[1] - a[1] for a, b in pairs) / sum(b[0] - a[0] for a, b in pairs)

    def rows_per_second_of_all(self, rows: int, batch: int) -> float:
        """Return the speed of all networks, which went through so many rows: since the first call, with validation."""
        began, steps = self.steps[0]
        return (rows - batch * steps) / (self.steps[-1][0] - began)


def speed_of(members: list[Member], rows: Rows, descriptions: list[Description], *, seconds: float) -> float:
    """Train one network for so many seconds, or several to the end; return the rows a second of all together."""
    gc.collect()  # what the training before has left
    batch = members[0].experiment.training.batch_size
    clock = Clock(seconds)
    prepared = [prepare_member(member, rows, descriptions[member.fold]) for member in members]
    observers = (Callbacks(on_steps=clock.note_steps, on_epoch=clock.note_epoch),)
    arrays = member_arrays(members, rows)
    if len(members) == 1:
        train_members(prepared, arrays, Hooks(observers, interrupted=clock.enough))
        return clock.rows_per_second(batch)
    trained = train_members(prepared, arrays, Hooks(observers))
    done = sum(len(one.history) * len(member.split.train) for one, member in zip(trained, members, strict=True))
    return clock.rows_per_second_of_all(done, batch)


def experiment_of(request: Mapping[str, Any]) -> nw.Experiment:
    """Say what a request wants in netwright's words."""
    columns = [request["names"].format(i) for i in range(request["columns"])]
    return nw.parse_experiment(
        {
            "name": "bench",
            "data": {"files": [request["file"]], "cache": request["cache"], "identity": request.get("identity", [])},
            "inputs": {"features": {"kind": "numeric", "columns": columns}},
            "targets": {"is_signal": {"kind": "binary", "column": "label", "classes": {"background": 0, "signal": 1}}},
            "model": {"body": {"kind": "dense", "units": request["units"]}},
            "split": {"kind": "shares", "train": 0.9, "valid": 0.05, "test": 0.05},
            "ensemble": {"members": request["members"]},
            "training": {
                "epochs": request["epochs"],
                "batch_size": request["batch"],
                "schedule": {"kind": "constant"},
                "early_stopping": {"patience": request["epochs"]},
                "members": request["way"],
                "feed": request["feed"],
            },
        }
    )


def parameters(members: list[Member], descriptions: list[Description]) -> int:
    """Count the weights of a network."""
    return int(build(members[0].experiment, descriptions[0]).count_params())


def keep_out_of_memory(inputs: Mapping[str, Any], most: int) -> None:
    """Give pages of mapped inputs back to the disk when the process holds more of them than it may.

    A control group would do the same; RLIMIT_DATA does not count pages of files, and the rest of the machine's memory
    would keep them.
    """
    maps = [mapping for values in inputs.values() if (mapping := mapping_of(values)) is not None]
    files = [int(one.name) for one in Path("/proc/self/fd").iterdir() if "(deleted)" in linked(one)]

    def give_back() -> None:
        for one in maps:
            one.madvise(_PAGEOUT)

    def watch() -> None:
        while True:
            if status("RssFile") > before + most:
                give_back()
            time.sleep(_LOOK)

    for one in maps:
        one.flush()
    give_back()
    for file in files:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    before = status("RssFile")
    Thread(target=watch, daemon=True).start()


def linked(path: Path) -> str:
    """Return what a link says; nothing if it is gone."""
    try:
        return str(path.readlink())
    except FileNotFoundError:
        return ""


def status(name: str) -> int:
    """Return a number of bytes of /proc/self/status."""
    return 1024 * int(Path("/proc/self/status").read_text(encoding="ascii").partition(f"{name}:")[2].split()[0])


if __name__ == "__main__":
    serve(prepare, lambda: {"device": devices.of_jax(), **_found})
