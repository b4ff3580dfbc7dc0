"""What a simple method that knows the training rows reaches on validation rows, which may be of another population."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Objective, Rows
from netwright.doctor.quantities.labels import describe_labels, means_numbers
from netwright.doctor.quantities.reference import predict_others
from netwright.doctor.quantities.rightness import (
    class_factors,
    class_index,
    factors_of_rows,
    right_rows,
    weighted_mean,
)

__all__ = ["right_elsewhere"]

_NUMBERS = 2**18  # of the inputs: the time of a decomposition grows with the square of its smaller side


def right_elsewhere(rows: Rows, judged: Rows, objective: Objective) -> float | None:
    """Say how right the best simple method is on rows that it was not fitted on.

    Classes count as they do in the training, for its answers and for what they are worth.

    Args:
        rows: of the training.
        judged: other rows.
        objective: how the network was compiled, which says whether whole numbers are amounts.

    Returns:
        Share of right rows, or of explained variance; None where targets or inputs do not fit each other.

    Example:
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> round(right_elsewhere(Rows(x, 3 * x), Rows(x / 2, 1.5 * x), Objective("mean_squared_error")), 2)
        1.0
    """
    target, others = rows.target, judged.target
    if target is None or others is None or rows.tokens or rows.inputs.shape[1:] != judged.inputs.shape[1:]:
        return None
    if target.shape[1:] != others.shape[1:] or not (np.isfinite(target).all() and np.isfinite(others).all()):
        return None
    units = target.shape[1]
    labels = describe_labels(target, units, rows.weight, numbers=means_numbers(objective, units))
    if labels is None:
        return None
    many = max(1, _NUMBERS // rows.inputs.shape[1])
    some = np.unique(np.linspace(0, len(target) - 1, min(len(target), many)).astype(int))
    if not labels.is_class:
        given = predict_others(rows.inputs[some], target[some], judged.inputs)
        return float(right_rows(given, others, labels, objective).mean())
    first, second = class_index(target, labels).clip(0), class_index(others, labels)
    aim = np.eye(int(first.max()) + 1)[first]
    given = predict_others(rows.inputs[some], aim[some], judged.inputs)
    factors = class_factors(target, labels, rows.weight)
    chosen = given if factors is None else given.clip(0) * factors
    return weighted_mean((chosen.argmax(1) == second).astype(float), factors_of_rows(others, labels, factors))
