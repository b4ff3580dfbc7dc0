"""The increasing curve that maps logits to what is observed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netwright.metrics import CANCELLED, effective_rows, weight_sum

__all__ = ["KNOTS", "fitted_curve", "pooled_adjacent"]

Floats = NDArray[np.float64]

KNOTS = 64
_ROWS = 25.0  # effective rows of a bin: its share of signal is known to 10%
_LOWEST_SLOPE = 1e-3  # keeps the order of scores


def fitted_curve(logits: Floats, labels: NDArray[np.integer], weights: Floats) -> tuple[Floats, Floats]:
    """Fit an increasing curve to the share of signal: isotonic regression of up to 64 bins.

    Bins have equal sums of |w| and at least 25 effective rows; those whose weights do not have a positive sum are
    joined with the next. A block of bins that the regression pools has the logit ln (S + m_S/2) / (B + m_B/2), with its
    sums of weights S of signal and B of background and m = Σw²/Σw of all rows of the class, the weight of one effective
    row, so that a block of one class only has a finite logit, and a rare signal of small weights keeps its share.
    Blocks of few rows move further by that than others: those that no longer increase are pooled again.

    Args:
        logits: z, shape (n,), dimensionless.
        labels: 1 for signal and 0 for background, shape (n,).
        weights: shape (n,), dimensionless, also negative, with a positive sum.

    Returns:
        Places in z, ascending, and the calibrated logits there, shape (k,) each with k at most 64, dimensionless.

    Source: B. Zadrozny, C. Elkan, Proc. 8th ACM SIGKDD (2002) 694; `pooled_adjacent`.
    """
    order = np.argsort(logits, kind="stable")
    z, y, w = logits[order], labels[order].astype(np.float64), weights[order]
    size = np.abs(w)
    n_bins = int(np.clip(effective_rows(size) / _ROWS, 1, KNOTS))
    before = np.cumsum(size) - size
    starts = np.searchsorted(before, np.arange(n_bins) * size.sum() / n_bins)
    starts = np.unique(np.searchsorted(z, z[np.minimum(starts, len(z) - 1)]))  # equal scores share a bin
    sums = np.stack([np.add.reduceat(terms, starts) for terms in (w, w * y, size, size * z)])
    sums[0, np.abs(sums[0]) <= CANCELLED * sums[2]] = 0.0  # what cancels but for rounding
    joined = _with_positive_weights(sums)
    blocks = _pooled(joined, np.clip(joined[1] / joined[0], 0.0, 1.0))
    halves = [_half_row(w[y == label], w) for label in (1, 0)]
    while (np.diff(p := _signal_share(blocks, *halves)) < 0).any():
        blocks = _pooled(blocks, p)
    knots = blocks[3] / blocks[2]
    slope = _LOWEST_SLOPE * knots
    return knots, np.maximum.accumulate(np.log(p / (1 - p)) - slope) + slope


def pooled_adjacent(values: Floats, weights: Floats) -> NDArray[np.intp]:
    """Pool adjacent values that decrease, until the means of the blocks increase.

    Args:
        values: shape (n,), in any unit.
        weights: positive, shape (n,), dimensionless.

    Returns:
        The block of each value, from 0, shape (n,): the isotonic regression is the weighted mean of its block.

    Source: M. Ayer et al., Ann. Math. Statist. 26 (1955) 641 (pool adjacent violators).

    Example:
        >>> pooled_adjacent(np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4)).tolist()
        [0, 1, 1, 2]
    """
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        total, size, count = value * weight, weight, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / size:
            below = blocks.pop()
            total, size, count = total + below[0], size + below[1], count + below[2]
        blocks.append((total, size, count))
    return np.repeat(np.arange(len(blocks)), [count for _, _, count in blocks])


def _pooled(sums: Floats, values: Floats) -> Floats:
    """Join bins, shape (sums, bins), whose values decrease."""
    block = pooled_adjacent(values, sums[0])
    return np.stack([np.bincount(block, terms) for terms in sums])


def _half_row(of_class: Floats, of_all: Floats) -> float:
    """Return half the weight Σw²/Σw of one effective row of a class; of all rows where the class has none."""
    weights = of_class if weight_sum(of_class) > 0 else of_all
    return float(weights @ weights) / weight_sum(weights) / 2


def _signal_share(sums: Floats, half_signal: float, half_background: float) -> Floats:
    """Return the share of signal of each bin with half an effective row of each class, of these weights, added."""
    of_signal = sums[0] * np.clip(sums[1] / sums[0], 0.0, 1.0)
    share: Floats = (of_signal + half_signal) / (sums[0] + half_signal + half_background)
    return share


def _with_positive_weights(sums: Floats) -> Floats:
    """Join bins, shape (sums, bins), whose weights do not have a positive sum with those before.

    Example:
        >>> _with_positive_weights(np.array([[-1.0, 5.0, 2.0, -3.0, 2.0, 4.0, -1.0]]))
        array([[4., 1., 3.]])
    """
    joined: list[Floats] = []
    for bin_sums in sums.T:
        if joined and (bin_sums[0] <= 0 or joined[-1][0] <= 0):
            joined[-1] = joined[-1] + bin_sums
        else:
            joined.append(bin_sums.copy())
    while len(joined) > 1 and joined[0][0] <= 0:
        joined[:2] = [joined[0] + joined[1]]
    while len(joined) > 1 and joined[-1][0] <= 0:
        joined[-2:] = [joined[-2] + joined[-1]]
    return np.stack(joined, axis=1)
