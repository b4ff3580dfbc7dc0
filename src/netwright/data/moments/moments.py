"""Weighted moments of features: mean, deviation, range, quantiles, missing values; in one pass and in float64."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.data.moments._normal_knots import normal_knots, tail_values
from netwright.data.moments._sample import BoundedSample
from netwright.errors import DataError
from netwright.metrics import CANCELLED, weight_sum

__all__ = ["NEARLY_CONSTANT", "MomentSums", "Moments", "QuantileMap", "weighted_moments"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ROWS_AT_ONCE = 8_192
_RESOLVED = 2.0**-8  # smallest deviation, relative to the mean, of a feature computed in float32: 2^15 of its steps
NEARLY_CONSTANT = 1e-6  # relative spread of a feature computed in float32 below which values differ only by rounding


@dataclass(frozen=True)
class QuantileMap:
    """Maps of features to a standard normal distribution, linear between knots.

    Attributes:
        knots: values x_k of the knots, shape (features, 33), increasing, in the features' units; the last one is
            repeated
            if there are fewer.
        normal: z_k, their images, shape (features, 33), in deviations: x_k is the quantile of Φ(z_k).
    """

    knots: Floats
    normal: Floats


@dataclass(frozen=True)
class Moments:
    """Weighted mean and standard deviation of features, their range and the shape of their distribution.

    Attributes:
        names: of the features.
        mean: Σ w x / Σ w, shape (features,), in the features' units.
        std: sqrt(Σ w (x - mean)² / Σ w), shape (features,); 1 for a feature that counts as constant.
        minimum: shape (features,).
        maximum: shape (features,).
        missing: share of weights with no value, shape (features,), dimensionless.
        low_tail: quantile of 0.001, shape (features,), in the features' units.
        high_tail: quantile of 0.999, shape (features,), in the features' units.
        quantiles: the map to a normal distribution, if requested.
        unsigned: the features for which w stands for |w|, because negative weights nearly cancel the others.
    """

    names: tuple[str, ...]
    mean: Floats
    std: Floats
    minimum: Floats
    maximum: Floats
    missing: Floats
    low_tail: Floats
    high_tail: Floats
    quantiles: QuantileMap | None = None
    unsigned: tuple[str, ...] = ()

    @property
    def constant(self) -> list[str]:
        """Return the names of the features that have a single value."""
        return [name for name, low, high in zip(self.names, self.minimum, self.maximum, strict=True) if low == high]

    @property
    def nearly_constant(self) -> list[str]:
        """Return the names of features whose relative spread is at most 10⁻⁶, which rounding in float32 can produce."""
        same = _same(self.minimum, self.maximum, NEARLY_CONSTANT) & (self.minimum != self.maximum)
        return [name for name, nearly in zip(self.names, same, strict=True) if nearly]


def weighted_moments(
    where: str,
    names: list[str] | tuple[str, ...],
    values: npt.NDArray[np.generic],
    weights: Floats,
    *,
    constant: bool = True,
    quantiles: bool = False,
    tolerance: float = NEARLY_CONSTANT,
) -> Moments:
    """Compute weighted moments of columns over their finite values, chunk by chunk in float64.

    mean = Σ w x / Σ w and std = sqrt(Σ w (x - mean)² / Σ w); sums run over deviations from a first guess, so that no
    digits cancel. Where negative weights make Σ w or the variance negative, |w| is taken instead, as a network only
    needs the place and the spread of its inputs.

    Args:
        where: name of the columns, for messages.
        names: of the columns.
        values: shape (rows, columns) or (rows,), in any unit; NaN is ignored, and so are rows of weight 0.
        weights: event weights, shape (rows,); they may be negative.
        constant: whether a column may have a single value.
        quantiles: whether to compute the map to a normal distribution.
        tolerance: the relative range up to which a column counts as constant: rounding of features that are computed in
            float32, whose deviation is at least 2⁻⁸ of the mean; 0 for columns of a file.

    Returns:
        The moments.

    Raises:
        DataError: no row with a weight has a value, or a column is constant and must not be.

    Source: West (1979), doi:10.1145/359146.359153.

    Example:
        >>> moments = weighted_moments("x", ["x"], np.array([1.0, 3.0]), np.array([3.0, 1.0]))
        >>> float(moments.mean[0]), float(moments.std[0].round(4))
        (1.5, 0.866)
    """
    sums = MomentSums(len(names))
    for start in range(0, len(values), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        chunk = np.asarray(values[rows], dtype=np.float64).reshape(-1, len(names))
        sums.add(chunk, weights[rows], np.isfinite(chunk))
    return sums.moments(where, tuple(names), constant=constant, quantiles=quantiles, tolerance=tolerance)


class MomentSums:
    """Running weighted sums of columns around a first guess of their means, and a sample for their quantiles.

    Args:
        columns: number of columns.
    """

    def __init__(self, columns: int) -> None:
        self.sample = BoundedSample(columns)
        self.guess: Floats = np.full(columns, np.nan)
        self.signed, self.unsigned = np.zeros((4, columns)), np.zeros((4, columns))  # with w, and with |w|
        self.minimum, self.maximum = np.full(columns, np.inf), np.full(columns, -np.inf)

    def add(self, values: Floats, weights: Floats, exists: Flags) -> None:
        """Add rows to the sums.

        Args:
            values: shape (n, columns), in any unit.
            weights: of the rows, shape (n,), dimensionless; they may be negative.
            exists: shape (n, columns), whether there is a value.
        """
        exists = np.ascontiguousarray(exists.T)  # a line for each column, whose numbers are read one after another
        some = exists.any(axis=0)
        if not some.all():  # as in the padding of particles
            self.signed[3] += weights[~some].sum()
            self.unsigned[3] += np.abs(weights[~some]).sum()
        rows = np.flatnonzero(some & (weights != 0))  # a row without weight does not contribute
        if len(rows) < len(values):
            exists, values, weights = exists[:, rows], values[rows], weights[rows]
        columns = np.ascontiguousarray(values.T)
        every = bool(exists.all())
        low = columns if every else np.where(exists, columns, np.inf)
        high = columns if every else np.where(exists, columns, -np.inf)
        self.minimum = np.minimum(self.minimum, low.min(axis=1, initial=np.inf))
        self.maximum = np.maximum(self.maximum, high.max(axis=1, initial=-np.inf))
        count = exists.sum(axis=1)
        first = np.isnan(self.guess) & (count > 0)  # a column may begin with missing values
        if first.any():
            self.guess[first] = np.where(exists[first], columns[first], 0).sum(axis=1) / count[first]
        distance = columns - self.guess[:, None]
        distance = distance if every else np.where(exists, distance, 0)
        sums = _sums(distance, weights, None if every else exists)
        self.signed += sums
        self.unsigned += _sums(distance, np.abs(weights), None if every else exists) if (weights < 0).any() else sums
        self.sample.add(values, weights, exists.T)

    def moments(
        self,
        where: str,
        names: tuple[str, ...],
        *,
        constant: bool,
        quantiles: bool,
        tolerance: float = NEARLY_CONSTANT,
    ) -> Moments:
        """Compute the moments from the sums.

        Args:
            where: name of the columns, for messages.
            names: of the columns.
            constant: whether a column may have a single value.
            quantiles: whether to compute the map to a normal distribution.
            tolerance: the relative range up to which a column counts as constant.

        Returns:
            The moments, shape (columns,) each, in the columns' units.

        Raises:
            DataError: no row with a weight has a value, or a column is constant and must not be.
        """
        for name, total in zip(names, self.unsigned[0], strict=True):
            if not total > 0:
                msg = (
                    f"{where}: the weights of the training rows with a value of {name} add up to {total:g}; "
                    "a mean needs a positive sum. Check the weights and the missing values."
                )
                raise DataError(msg)
        same = _same(self.minimum, self.maximum, tolerance)
        small = ~(self.signed[0] > CANCELLED * self.unsigned[0])
        weight, first, second, _ = np.where(small, self.unsigned, self.signed)
        small |= ~same & ~(second / weight - (first / weight) ** 2 > 0)
        weight, first, second, absent = np.where(small, self.unsigned, self.signed)
        mean = self.guess + first / weight
        variance = second / weight - (first / weight) ** 2
        _check(where, names, mean, variance, same, constant=constant)
        std = np.where(same, 1.0, np.sqrt(np.where(same, 1.0, variance)))
        if tolerance > 0:  # else rounding, which differs between programs, would be hundredths of a deviation
            std = np.where(same, 1.0, np.maximum(std, _RESOLVED * np.abs(mean)))
        missing = absent / (weight + absent)
        low_tail, high_tail = np.array([tail_values(*self._sampled(index)) for index in range(len(names))]).T
        maps = self._quantiles(where, names) if quantiles else None
        unsigned = tuple(name for name, is_unsigned in zip(names, small, strict=True) if is_unsigned)
        return Moments(names, mean, std, self.minimum, self.maximum, missing, low_tail, high_tail, maps, unsigned)

    def _sampled(self, index: int) -> tuple[Floats, Floats]:
        """Return sampled values of a column, and their weights."""
        values, weights = self.sample.column(index)
        if len(values) == 0:  # a value so rare that no row of the sample has one
            return np.array([self.minimum[index], self.maximum[index]]), np.ones(2)
        return values, weights

    def _quantiles(self, where: str, names: tuple[str, ...]) -> QuantileMap:
        maps = []
        for index, name in enumerate(names):
            values, weights = self._sampled(index)
            weights = weights if weight_sum(weights) > 0 else np.abs(weights)
            ends = self.minimum[index], self.maximum[index]
            maps.append(normal_knots(f"{where}: {name}", values, weights, *ends))
        return QuantileMap(*(np.array(arrays) for arrays in zip(*maps, strict=True)))


def _check(where: str, names: tuple[str, ...], mean: Floats, variance: Floats, same: Flags, *, constant: bool) -> None:
    """Check that every variance is positive, except for a constant feature where that is allowed."""
    for name, centre, value, is_same in zip(names, mean, variance, same, strict=True):
        if is_same and not constant:
            msg = (
                f"{where}: {name} is {centre:g} in every training row; there is nothing to learn. Remove this "
                "target, or choose other rows."
            )
            raise DataError(msg)
        if not is_same and value <= 0:
            msg = (
                f"{where}: the variance of {name} is {value:g} with these weights, and must be positive. "
                "Check for a row whose weight is much larger than all others, and exclude it."
            )
            raise DataError(msg)


def _sums(distance: Floats, weights: Floats, exists: Flags | None) -> Floats:
    """Return Σ w, Σ w d and Σ w d² of existing values, and Σ w of those that are missing, shape (4, columns).

    The distances are 0 where there is no value, shape (columns, n); None stands for values everywhere.
    """
    weighted = weights * distance
    first, second = weighted.sum(axis=1), np.multiply(weighted, distance, out=weighted).sum(axis=1)
    if exists is None:
        present, absent = np.full(len(distance), weights.sum()), np.zeros(len(distance))
    else:
        present, absent = (np.where(there, weights, 0).sum(axis=1) for there in (exists, ~exists))
    return np.stack([present, first, second, absent])


def _same(minimum: Floats, maximum: Floats, tolerance: float) -> Flags:
    return np.asarray(maximum - minimum <= tolerance * np.maximum(abs(minimum), abs(maximum)))
