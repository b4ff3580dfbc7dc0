"""One run in the lab book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from netwright.metrics import Measured

__all__ = ["Change", "Entry", "State"]

_MAX_CHANGES = 5  # changes in one text

State = Literal["complete", "training", "incomplete", "unreadable"]


@dataclass(frozen=True)
class Change:
    """A setting that differs between two runs.

    Attributes:
        key: its path in the experiment file, such as ``training.learning_rate``.
        before: its value; None where the key is not there.
        now: its value in the other run.
    """

    key: str
    before: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.key}: {_value_or_not_set(self.before)} → {_value_or_not_set(self.now)}"


@dataclass(frozen=True)
class Entry:
    """One run in the lab book; what its directory does not say is empty or None.

    Attributes:
        name: of the directory, relative to the folder that was read.
        path: the directory.
        state: whether it was trained and reported, is being trained, was interrupted, or cannot be read.
        started: when its training began, in UTC, as ``2026-11-28 17:30``.
        parent: name of the run that it is compared with.
        inferred: whether the parent was not named, and is the most similar earlier one of the same name.
        orphan: whether the parent is not there any more.
        changed: settings that differ from those of its parent.
        head: head of the main metric.
        metric: name of the main metric, as in ``evaluation.json``.
        value: its value on test rows, in the unit of the metric.
        verdict: the worst severity of its findings, and its findings of that severity.
        seconds: how long it was trained.
        notes: lines that the user wrote.
        settings: values of the experiment file by key.
        problem: why it cannot be read.
        search: whether it is a search: the trials that it retrained are separate runs.
    """

    name: str
    path: Path
    state: State
    started: str = ""
    parent: str | None = None
    inferred: bool = False
    orphan: bool = False
    changed: tuple[Change, ...] = ()
    head: str = ""
    metric: str = ""
    value: Measured | None = None
    verdict: str = ""
    seconds: float | None = None
    notes: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    search: bool = False

    @property
    def what(self) -> str:
        """What was changed against the parent, in one text."""
        if self.problem:
            return self.problem
        if self.search:
            return "a search"
        if self.parent is None:
            return "the first run of this name"
        if self.orphan:
            return "unknown: the parent run is missing"
        more = f"; and {len(self.changed) - _MAX_CHANGES} more" if len(self.changed) > _MAX_CHANGES else ""
        return "; ".join(map(str, self.changed[:_MAX_CHANGES])) + more or "nothing"


def _value_or_not_set(value: Any) -> str:  # noqa: ANN401  # any value of an experiment file
    return "not set" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
