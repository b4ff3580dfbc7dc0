"""Losses for positive numbers, on targets that are negative or nearly zero."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.labels import Labels
from netwright.doctor.symptoms._mismatch import LOSS, Mismatch, advice
from netwright.metrics import effective_rows

__all__ = ["unlike_targets"]

_POSITIVE = {
    "mean_squared_logarithmic_error": "takes the logarithm of 1 + the target, and negative ones as 0",
    "poisson": "is for counts, which are never negative",
}
_NEGATIVE = 0.01  # of the rows
_EFFECTIVE = 0.2  # of the rows: fewer are learnt from, where errors are divided by the targets
_MIN_SIZE = 1e-7  # by which Keras divides


def unlike_targets(loss: str, target: Array, labels: Labels) -> Mismatch | None:
    """Return why a loss for positive numbers does not fit the targets.

    The mean of relative errors weights each row by one over its target. What is learnt from is the effective number of
    rows, (Σw)²/Σw²: a few, if some targets are nearly zero.

    Args:
        loss: its name.
        target: shape ``(rows, columns)``, finite.
        labels: how the targets are encoded.

    Returns:
        What does not fit; None where all does.

    Example:
        >>> labels = Labels("numbers", 1, 0, -1.0, 1.0)
        >>> unlike_targets("mean_absolute_percentage_error", np.linspace(-1, 1, 99)[:, None], labels).cause
        'The loss function is wrong.'
        >>> unlike_targets("mean_absolute_percentage_error", np.linspace(1, 2, 99)[:, None], labels) is None
        True
    """
    negative = float((target < 0).mean())
    if loss in _POSITIVE and negative > _NEGATIVE:
        reason = f"{negative:.0%} of the targets are negative, and {loss} {_POSITIVE[loss]}"
        return Mismatch(LOSS, reason, advice(labels), "FAIL", 0.93)
    if loss != "mean_absolute_percentage_error" or labels.is_class:
        return None
    weight = 1 / np.maximum(np.abs(target), _MIN_SIZE)
    effective = effective_rows(weight) / weight.size
    if effective > _EFFECTIVE:
        return None
    reason = f"{loss} divides by the targets, some of which are nearly 0, so that {effective:.1%} of them count"
    return Mismatch(LOSS, reason, advice(labels), "WARN", 0.8)
