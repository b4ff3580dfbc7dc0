"""Losses and right answers, row by row, from outputs that a model gave."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netwright.doctor.case import Array, Objective
from netwright.doctor.quantities.labels import Labels
from netwright.metrics import weight_sum

__all__ = ["chance_loss", "mean_loss", "mean_losses_of_replicas", "probabilities", "row_losses"]

_TINY = 1e-7  # Keras clips probabilities there


def probabilities(outputs: Array, objective: Objective) -> Array:
    """Turn a model's outputs into probabilities where its loss takes raw outputs.

    Args:
        outputs: shape ``(rows, units)``.
        objective: how the model was compiled.

    Returns:
        The same shape; outputs as they are unless the loss was compiled with ``from_logits``.

    Example:
        >>> probabilities(np.array([[0.0]]), Objective(loss="binary_crossentropy", from_logits=True))
        array([[0.5]])
    """
    if not objective.from_logits:
        return outputs
    if objective.loss == "binary_crossentropy" or outputs.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-np.clip(outputs, -60, 60))))
    raised = np.exp(outputs - outputs.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


def row_losses(outputs: Array, target: Array, objective: Objective) -> Array | None:
    """Compute the loss of each row, as Keras does.

    Args:
        outputs: of the model, shape ``(rows, units)``.
        target: shape ``(rows, columns)``.
        objective: how the model was compiled.

    Returns:
        Shape ``(rows,)``, in the unit of the loss; None for a loss that is not known here or shapes that do not fit.

    Example:
        >>> objective = Objective(loss="mean_squared_error")
        >>> row_losses(np.array([[1.0], [3.0]]), np.array([[1.0], [1.0]]), objective)
        array([0., 4.])
    """
    if objective.loss == "sparse_categorical_crossentropy":
        index, units = target[:, 0].astype(int), outputs.shape[1]
        if target.shape[1] != 1 or index.min() < 0 or index.max() >= units:
            return None
        return _categorical(outputs, np.eye(units)[index], objective)
    if outputs.shape != target.shape:
        return None
    formulas: dict[str, Callable[[Array, Array, Objective], Array]] = {
        "binary_crossentropy": _binary,
        "categorical_crossentropy": _categorical,
        "mean_squared_error": lambda p, t, _: np.square(p - t),
        "mean_absolute_error": lambda p, t, _: np.abs(p - t),
    }
    formula = formulas.get(objective.loss)
    if formula is None:
        return None
    rows = formula(outputs, target, objective)
    return np.asarray(rows.mean(1) if rows.ndim > 1 else rows)


def mean_loss(losses: Array, weight: Array | None) -> tuple[float, float]:
    """Return the weighted mean of the losses of rows, as the history of a training has it, and its standard error.

    Args:
        losses: of each row, shape ``(rows,)``, in the unit of the loss.
        weight: of a row, the same shape, dimensionless; None where all count the same.

    Returns:
        L = Σ w l / Σ w and √Σ w² (l - L)² / Σ w, in the unit of the loss; NaN and infinite where Σ w is not positive.

    Example:
        >>> mean_loss(np.array([1.0, 5.0]), np.array([3.0, 1.0]))[0]
        2.0
    """
    w = np.ones(len(losses)) if weight is None else weight
    total = weight_sum(w)
    if not total > 0:
        return float("nan"), float("inf")
    mean = float((w * losses).sum() / total)
    return mean, float(np.sqrt(np.square(w * (losses - mean)).sum()) / total)


def mean_losses_of_replicas(losses: Array, weight: Array | None, replicas: int, random: np.random.Generator) -> Array:
    """Return the weighted mean of losses in bootstrap replicas of the rows, which are drawn with replacement.

    Args:
        losses: of each row, shape ``(rows,)``, in the unit of the loss.
        weight: of a row, the same shape, dimensionless; None where all count the same.
        replicas: how many.
        random: draws the rows.

    Returns:
        Shape ``(replicas,)``, in the unit of the loss; NaN where the weights that were drawn have no positive sum.
    """
    drawn = random.integers(len(losses), size=(replicas, len(losses)))
    w = np.ones(len(losses)) if weight is None else weight
    total = w[drawn].sum(1)
    return np.asarray((w * losses)[drawn].sum(1) / np.where(total > 0, total, np.nan))


def chance_loss(labels: Labels, objective: Objective) -> float:
    """Return the loss of a model that says the same for every row: the best such number where it is known.

    Args:
        labels: how targets are encoded.
        objective: how the model was compiled.

    Returns:
        The loss, in its unit; NaN for losses other than cross entropies.

    Example:
        >>> labels = Labels("binary", 1, 2, 0.0, 1.0, (0.5, 0.5))
        >>> round(chance_loss(labels, Objective(loss="binary_crossentropy")), 4)
        0.6931
    """
    shares = np.array([share for share in labels.shares if share > 0])
    if objective.loss in {"categorical_crossentropy", "sparse_categorical_crossentropy"} and len(shares):
        return float(-(shares * np.log(shares)).sum())
    if objective.loss == "binary_crossentropy" and labels.encoding == "binary" and len(shares):
        return float(-(shares * np.log(shares)).sum())
    return float("nan")


def _binary(outputs: Array, target: Array, objective: Objective) -> Array:
    if objective.from_logits:  # clipped probabilities would end at a loss of 16
        return np.asarray(target * np.logaddexp(0, -outputs) + (1 - target) * np.logaddexp(0, outputs))
    predicted = np.clip(outputs, _TINY, 1 - _TINY)
    return np.asarray(-target * np.log(predicted) - (1 - target) * np.log(1 - predicted))


def _categorical(outputs: Array, target: Array, objective: Objective) -> Array:
    if objective.from_logits:
        logits = outputs - outputs.max(1, keepdims=True)
        return np.asarray((target * (np.log(np.exp(logits).sum(1, keepdims=True)) - logits)).sum(1))
    share = outputs / np.maximum(outputs.sum(1, keepdims=True), _TINY)
    return np.asarray(-(target * np.log(np.clip(share, _TINY, 1))).sum(1))
