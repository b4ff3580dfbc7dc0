"""Trainings that wait more than they compute."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["TOO_SLOW"]

_SECONDS = 600.0  # a shorter training may take its time
_SMALL = 64  # rows of a batch
_OPERATIONS = 6.0  # per row and weight: forwards, and backwards by activations and by weights
_SLOW = 2e8  # operations a second: a fiftieth of what a core does
_DENSE = {"Dense"}


def _examine(case: Case) -> Iterator[Finding]:
    plan, architecture = case.plan, case.architecture
    if not plan.finished or plan.seconds < _SECONDS or not 0 < plan.batch_size < _SMALL or not plan.steps:
        return
    learned = [layer for layer in architecture.layers if layer.initializer]
    if not learned or not all(layer.kind in _DENSE for layer in learned):
        return  # weights that are used many times a row
    speed = _OPERATIONS * architecture.parameters * plan.batch_size * plan.steps / plan.seconds
    if speed > _SLOW:
        return
    yield Finding(
        "too slow",
        "NOTE",
        f"A step of {plan.batch_size} rows takes {1000 * plan.seconds / plan.steps:.2g} ms, and the training took "
        f"{plan.seconds / 60:.0f} minutes; the arithmetic of a step is a small part of that.",
        threshold=TOO_SLOW.threshold,
        cause="Steps of few rows keep the machine waiting.",
        remedy=f"Use batches of {8 * plan.batch_size} rows, with a learning rate up to 3 times larger.",
        see="docs/doctor.md",
        confidence=0.6,
    )


TOO_SLOW = Symptom(
    name="too slow",
    needs=(),
    threshold="A training of more than 10 minutes with batches below 64 rows does at least 0.2 billion operations a "
    "second (6 for each row and weight).",
    silent="Networks with other layers than dense ones; it is a NOTE, since the network itself is fine.",
    examine=_examine,
)
