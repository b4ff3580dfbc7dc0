"""How right the outputs of a network, or of a simple method, are: row by row."""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Array, Objective
from netwright.doctor.quantities.labels import Labels
from netwright.doctor.quantities.losses import probabilities

__all__ = [
    "class_factors",
    "class_index",
    "explained_rows",
    "factors_of_rows",
    "indicators",
    "predicted_indicators",
    "right_rows",
    "same_class",
    "weighted_mean",
]

_UNEVEN = 1.5  # between the weights of classes


def class_index(values: Array, labels: Labels) -> Array:
    """Return the class of each row, from targets or from outputs.

    Args:
        values: targets or outputs, shape ``(rows, columns)``.
        labels: how targets are encoded.

    Returns:
        Whole numbers, shape ``(rows,)``.

    Example:
        >>> class_index(np.array([[0.2], [0.9]]), Labels("binary", 1, 2, 0.0, 1.0))
        array([0, 1])
    """
    if values.shape[1] > 1:
        return np.asarray(values.argmax(1))
    if labels.encoding == "signs":
        return np.asarray((values[:, 0] > 0).astype(int))
    if labels.encoding == "binary":
        return np.asarray((values[:, 0] > 0.5).astype(int))
    return np.asarray(np.rint(np.clip(values[:, 0], -1, 1e6)).astype(int))


def class_factors(target: Array, labels: Labels, weight: Array | None) -> Array | None:
    """Return the mean weight of a row of each class.

    Args:
        target: shape ``(rows, columns)``.
        labels: how targets are encoded.
        weight: of a row, shape ``(rows,)``, dimensionless; None where all count the same.

    Returns:
        Shape ``(classes,)``, dimensionless; None where rows of all classes count about the same.
    """
    if weight is None or not labels.is_class or not weight.sum() > 0:
        return None
    index = class_index(target, labels)
    sums, counts = np.bincount(index, weights=weight), np.bincount(index)
    factors = np.clip(sums / np.maximum(counts, 1), 0, None)
    occurring = factors[counts > 0]
    return factors if occurring.max() > _UNEVEN * max(occurring.min(), 1e-12) else None


def factors_of_rows(target: Array, labels: Labels, factors: Array | None) -> Array | None:
    """Return what each row counts by its class.

    Args:
        target: shape ``(rows, columns)``.
        labels: how targets are encoded.
        factors: of `class_factors`, which may be of other rows.

    Returns:
        Shape ``(rows,)``, dimensionless, 0 for classes that have no factor; None where all count the same.
    """
    if factors is None:
        return None
    index = class_index(target, labels)
    has_factor = (index >= 0) & (index < len(factors))
    return np.asarray(np.where(has_factor, factors[index.clip(0, len(factors) - 1)], 0.0))


def right_rows(outputs: Array, target: Array, labels: Labels, objective: Objective) -> Array:
    """Return how right each row is: 1 or 0 for classes, 1 minus the squared error in variances for numbers.

    Args:
        outputs: of the model, shape ``(rows, units)``.
        target: shape ``(rows, columns)``.
        labels: how targets are encoded.
        objective: how the model was compiled.

    Returns:
        Shape ``(rows,)``, dimensionless; its mean is the share of right rows, or of explained variance.

    Example:
        >>> labels = Labels("binary", 1, 2, 0.0, 1.0)
        >>> right_rows(np.array([[0.2], [0.4]]), np.array([[0.0], [1.0]]), labels, Objective())
        array([1., 0.])
    """
    predicted = probabilities(outputs, objective)
    if labels.is_class:
        return np.asarray((class_index(predicted, labels) == class_index(target, labels)).astype(float))
    return explained_rows(predicted, target)


def same_class(predicted: Array, aim: Array) -> Array:
    """Return which rows have the right class.

    Args:
        predicted: a number for each class, the largest of which counts, shape ``(rows, classes)``.
        aim: of `indicators`, the same shape.

    Returns:
        1 or 0, shape ``(rows,)``.
    """
    return np.asarray((predicted.argmax(1) == aim.argmax(1)).astype(float))


def explained_rows(predicted: Array, aim: Array) -> Array:
    """Return 1 minus the squared error in variances, row by row.

    Args:
        predicted: shape ``(rows, columns)``.
        aim: what is right, the same shape and unit.

    Returns:
        Shape ``(rows,)``, dimensionless; its mean is the share of the variance that is explained.
    """
    return np.asarray(1 - ((predicted - aim) ** 2).sum(1) / max(aim.var(0).sum(), 1e-300))


def indicators(target: Array, labels: Labels) -> Array:
    """Return targets as columns that add up to 1 for classes, and as they are for numbers.

    Args:
        target: shape ``(rows, columns)``.
        labels: how they are encoded.

    Returns:
        Shape ``(rows, classes)``, or that of the targets.
    """
    return _one_hot(class_index(target, labels)) if labels.is_class else target


def predicted_indicators(predicted: Array, aim: Array, labels: Labels, loss: str) -> Array | None:
    """Return outputs as columns that compare with `indicators` of the targets.

    Args:
        predicted: probabilities or numbers, shape ``(rows, units)``.
        aim: of `indicators`, shape ``(rows, columns)``.
        labels: how targets are encoded.
        loss: name of the loss.

    Returns:
        The shape of the indicators; None where outputs are no probabilities.
    """
    if "hinge" in loss:
        return None
    if not labels.is_class:
        return predicted
    if predicted.shape[1] == 1 and labels.encoding == "binary":
        return np.concatenate([1 - predicted, predicted], axis=1)[:, : aim.shape[1]]
    if predicted.shape[1] < aim.shape[1]:
        return None
    return predicted[:, : aim.shape[1]]


def weighted_mean(right: Array, weight: Array | None) -> float:
    """Return a mean over rows.

    Args:
        right: shape ``(rows,)``.
        weight: of a row, the same shape, dimensionless; None, or without a positive sum, where all count the same.

    Returns:
        The mean.
    """
    return float(np.average(right, weights=weight)) if weight is not None and weight.sum() > 0 else float(right.mean())


def _one_hot(index: Array) -> Array:
    return np.eye(int(index.max()) + 1)[index]
