"""Weighted quantiles from a fine histogram, with a bound on their error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["PROBABILITIES", "binned_quantiles"]

Floats = npt.NDArray[np.float64]

PROBABILITIES = (0.01, 0.05, 0.16, 0.25, 0.5, 0.75, 0.84, 0.95, 0.99)
SAME_SHARE = 1e-12  # shares nearer than this are equal, however the weights were rounded


def binned_quantiles(
    counts: Floats,
    edges: Floats,
    probabilities: Sequence[float] = PROBABILITIES,
    *,
    whole: bool = False,
    sample: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, Floats] | None:
    """Return weighted quantiles x_p of binned values, and how far off they can be.

    With F(x) = Σ_{v≤x} w / Σ w, known exactly at the edges, x_p is the mean of the place where F first reaches p
    and of the place from which on it stays above p. Inside its bin F has the shape of that of a sample, and is a
    straight line where the sample has no value: a sample of all rows gives the quantiles of the values. The quantile of
    the values themselves (`netwright.metrics.weighted_quantile`) is in the same bins, hence no further off than the
    wider of the two. With negative weights F can pass p more than once; passages within one bin are not seen, and
    the bound is then that on the passages that are.

    Args:
        counts: Σw in each bin, shape (b,), dimensionless.
        edges: ascending, shape (b + 1,), in any unit; the first is the smallest value and the last the largest,
            where values lie outside of the bins in between.
        probabilities: q numbers p in (0, 1), dimensionless.
        whole: whether every inner bin holds one whole number, its middle; the quantile is then exact.
        sample: some of the values, and their weights, shape (m,) each; None for none.

    Returns:
        The quantiles and the bounds on their errors, shape (q,) each, in the unit of `edges`; None where the
        weights do not add up to something positive, as quantiles are then not defined.

    Source: R. J. Hyndman, Y. Fan, Am. Stat. 50 (1996) 361, definition 2, with weights, in bins.

    Example:
        >>> counts, edges = np.array([1.0, 2.0, 1.0]), np.array([0.0, 1.0, 2.0, 3.0])
        >>> values, errors = binned_quantiles(counts, edges, [0.5])
        >>> float(values[0]), float(errors[0])
        (1.5, 1.0)
    """
    total = float(counts.sum())
    if not total > 0 or total < SAME_SHARE * float(np.abs(counts).sum()):
        return None
    shares = np.cumsum(counts) / total
    filled = np.flatnonzero(counts)
    values, errors = np.empty(len(probabilities)), np.empty(len(probabilities))
    for index, p in enumerate(probabilities):
        reached = np.flatnonzero(shares >= p - SAME_SHARE)
        first = int(reached[0]) if len(reached) else int(filled[-1])
        below = np.flatnonzero(shares <= p + SAME_SHARE)
        after = filled[np.searchsorted(filled, below[-1], side="right") :] if len(below) else filled
        last = int(after[0]) if len(after) else int(filled[-1])
        passages = [(i, whole and 0 < i < len(counts) - 1) for i in (first, last)]
        positions = [
            _middle(edges, i) if exact else _inside(shares, edges, i, p, sample, last=k == 1)
            for k, (i, exact) in enumerate(passages)
        ]
        values[index] = positions[0] if positions[0] == positions[1] else sum(positions) / 2
        errors[index] = max(0.0 if exact else edges[i + 1] - edges[i] for i, exact in passages)
    return values, errors


def _middle(edges: Floats, at: int) -> float:
    return float(edges[at] + edges[at + 1]) / 2


def _inside(
    shares: Floats, edges: Floats, at: int, p: float, sample: tuple[Floats, Floats] | None, *, last: bool
) -> float:
    """Return where F first reaches p inside of a bin, or the last place: by a sample, else as if F were straight."""
    before = shares[at - 1] if at else 0.0
    rise = shares[at] - before
    if sample is not None:
        values, weights = sample
        in_bin = (values >= edges[at]) & ((values < edges[at + 1]) | (at == len(shares) - 1))
        order = np.argsort(values[in_bin], kind="stable")
        inside, sums = values[in_bin][order], np.cumsum(weights[in_bin][order])
        if len(sums) and sums[-1] * rise > 0:
            reached = before + rise * sums / sums[-1]
            passed = reached <= p + SAME_SHARE if last else np.logical_and.accumulate(reached < p - SAME_SHARE)
            below = np.flatnonzero(passed)
            return float(inside[min(int(below[-1]) + 1, len(inside) - 1) if len(below) else 0])
    share = (p - before) / rise if rise != 0 else 0.5
    return float(edges[at] + np.clip(share, 0.0, 1.0) * (edges[at + 1] - edges[at]))
