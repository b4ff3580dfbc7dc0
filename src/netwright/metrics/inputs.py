"""The one place where what a caller passes becomes arrays that the formulas may trust."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics._sums import CANCELLED

__all__ = [
    "Classified",
    "Regressed",
    "Scored",
    "as_classified",
    "as_columns",
    "as_probable",
    "as_regressed",
    "as_scored",
    "as_weights",
    "check_positive",
]


@dataclass(frozen=True, eq=False)
class Scored:
    """Checked rows of a binary head: is it signal (n,), score (n,), weight (n,)."""

    is_signal: NDArray[np.bool_]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Classified:
    """Checked rows of a multiclass head: class index (n,), probabilities (n, k), weight (n,)."""

    classes: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Regressed:
    """Checked rows of a regression head: residual (prediction - target) (n,), weight (n,)."""

    residuals: NDArray[np.float64]
    weights: NDArray[np.float64]


def as_scored(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None) -> Scored:
    """Check the rows of a binary head.

    Args:
        labels: 1 (signal) or 0 (background), shape (n,).
        scores: the larger, the more like signal, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless; None for ones.

    Returns:
        The rows as float64 and bool.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, or a label is neither 0 nor 1.

    Source: definition.
    """
    truth = _numbers("labels", labels, 1)
    values = _numbers("scores", scores, 1)
    _same_length("labels", truth, "scores", values)
    wrong = np.flatnonzero((truth != 0) & (truth != 1))
    if wrong.size:
        msg = (
            f"Argument `labels` must hold 0 (background) and 1 (signal) only. Received: {truth[wrong[0]]:g} "
            f"in row {wrong[0]} ({wrong.size} such rows). Map your classes to 0 and 1 first."
        )
        raise DataError(msg)
    return Scored(truth == 1, values, as_weights(weights, values))


def as_probable(labels: ArrayLike, scores: ArrayLike, weights: ArrayLike | None) -> Scored:
    """Check the rows of a binary head whose scores are probabilities.

    Args:
        labels: 1 (signal) or 0 (background), shape (n,).
        scores: the probability of signal, in [0, 1], shape (n,), dimensionless.
        weights: one weight a row, shape (n,), dimensionless; None for ones.

    Returns:
        The rows as float64 and bool.

    Raises:
        DataError: as `as_scored`, or if a score is not in [0, 1].
    """
    rows = as_scored(labels, scores, weights)
    outside = np.flatnonzero((rows.scores < 0) | (rows.scores > 1))
    if outside.size:
        msg = (
            f"Argument `scores` must hold probabilities, from 0 to 1. Received: {rows.scores[outside[0]]:g} "
            f"in row {outside[0]} ({outside.size} such rows). Apply the sigmoid to logits first."
        )
        raise DataError(msg)
    return rows


def as_classified(labels: ArrayLike, probabilities: ArrayLike, weights: ArrayLike | None) -> Classified:
    """Check the rows of a multiclass head.

    Args:
        labels: index of the true class, 0 to k - 1, shape (n,).
        probabilities: one column a class, shape (n, k), dimensionless.
        weights: one weight a row, shape (n,), dimensionless; None for ones.

    Returns:
        The rows as int64 and float64.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, or a label is not a class index.

    Source: definition.
    """
    truth = _numbers("labels", labels, 1)
    table = _numbers("probabilities", probabilities, 2)
    _same_length("labels", truth, "probabilities", table)
    k = table.shape[1]
    if k < 2:
        msg = (
            f"Argument `probabilities` must have one column for each of at least two classes. Received: "
            f"shape {table.shape}. Use measure_binary for a single score."
        )
        raise DataError(msg)
    wrong = np.flatnonzero((truth < 0) | (truth >= k) | (truth != np.floor(truth)))
    if wrong.size:
        msg = (
            f"Argument `labels` must hold class indices 0 to {k - 1}, one for each column of "
            f"`probabilities`. Received: {truth[wrong[0]]:g} in row {wrong[0]} ({wrong.size} such rows). "
            f"Number the classes from 0 in the order of the columns."
        )
        raise DataError(msg)
    return Classified(truth.astype(np.int64), table, as_weights(weights, table))


def as_regressed(targets: ArrayLike, predictions: ArrayLike, weights: ArrayLike | None) -> Regressed:
    """Check the rows of a regression head.

    Args:
        targets: the true values, shape (n,), in the target's unit.
        predictions: the network's values, shape (n,), in the target's unit.
        weights: one weight a row, shape (n,), dimensionless; None for ones.

    Returns:
        The residuals, prediction - target, and the weights.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, or the weights sum to zero or less.

    Source: definition.
    """
    truth = _numbers("targets", targets, 1)
    values = _numbers("predictions", predictions, 1)
    _same_length("targets", truth, "predictions", values)
    return Regressed(values - truth, as_weights(weights, values))


def as_columns(name: str, values: ArrayLike, columns: int) -> NDArray[np.float64]:
    """Check a table of numbers.

    Args:
        name: of the argument, for messages.
        values: shape (n, columns), in any unit.
        columns: how many there must be.

    Returns:
        The numbers as float64, shape (n, columns), in the same unit.

    Raises:
        DataError: if the shape is another, or a value is not finite.
    """
    table = _numbers(name, values, 2)
    if table.shape[1] != columns:
        msg = (
            f"Argument `{name}` must have {columns} columns. Received: shape {table.shape}. Pass all outputs of the "
            "head."
        )
        raise DataError(msg)
    return table


def as_weights(weights: ArrayLike | None, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Check the weights of rows.

    Args:
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.
        rows: what is weighted, shape (n, ...), any unit.

    Returns:
        The weights as float64, shape (n,).

    Raises:
        DataError: if the length is not n, a weight is not finite, or the sum is not positive.

    Source: definition.
    """
    if weights is None:
        return np.ones(len(rows))
    values = _numbers("weights", weights, 1)
    if len(values) != len(rows):
        msg = (
            f"Argument `weights` must have one entry a row. Received: {len(values)} weights for {len(rows)} "
            f"rows. Select the weights with the same rows as the scores."
        )
        raise DataError(msg)
    check_positive(values, "all rows")
    return values


def check_positive(weights: NDArray[np.float64], rows: str) -> None:
    """Refuse rows that are absent or whose weights do not sum to something positive.

    Args:
        weights: the weights of the rows, shape (m,), dimensionless.
        rows: which rows these are, in words.

    Raises:
        DataError: if there is no row, or if the sum of weights is not positive.
    """
    if not weights.size:
        msg = f"There must be at least one row of {rows}. Received: 0 rows. Check the labels and the selection."
        raise DataError(msg)
    with np.errstate(over="ignore"):
        total, absolute = float(weights.sum()), float(np.abs(weights).sum())
    if not CANCELLED * absolute < total < np.inf:
        msg = (
            f"The weights of {rows} must have a positive, finite sum. Received: {total:g} from "
            f"{weights.size} rows. Add rows, or check the weight column."
        )
        raise DataError(msg)


def _numbers(name: str, values: ArrayLike, dimensions: int) -> NDArray[np.float64]:
    try:
        raw = np.asarray(values)
    except ValueError as error:
        msg = f"Argument `{name}` must be an array of numbers. Received: {error}. Give every row the same length."
        raise DataError(msg) from error
    if not np.can_cast(raw.dtype, np.float64, "same_kind"):
        msg = (
            f"Argument `{name}` must hold real numbers. Received: an array of type {raw.dtype}. "
            f"Convert it to numbers first."
        )
        raise DataError(msg)
    shape = "(n,)" if dimensions == 1 else "(n, k)"
    if raw.ndim != dimensions or not len(raw):
        hint = "Take one column, as in scores[:, 0]." if raw.ndim > dimensions else "Pass one entry a row."
        msg = f"Argument `{name}` must have shape {shape}, n at least 1. Received: shape {raw.shape}. {hint}"
        raise DataError(msg)
    array = raw.astype(np.float64)
    finite = np.isfinite(array).reshape(len(array), -1).all(axis=1)
    if not finite.all():
        row = int(np.argmin(finite))
        msg = (
            f"Argument `{name}` must be finite. Received: {raw[row]} in row {row} "
            f"({len(array) - int(finite.sum())} such rows). Look for what made them before you measure."
        )
        raise DataError(msg)
    return array


def _same_length(first: str, a: NDArray[np.float64], second: str, b: NDArray[np.float64]) -> None:
    if len(a) != len(b):
        msg = (
            f"Arguments `{first}` and `{second}` must have the same number of rows. Received: {len(a)} and "
            f"{len(b)}. Pass arrays of the same rows in the same order."
        )
        raise DataError(msg)
