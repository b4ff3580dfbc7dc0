"""Rows that are padded at their end, which a recurrent layer reads as if it were data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._shortfall import falls_slightly_short, shortfall_text
from netwright.doctor.case import Array, Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["PADDING"]

_ROWS = 0.3  # of the rows are padded
_STEPS = 0.25  # of their steps, in the median
_MIN_STEPS = 4
_WITH_FEATURES = 3  # axes: rows, steps, features


def _examine(case: Case) -> Iterator[Finding]:
    readers = [layer.name for layer in case.architecture.layers if layer.at_end]
    x = case.rows.raw[0] if case.rows is not None and case.rows.raw else None
    if not readers or not isinstance(x, np.ndarray) or not falls_slightly_short(case) or case.skill is None:
        return
    masks = [layer for layer in case.architecture.layers if layer.masks]
    idle = _marks_nothing(case, x)
    if masks and not idle:
        return
    steps = _equal_steps_at_end(x)
    padded = steps[steps >= max(_MIN_STEPS, _STEPS * x.shape[1])] if len(steps) else steps
    if len(padded) < max(_ROWS * len(x), 1):
        return
    words = case.rows is not None and case.rows.tokens
    mask = "Give Embedding mask_zero=True" if words else "Begin with Masking(0.0), or the value you pad with"
    aside = f" {masks[0].name} marks steps of {masks[0].mask_value:g}, and there are none." if idle else ""
    yield Finding(
        "underfitting",
        "WARN",
        f"{len(padded) / len(x):.0%} of the rows end in steps that are all the same, {np.median(padded):.0f} of "
        f"{x.shape[1]} in the median, and {readers[0]} gives what it has after the last one.{aside} "
        f"{shortfall_text(case.skill)}",
        where=tuple(readers[:1]),
        threshold=PADDING.threshold,
        cause="The padding of the rows is read as data.",
        remedy=f'{mask}, or pad in front: pad_sequences(..., padding="pre").',
        see="docs/doctor.md",
        confidence=0.75,
    )


def _marks_nothing(case: Case, x: Array) -> bool:
    """Whether the network begins with a layer for masking whose value no step of the rows has."""
    first = next((layer for layer in case.architecture.layers if layer.kind != "InputLayer"), None)
    if first is None or first.kind != "Masking" or not np.isfinite(first.mask_value) or x.ndim < _WITH_FEATURES:
        return False
    return not bool((x == first.mask_value).all(-1).any())


def _equal_steps_at_end(x: Array) -> Array:
    """Return how many steps at the end of each row have the value in which most rows end; none without steps.

    Args:
        x: numbers of words of shape ``(rows, steps)``, or numbers of shape ``(rows, steps, features)``.
    """
    if x.ndim not in {2, 3} or not x.size:
        return np.zeros(0, int)
    steps = x.reshape(len(x), x.shape[1], -1)
    ends, counts = np.unique(steps[:, -1], axis=0, return_counts=True)
    other = (steps[:, ::-1] != ends[counts.argmax()]).any(2)
    return np.asarray(np.where(other.any(1), other.argmax(1), x.shape[1]))


PADDING = Symptom(
    name="underfitting",
    needs=("rows", "skill"),
    threshold="Padding at the end of rows is masked, where a recurrent layer gives what it has after the last step: at "
    "least 30% of the rows end in the same step a quarter of their length long, and 4 times.",
    silent="A network that does as well as a simple method, within 2% of the rows or 5% of the variance, and 2.5 "
    "standard errors; a layer that masks (not one in front whose value no step has); bidirectional layers; layers that "
    "give all steps; inputs of several arrays.",
    examine=_examine,
    explains=(
        *("constant output", "underfitting", "too few epochs", "vanishing gradients", "learning rate too low"),
        *("noisy gradients", "labels shuffled", "label noise"),
    ),
    stays="NOTE",
)
