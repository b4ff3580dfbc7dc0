"""What a simple method that knows the training rows reaches on validation rows, which may be of another population."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Objective, Rows
from netwright.doctor.quantities.drawn_rows import drawn_by_weight
from netwright.doctor.quantities.kernel_ridge import predict_others
from netwright.doctor.quantities.labels import describe_labels, means_numbers
from netwright.doctor.quantities.rightness import (
    class_factors,
    class_index,
    explained_rows,
    factors_of_rows,
    weighted_mean,
)

__all__ = ["validation_baseline"]

_NUMBERS = 2**18  # of the inputs: the time of a decomposition grows with the square of its smaller side


def validation_baseline(rows: Rows, validation: Rows, objective: Objective) -> float | None:
    """Return how right the best simple method is on rows that it was not fitted on.

    Classes count as they do in the training, for its answers and for what they are worth; rows with numbers as targets
    too.

    Args:
        rows: of the training.
        validation: other rows.
        objective: how the network was compiled, which says whether whole numbers are amounts.

    Returns:
        Share of right rows, or of explained variance; None where targets or inputs do not fit each other.

    Example:
        >>> x = np.linspace(-1, 1, 40)[:, None]
        >>> round(validation_baseline(Rows(x, 3 * x), Rows(x / 2, 1.5 * x), Objective("mean_squared_error")), 2)
        1.0
    """
    target, validation_target = rows.target, validation.target
    if (
        target is None
        or validation_target is None
        or rows.tokens
        or rows.inputs.shape[1:] != validation.inputs.shape[1:]
    ):
        return None
    if target.shape[1:] != validation_target.shape[1:] or not (
        np.isfinite(target).all() and np.isfinite(validation_target).all()
    ):
        return None
    units = target.shape[1]
    labels = describe_labels(target, units, rows.weight, numbers=means_numbers(objective, units))
    if labels is None:
        return None
    if not labels.is_class:
        (rows, target), (validation, validation_target) = (
            drawn_by_weight(of_part, of_part_target)
            for of_part, of_part_target in ((rows, target), (validation, validation_target))
        )
        if not len(rows) or not len(validation):
            return None
    most = max(1, _NUMBERS // rows.inputs.shape[1])
    chosen = np.unique(np.linspace(0, len(target) - 1, min(len(target), most)).astype(int))
    if not labels.is_class:
        predicted = predict_others(rows.inputs[chosen], target[chosen], validation.inputs)
        return float(explained_rows(predicted, validation_target).mean())
    first, second = class_index(target, labels).clip(0), class_index(validation_target, labels)
    aim = np.eye(int(first.max()) + 1)[first]
    predicted = predict_others(rows.inputs[chosen], aim[chosen], validation.inputs)
    factors = class_factors(target, labels, rows.weight)
    answers = predicted if factors is None else predicted.clip(0) * factors
    return weighted_mean(
        (answers.argmax(1) == second).astype(float), factors_of_rows(validation_target, labels, factors)
    )
