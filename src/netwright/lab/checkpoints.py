"""Checkpoints of a run: the state of a training in files, so that a training that was killed can go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError

from netwright.atomic_files import flush
from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.lab._checkpoint_files import (
    DamagedError,
    numbered,
    put_aside,
    read_checkpoint,
    remove,
    sweep,
    values_text,
    write_checkpoint,
)
from netwright.training import Snapshot

if TYPE_CHECKING:
    from netwright.lab.lock import RunLock

__all__ = ["Checkpoints"]

_KEPT = 2
_REST = 9.0  # times what a write took: writing takes at most a tenth of the time, however short an epoch is


@dataclass(frozen=True)
class _Job:
    """A snapshot on its way to the disk."""

    step: int
    arrays: Mapping[str, npt.NDArray[np.generic]]
    values: str


class Checkpoints:
    """Keeps the last two snapshots of a training in a folder; each has the best weights so far inside.

    A thread writes. A training that saves faster than the disk takes it does not wait: of the snapshots that came
    meanwhile the newest is written next, and older ones are left out, because one snapshot is all that is needed to
    go on. A snapshot is ``step-000000640/`` with ``state.safetensors`` and ``state.json``. It is written next to its
    place, flushed, and renamed, so a crash at any moment leaves the one before. The history is flushed first: no
    checkpoint knows of an epoch that the history lost.

    Args:
        folder: for the checkpoints of what is trained together; made with the first.
        history: ``history.jsonl`` of the run.
        lock: that of the run, checked before every write.

    Attributes:
        remarks: which damaged checkpoints `latest` skipped, and why.
    """

    def __init__(self, folder: Path, history: Path, lock: RunLock | None = None) -> None:
        self.folder, self.history, self.lock = folder, history, lock
        self.remarks: list[str] = []
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checkpoints")
        self._turn, self._hurry = threading.Lock(), threading.Event()
        self._writing: Future[None] | None = None
        self._waiting: _Job | None = None
        self._idle, self._raised = True, False

    def save(self, snapshot: Snapshot) -> None:
        """Hand a snapshot to the thread that writes.

        Args:
            snapshot: the state, named after ``values["step"]``; its arrays must not be modified any more. Keys of
                dictionaries in its values come back as text.

        Raises:
            RunError: one before it could not be written.
        """
        self._raise_error()
        values = values_text(snapshot.values)
        job = _Job(int(snapshot.values["step"]), dict(snapshot.arrays), values)
        with self._turn:
            self._waiting = job
            if self._idle:
                self._idle = False
                self._writing = self._pool.submit(self._write_what_waits)

    def latest(self) -> Snapshot | None:
        """Return the newest snapshot that is complete, by the number in its name, or None where none was ever written.

        One that is damaged is put aside as ``damaged-step-...``, with a remark.

        Raises:
            RunError: there are checkpoints, and none of them is complete, or they cannot be read.
        """
        self._settle()
        self._raise_error()
        try:
            sweep(self.folder)
            checkpoints = numbered(self.folder)
            for path in reversed(checkpoints):
                try:
                    return read_checkpoint(path)
                except DamagedError as error:
                    self.remarks.append(f"{error}; it is skipped.")
                    put_aside(path)
        except OSError as error:
            msg = f"{self.folder}: the checkpoints cannot be read ({error}). Look at the disk and its permissions."
            raise RunError(msg) from error
        if checkpoints:
            reasons = "\n  ".join(self.remarks)
            msg = f"{self.folder}: no checkpoint is complete\n  {reasons}\nTrain again from the beginning."
            raise RunError(msg)
        return None

    def close(self) -> None:
        """Wait until the last snapshot is on the disk.

        Raises:
            RunError: it could not be written, which was not reported yet.
        """
        self._settle()
        self._pool.shutdown()
        if not self._raised:
            self._raise_error()

    def _settle(self) -> None:
        """Wait until nothing is being written, without the rests."""
        if self._writing is not None:
            self._hurry.set()
            self._writing.exception()
            self._hurry.clear()

    def _raise_error(self) -> None:
        """Raise what went wrong in the thread."""
        if self._writing is not None and self._writing.done() and (error := self._writing.exception()) is not None:
            self._raised = True
            raise error

    def _write_what_waits(self) -> None:
        """Write snapshots until none waits."""
        while (job := self._take()) is not None:
            began = time.monotonic()
            try:
                self._write(job)
            except (OSError, SafetensorError) as error:
                raise self._write_error(job, error) from error
            self._hurry.wait(_REST * (time.monotonic() - began))

    def _take(self) -> _Job | None:
        with self._turn:
            job, self._waiting = self._waiting, None
            self._idle = job is None
            return job

    def _write(self, job: _Job) -> None:
        if self.lock is not None:
            self.lock.check()
        if self.history.exists():
            flush(self.history)
        path = write_checkpoint(self.folder, job.step, job.arrays, job.values)
        checkpoints = numbered(self.folder)
        written = checkpoints[: checkpoints.index(path) + 1]  # what lies ahead was left when the training went back
        for checkpoint in checkpoints:
            if checkpoint not in written[-_KEPT:]:
                remove(checkpoint)

    def _write_error(self, job: _Job, error: Exception) -> RunError:
        """Return the error that says what is left and what to do; free the space of what is half written."""
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            sweep(self.folder)
        complete = numbered(self.folder)
        remaining = f"The last complete one is {complete[-1].name}" if complete else "There is no complete one yet"
        return RunError(
            f"{self.folder}: the checkpoint of step {job.step} cannot be written ({error}). {remaining}. "
            "Free some space or make the directory writable, then: netwright train --resume "
            f"{in_command(self.history.parent)}"
        )
