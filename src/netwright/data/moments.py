"""Weighted moments of features: mean, deviation, range and share of missing values, in one pass and in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.errors import DataError

__all__ = ["MomentSums", "Moments", "weighted_moments"]

Floats = npt.NDArray[np.float64]

_ROWS_AT_ONCE = 8_192
_NEARLY_CONSTANT = 1e-6  # of the feature's size: below, float32 cannot tell the values apart


@dataclass(frozen=True)
class Moments:
    """Weighted mean and standard deviation of features, and their range.

    Attributes:
        names: of the features.
        mean: Σ w x / Σ w, shape (features,), in the features' units.
        std: sqrt(Σ w (x - mean)² / Σ w), shape (features,); 1 for a constant feature.
        minimum: shape (features,).
        maximum: shape (features,).
        missing: share of weights with no value, shape (features,), dimensionless.
    """

    names: tuple[str, ...]
    mean: Floats
    std: Floats
    minimum: Floats
    maximum: Floats
    missing: Floats

    @property
    def constant(self) -> list[str]:
        """Return the names of the features that have one value only, as far as float32 can tell."""
        same = _nearly_constant(self.minimum, self.maximum)
        return [name for name, one_value in zip(self.names, same, strict=True) if one_value]


def weighted_moments(
    where: str,
    names: list[str] | tuple[str, ...],
    values: npt.NDArray[np.generic],
    weights: Floats,
    *,
    constant: bool = True,
) -> Moments:
    """Take weighted moments of columns over their finite values, chunk by chunk in float64.

    mean = Σ w x / Σ w and std = sqrt(Σ w (x - mean)² / Σ w); sums run over values around that of a first guess,
    so that no digits cancel.

    Args:
        where: what the columns are, for messages.
        names: of the columns.
        values: shape (rows, columns) or (rows,), in any unit; NaN is left out, and so are rows of weight 0.
        weights: event weights, shape (rows,); they may be negative.
        constant: whether a column may have one value only.

    Returns:
        The moments.

    Raises:
        DataError: the weights of the values there are do not add up to a positive number, negative weights
            make a variance negative, or a column is constant and may not be.

    Source: West (1979), doi:10.1145/359146.359153.

    Example:
        >>> moments = weighted_moments("x", ["x"], np.array([1.0, 3.0]), np.array([3.0, 1.0]))
        >>> float(moments.mean[0]), float(moments.std[0].round(4))
        (1.5, 0.866)
    """
    sums = MomentSums(len(names))
    for start in range(0, len(values), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        chunk = np.asarray(values[part], dtype=np.float64).reshape(-1, len(names))
        sums.add(chunk, np.broadcast_to(weights[part, None], chunk.shape), np.isfinite(chunk))
    return sums.moments(where, tuple(names), constant=constant)


class MomentSums:
    """Running weighted sums of columns around a first guess of their means."""

    def __init__(self, columns: int) -> None:
        self.guess: Floats = np.full(columns, np.nan)
        self.weight, self.first, self.second, self.absent = (np.zeros(columns) for _ in range(4))
        self.minimum, self.maximum = np.full(columns, np.inf), np.full(columns, -np.inf)

    def add(self, values: Floats, weights: Floats, exists: npt.NDArray[np.bool_]) -> None:
        """Add values of shape (n, columns) with their weights, where they exist."""
        exists = exists & (weights != 0)  # a row of no weight says nothing
        self.minimum = np.minimum(self.minimum, np.where(exists, values, np.inf).min(axis=0))
        self.maximum = np.maximum(self.maximum, np.where(exists, values, -np.inf).max(axis=0))
        count = exists.sum(axis=0)
        first_values = np.isnan(self.guess) & (count > 0)  # a column may begin with missing values
        self.guess[first_values] = (np.where(exists, values, 0).sum(axis=0) / np.maximum(count, 1))[first_values]
        distance = np.where(exists, values - self.guess, 0)
        weighted = weights * distance
        self.weight += np.where(exists, weights, 0).sum(axis=0)
        self.absent += np.where(exists, 0, weights).sum(axis=0)
        self.first += weighted.sum(axis=0)
        self.second += (weighted * distance).sum(axis=0)

    def moments(self, where: str, names: tuple[str, ...], *, constant: bool) -> Moments:
        """Turn the sums into moments."""
        for name, weight in zip(names, self.weight, strict=True):
            if not weight > 0:
                msg = (
                    f"{where}: the weights of the training rows with a value of {name} add up to {weight:g}; "
                    "a mean needs a positive sum. Look at the weights and at missing values."
                )
                raise DataError(msg)
        shift = self.first / self.weight
        variance = self.second / self.weight - shift**2
        mean = self.guess + shift
        same = _nearly_constant(self.minimum, self.maximum)
        for name, value, is_same, centre in zip(names, variance, same, mean, strict=True):
            if is_same and not constant:
                msg = f"{where}: {name} is {centre:g} in every training row; there is nothing to learn"
                raise DataError(msg)
            if not is_same and value <= 0:
                msg = (
                    f"{where}: the variance of {name} is {value:g} with these weights, and must be positive. "
                    "Look for large negative weights, and leave some of them out."
                )
                raise DataError(msg)
        std = np.where(same, 1.0, np.sqrt(np.where(same, 1.0, variance)))
        missing = self.absent / (self.weight + self.absent)
        return Moments(names, mean, std, self.minimum, self.maximum, missing)


def _nearly_constant(minimum: Floats, maximum: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(maximum - minimum <= _NEARLY_CONSTANT * np.maximum(abs(minimum), abs(maximum)))
