"""Weighted quantiles, also with negative weights, and how well they are known."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics._sums import running_sums
from netwright.metrics.inputs import as_regressed

__all__ = ["quantile_replicas", "sorted_quantiles", "weighted_quantile"]

# r replicas know the uncertainty to 1/√(2r) of itself: 400 to 3.5%; of many rows 100, to 7%, which takes a second.
REPLICAS, MIN_REPLICAS, ROWS_IN_ALL = 400, 100, 20_000_000
SAME_SHARE = 1e-12  # shares nearer than this are equal, however the weights were rounded


def weighted_quantile(values: ArrayLike, probability: float, weights: ArrayLike | None = None) -> float:
    """Return the weighted quantile x_p of values.

    With F(x) = Σ_{v≤x} w / Σ w the quantile is the mean of the smallest x with F(x) ≥ p and of the smallest x
    from which on F stays above p. Without negative weights both are the same x, or the two neighbours where
    F is exactly p; p = ½ and unit weights give the usual median. A row of weight 2 counts as two rows. With
    negative weights F can pass p more than once, and the two x are its first and its last passage.

    Args:
        values: the v, shape (n,), any unit.
        probability: p in (0, 1), dimensionless.
        weights: one weight a row, shape (n,), dimensionless, also negative; None for ones.

    Returns:
        The quantile, in the unit of `values`.

    Raises:
        DataError: if `probability` is not in (0, 1), lengths disagree, a value is not finite, or the weights
            do not sum to something positive.

    Source: R. J. Hyndman, Y. Fan, Am. Stat. 50 (1996) 361, definition 2, with weights.

    Example:
        >>> weighted_quantile([1.0, 2.0, 3.0, 4.0], 0.5)
        2.5
        >>> weighted_quantile([1.0, 2.0, 3.0], 0.5, [1.0, 1.0, 3.0])
        3.0
    """
    if not 0 < probability < 1:
        msg = f"Argument `probability` must be above 0 and below 1. Received: {probability!r}. The median is 0.5."
        raise DataError(msg)
    rows = as_regressed(np.zeros(np.shape(values)), values, weights)
    return float(sorted_quantiles(*_sorted(rows.residuals, rows.weights), [probability])[0])


def sorted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], probabilities: Sequence[float]
) -> NDArray[np.float64]:
    """Return weighted quantiles of values that are already sorted.

    Args:
        values: shape (n,), ascending, any unit.
        weights: shape (n,), dimensionless, with a positive sum.
        probabilities: q numbers in (0, 1), dimensionless.

    Returns:
        The quantiles, shape (q,), in the unit of `values`.

    Source: R. J. Hyndman, Y. Fan, Am. Stat. 50 (1996) 361, definition 2, with weights.
    """
    distinct = _last_of_equal(values)
    sums = running_sums(weights)
    return _read_off(values[distinct], sums[distinct] / sums[-1], probabilities)


def quantile_replicas(
    values: NDArray[np.float64],
    weights: NDArray[np.float64],
    probabilities: Sequence[float],
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the quantiles in each of up to 400 Poisson-bootstrap replicas of the rows.

    In a replica every row counts k ~ Poisson(1) times, so that sorting once serves all of them.

    Args:
        values: shape (n,), any unit.
        weights: shape (n,), dimensionless, with a positive sum.
        probabilities: q numbers in (0, 1), dimensionless.
        generator: where the randomness comes from.

    Returns:
        The quantiles, shape (r, q), in the unit of `values`; replicas whose weights do not sum to something
        positive are left out, so r is at most 400 (100 of more than 200,000 rows).

    Source: J. A. Hanley, B. MacGibbon, Comput. Methods Programs Biomed. 83 (2006) 57 (the Poisson bootstrap).
    """
    ordered, weight = _sorted(values, weights)
    distinct = _last_of_equal(ordered)
    counts = _poisson_table()
    replicas = []
    for _ in range(max(MIN_REPLICAS, min(REPLICAS, ROWS_IN_ALL // len(ordered)))):
        drawn = counts[generator.integers(0, len(counts), len(ordered), dtype=np.uint16)]
        sums = np.cumsum(weight * drawn)
        if sums[-1] > 0:
            replicas.append(_read_off(ordered[distinct], sums[distinct] / sums[-1], probabilities))
    return np.array(replicas).reshape(len(replicas), len(probabilities))


def _sorted(
    values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    order = np.argsort(values)
    return values[order], weights[order]


def _last_of_equal(ordered: NDArray[np.float64]) -> slice | NDArray[np.bool_]:
    """Return what selects the last of each run of equal values; a slice where all differ, which is fast."""
    differs = ordered[1:] != ordered[:-1]
    return slice(None) if differs.all() else np.append(differs, True)


def _read_off(
    values: NDArray[np.float64], shares: NDArray[np.float64], probabilities: Sequence[float]
) -> NDArray[np.float64]:
    """Return the mean of the first x with F ≥ p and the x after the last with F ≤ p, for each p."""
    rises = bool((shares[1:] >= shares[:-1]).all())
    means = []
    for p in probabilities:
        if rises:
            first = int(np.searchsorted(shares, p - SAME_SHARE, side="left"))
            after = int(np.searchsorted(shares, p + SAME_SHARE, side="right"))
        else:
            first = int(np.argmax(shares >= p - SAME_SHARE))
            below = np.flatnonzero(shares <= p + SAME_SHARE)
            after = int(below[-1]) + 1 if below.size else 0
        last = len(values) - 1
        means.append((values[min(first, last)] + values[min(after, last)]) / 2)
    return np.array(means)


def _poisson_table() -> NDArray[np.float64]:
    """Return 65,536 equally likely counts that follow Poisson(1): 20 times as fast to draw as Poisson.

    Example:
        >>> counts = _poisson_table()
        >>> round(float(counts.mean()), 3), round(float(counts.var()), 3)
        (1.0, 1.0)
    """
    cumulative = np.cumsum([exp(-1) / factorial(k) for k in range(12)])
    counts = np.searchsorted(cumulative, (np.arange(65536) + 0.5) / 65536)
    return counts.astype(np.float64)
