"""Rows drawn by their weights: those that a training with weights learns the mean of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netwright.doctor.case import Array, Rows
from netwright.doctor.quantities.baseline import MIN_ROWS

__all__ = ["drawn_by_weight"]

_UNEVEN = 0.9  # of the rows: with fewer effective ones, weights change what is learnt
_COUNTED = 0.9  # of the weights: what is above in the largest ones does not count, for more rows


def drawn_by_weight(rows: Rows, outputs: Array) -> tuple[Rows, Array]:
    """Draw rows with numbers as targets as often as they count, where their weights are uneven.

    A training with weights learns the mean of the rows that these stand for, such as a flat distribution of the target,
    which is another one than that of the rows. Simple methods know no weights.

    Args:
        rows: with their weights.
        outputs: of a network for them, shape ``(rows, units)``.

    Returns:
        Rows without weights, and their outputs; as they were where weights are even, none where too few remain to say
        anything.

    Example:
        >>> rows = Rows(np.arange(900.0)[:, None], np.zeros((900, 1)), np.repeat([1.0, 2.0, 0.0], 300))
        >>> drawn, _ = drawn_by_weight(rows, np.zeros((900, 1)))
        >>> [round(part, -1) for part in np.histogram(drawn.inputs, 3, (0, 900))[0].tolist()]
        [140, 300, 0]
    """
    weight = rows.weight
    if weight is None or len(outputs) != len(rows) or rows.target is None or rows.effective > _UNEVEN * len(rows):
        return rows, outputs
    positive = np.clip(weight, 0, None)
    in_order = np.sort(positive)
    counted = np.cumsum(in_order) + in_order * np.arange(len(weight) - 1, -1, -1)  # Σ min(w, each of them)
    largest = in_order[min(np.searchsorted(counted, _COUNTED * counted[-1]), len(weight) - 1)]
    drawn = np.random.default_rng(0).random(len(weight)) * largest < positive
    if drawn.sum() < MIN_ROWS:
        drawn[:] = False
    return replace(rows, inputs=rows.inputs[drawn], target=rows.target[drawn], weight=None), outputs[drawn]
