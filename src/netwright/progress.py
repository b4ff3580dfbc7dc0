"""How long work tells of itself without knowing who listens: a bar, plain lines or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Progress", "silent", "step"]


class Progress(Protocol):
    """Something that is told how far a piece of work has come."""

    def __call__(self, task: str, done: float, total: float, unit: str = "rows") -> None:
        """Take note that `done` of `total` units of `task` are finished; the last call has done == total.

        Args:
            task: what is being done, in words; the same words from the first call to the last.
            done: how much is finished.
            total: how much there is.
            unit: what is counted.
        """


def silent(task: str, done: float, total: float, unit: str = "rows") -> None:
    """Listen to progress and say nothing: the default of every Python function.

    Args:
        task: what is being done, in words.
        done: how much is finished.
        total: how much there is.
        unit: what is counted.
    """


@contextmanager
def step(progress: Progress, task: str) -> Iterator[None]:
    """Tell of work that cannot say how far it is: that it began, and that it ended.

    Args:
        progress: who is told.
        task: what is being done, in words.
    """
    progress(task, 0, 1, "steps")
    yield
    progress(task, 1, 1, "steps")
