"""Linear and rank correlations of features, and the strongest pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.metrics import CANCELLED

__all__ = ["LinearSums", "Pair", "correlation", "pair_counts", "ranks", "strongest"]

Floats = npt.NDArray[np.float64]

SAFE = 1e15  # deviations up to which squares and their sums stay finite in single precision
MAX_FEATURES = 2_000  # the matrix has the square of it
PAIR_BINS = 40
ENOUGH_ROWS = 100  # with a value of both features: with fewer, a correlation is chance


class LinearSums:
    """Running sums Σ w d_i d_j of all pairs of features, as products of matrices.

    Single precision does: within a part of some thousand rows sums are right to about 1e-5 of themselves, and
    parts are added up in double precision.

    Args:
        features: how many there are.
    """

    def __init__(self, features: int) -> None:
        self.products: Floats = np.zeros((features, features))
        self.weight = self.size = 0.0

    def add(self, distances: npt.NDArray[np.float32], weights: Floats, largest: float) -> None:
        """Add some rows.

        Args:
            distances: d, shape (features, n), in deviations from a guess, dimensionless; 0 where missing.
            weights: shape (n,), dimensionless, also negative.
            largest: the largest of |d|, dimensionless.
        """
        kind = np.float32 if largest < SAFE else np.float64
        roots = distances.astype(kind, copy=False) * np.sqrt(np.abs(weights)).astype(kind)
        signed = roots if not (weights < 0).any() else roots * np.sign(weights).astype(kind)
        self.products += roots @ signed.T
        self.weight += float(weights.sum())
        self.size += float(np.abs(weights).sum())

    def correlations(self, first: Floats) -> Floats:
        """Return the weighted linear correlations, with missing values at the guess.

        ρ_ij = c_ij / √(c_ii c_jj), c_ij = Σ w d_i d_j / Σw - D_i D_j, D_i = Σ w d_i / Σw.

        Args:
            first: Σ w d of each feature, shape (features,), dimensionless.

        Returns:
            Shape (features, features), dimensionless; NaN where a variance is not positive.

        Source: definition (K. Pearson).
        """
        if not self.weight > CANCELLED * self.size:
            return np.full_like(self.products, np.nan)
        means = first / self.weight
        return _normalised(self.products / self.weight - np.outer(means, means))


def correlation(values: Floats, weights: Floats) -> Floats:
    """Return the weighted linear correlations of features.

    Args:
        values: shape (features, n), in any unit, without missing values.
        weights: shape (n,), dimensionless, also negative.

    Returns:
        Shape (features, features), dimensionless; NaN where a variance is not positive.

    Source: definition (K. Pearson).

    Example:
        >>> correlation(np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]), np.ones(3)).round(6).tolist()
        [[1.0, 1.0], [1.0, 1.0]]
    """
    sums = LinearSums(len(values))
    deviation = values.std(axis=1, keepdims=True)
    centred = values - values.mean(axis=1, keepdims=True)
    distances = (centred / np.where(deviation > 0, deviation, 1.0)).astype(np.float32)
    sums.add(distances, weights, float(np.abs(distances).max(initial=0.0)))
    return sums.correlations(distances.astype(np.float64) @ weights)


def _normalised(covariance: Floats) -> Floats:
    variance = np.diag(covariance).copy()
    variance[variance <= 0] = np.nan
    with np.errstate(invalid="ignore"):
        return np.clip(covariance / np.sqrt(np.outer(variance, variance)), -1.0, 1.0)


def ranks(values: Floats) -> Floats:
    """Return the ranks of the values of one feature, equal values sharing the mean of theirs.

    Args:
        values: shape (n,), in any unit; NaN where missing.

    Returns:
        Shape (n,), from -½ to ½, dimensionless; 0, the mean, where missing.

    Source: definition (C. Spearman, Am. J. Psychol. 15 (1904) 72).

    Example:
        >>> ranks(np.array([10.0, 30.0, 20.0, np.nan])).tolist()
        [-0.5, 0.5, 0.0, 0.0]
    """
    result = np.zeros(len(values))
    existing = np.flatnonzero(~np.isnan(values))
    if len(existing) < 2:
        return result
    order = existing[np.argsort(values[existing], kind="stable")]
    in_order = values[order]
    starts = np.flatnonzero(np.concatenate([[True], in_order[1:] != in_order[:-1]]))
    sizes = np.diff(np.append(starts, len(order)))
    result[order] = np.repeat(starts + (sizes - 1) / 2, sizes) / (len(order) - 1) - 0.5
    return result


@dataclass(frozen=True)
class Pair:
    """Two correlated features.

    Attributes:
        first: name of one feature.
        second: name of the other.
        linear: their linear correlation, dimensionless.
        rank: their rank correlation, dimensionless.
    """

    first: str
    second: str
    linear: float
    rank: float


def strongest(linear: Floats, rank: Floats, names: list[str], most: int, among: list[int] | None = None) -> list[Pair]:
    """Return the pairs with the strongest correlation, of either kind.

    Args:
        linear: linear correlations, shape (features, features), dimensionless.
        rank: rank correlations, shape (features, features), dimensionless.
        names: of the features.
        most: how many pairs.
        among: the features to compare; None for all.

    Returns:
        The pairs, the strongest first.

    Source: definition.

    Example:
        >>> matrix = np.array([[1.0, -0.5], [-0.5, 1.0]])
        >>> strongest(matrix, matrix, ["a", "b"], 9)
        [Pair(first='a', second='b', linear=-0.5, rank=-0.5)]
    """
    positions = np.arange(len(names)) if among is None else np.array(among, dtype=np.int64)
    size = np.fmax(np.abs(linear), np.abs(rank))[np.ix_(positions, positions)]
    upper = np.triu(np.nan_to_num(size), 1).ravel()
    count = min(most, int(np.count_nonzero(upper)))
    best = np.argsort(-upper, kind="stable")[:count]
    pairs = [(int(positions[k // len(positions)]), int(positions[k % len(positions)])) for k in best]
    return [Pair(names[i], names[j], float(linear[i, j]), float(rank[i, j])) for i, j in pairs]


def pair_counts(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Count two features in two dimensions, over the central 99% of each.

    Args:
        x: one feature, shape (n,), in any unit; NaN where missing.
        y: the other, shape (n,), in any unit; NaN where missing.
        weights: shape (n,), dimensionless.

    Returns:
        Edges of x and of y, shape (b + 1,) each, in their units, and Σw in each bin, shape (b, b), dimensionless;
        None where the two have no values together, or one value only.

    Source: definition.

    Example:
        >>> x_edges, y_edges, counts = pair_counts(np.arange(100.0), np.arange(100.0), np.ones(100))
        >>> counts.shape, int(np.trace(counts))
        ((40, 40), 100)
    """
    both = np.isfinite(x) & np.isfinite(y)
    if not both.any():
        return None
    ranges = [tuple(float(q) for q in np.quantile(values[both], [0.005, 0.995], method="nearest")) for values in (x, y)]
    if not all(high > low for low, high in ranges):
        return None
    counts, x_edges, y_edges = np.histogram2d(x[both], y[both], PAIR_BINS, ranges, weights=weights[both])
    return x_edges, y_edges, counts
