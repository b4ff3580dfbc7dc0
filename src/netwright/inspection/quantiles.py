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
    counts: Floats, edges: Floats, probabilities: Sequence[float] = PROBABILITIES, *, whole: bool = False
) -> tuple[Floats, Floats] | None:
    """Return weighted quantiles x_p of binned values, and how far off they can be.

    With F(x) = Σ_{v≤x} w / Σ w, known exactly at the edges, x_p is the mean of the place where F first reaches p
    and of the place from which on it stays above p, each read off linearly inside its bin. The quantile of the
    values themselves (`netwright.metrics.weighted_quantile`) is in the same bins, hence no further off than the
    wider of the two. With negative weights F can pass p more than once; passages within one bin are not seen, and
    the bound is then that on the passages that are.

    Args:
        counts: Σw in each bin, shape (b,), dimensionless.
        edges: ascending, shape (b + 1,), in any unit; the first is the smallest value and the last the largest,
            where values lie outside of the bins in between.
        probabilities: q numbers p in (0, 1), dimensionless.
        whole: whether every inner bin holds one whole number, its middle; the quantile is then exact.

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
    for at, p in enumerate(probabilities):
        reached = np.flatnonzero(shares >= p - SAME_SHARE)
        first = int(reached[0]) if len(reached) else int(filled[-1])
        below = np.flatnonzero(shares <= p + SAME_SHARE)
        after = filled[np.searchsorted(filled, below[-1], side="right") :] if len(below) else filled
        last = int(after[0]) if len(after) else int(filled[-1])
        both = [(i, whole and 0 < i < len(counts) - 1) for i in (first, last)]
        values[at] = sum(_middle(edges, i) if exact else _inside(shares, edges, i, p) for i, exact in both) / 2
        errors[at] = max(0.0 if exact else edges[i + 1] - edges[i] for i, exact in both)
    return values, errors


def _middle(edges: Floats, at: int) -> float:
    return float(edges[at] + edges[at + 1]) / 2


def _inside(shares: Floats, edges: Floats, at: int, p: float) -> float:
    """Return where F is p, if it were a straight line inside of a bin."""
    before = shares[at - 1] if at else 0.0
    rise = shares[at] - before
    part = (p - before) / rise if rise != 0 else 0.5
    return float(edges[at] + np.clip(part, 0.0, 1.0) * (edges[at + 1] - edges[at]))
