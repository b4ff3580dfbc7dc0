"""Progress updates of long work, independent of how they are shown: a bar, plain lines or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Progress", "silent", "step"]


class Progress(Protocol):
    """Callback for progress updates."""

    def __call__(self, task: str, done: float, total: float, unit: str = "rows") -> None:
        """Report that `done` of `total` units of `task` are finished; the last call has done == total.

        Args:
            task: name of the task; the same in every call.
            done: number of finished units.
            total: number of units.
            unit: name of the unit.
        """


def silent(task: str, done: float, total: float, unit: str = "rows") -> None:
    """Ignore progress updates: the default of every Python function.

    Args:
        task: name of the task.
        done: number of finished units.
        total: number of units.
        unit: name of the unit.
    """


@contextmanager
def step(progress: Progress, task: str) -> Iterator[None]:
    """Report the start and the end of work that cannot report its progress.

    Args:
        progress: callback for progress updates.
        task: name of the task.
    """
    progress(task, 0, 1, "steps")
    yield
    progress(task, 1, 1, "steps")
