"""What a cut on the score does to the spectrum of background: Jensen-Shannon divergence at fixed signal efficiency."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.metrics._heads import BinaryHead
from netwright.metrics._measured import Measured
from netwright.metrics._metric import MeasuredNumbers, Metric
from netwright.metrics._quantiles import weighted_quantile
from netwright.metrics._sums import binned_sums, weight_sum

__all__ = ["SCULPTING", "jensen_shannon_divergence", "spectrum_bins"]

Floats = NDArray[np.float64]

BINS = 20
REPLICAS = 50


def jensen_shannon_divergence(first: ArrayLike, second: ArrayLike) -> float:
    """Return JSD = [KL(p|m) + KL(q|m)]/2 of two histograms, m = (p + q)/2, with logarithms to base 2.

    Args:
        first: sums of weights, shape (bins,), in any unit; negative sums count as 0.
        second: the same of another sample in the same bins.

    Returns:
        The divergence, from 0 for equal to 1 for disjoint distributions; NaN where one has no positive bin.

    Source: J. Lin, IEEE Trans. Inf. Theory 37 (1991) 145.

    Example:
        >>> jensen_shannon_divergence([1, 1, 0], [0, 0, 5]), jensen_shannon_divergence([1, 2], [2, 4])
        (1.0, 0.0)
    """
    p, q = (np.maximum(np.asarray(sums, np.float64), 0.0) for sums in (first, second))
    if not (p.sum() > 0 and q.sum() > 0):
        return float("nan")
    p, q = p / p.sum(), q / q.sum()
    m = (p + q) / 2
    return float(max(0.0, (_relative_entropy(p, m) + _relative_entropy(q, m)) / 2))


def spectrum_bins(values: Floats) -> Floats:
    """Return up to 20 bins that hold equal numbers of rows.

    Args:
        values: of background, shape (n,), in any unit.

    Returns:
        The inner edges, ascending, shape (at most 19,), in this unit.

    Source: definition.
    """
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS))


def sculpting(head: BinaryHead) -> MeasuredNumbers:
    """Yield the divergence between background that passes and that fails a cut, at each ε_S, where values are given.

    Its uncertainty is that of 50 Poisson bootstrap replicas of the background; by chance it is above 0 by about
    bins / (3 n) with n effective rows that pass.
    """
    if head.protected is None:
        return
    rows, background = head.rows, ~head.rows.is_signal
    signal = rows.weights[rows.is_signal]
    if not (weight_sum(signal) > 0 and background.any()):
        return
    inner = spectrum_bins(head.protected[background])
    bin_of_rows = np.searchsorted(inner, head.protected[background], side="right")
    cuts = [weighted_quantile(rows.scores[rows.is_signal], 1 - efficiency, signal) for efficiency in head.efficiencies]
    passing = [rows.scores[background] >= cut for cut in cuts]
    weights = rows.weights[background]

    def divergences(weights: Floats) -> list[float]:
        sums = (
            [binned_sums(bin_of_rows, weights * chosen, len(inner) + 1) for chosen in (passes, ~passes)]
            for passes in passing
        )
        return [jensen_shannon_divergence(*of_cut) for of_cut in sums]

    random = np.random.default_rng(1)  # one replica at a time: all counts of all rows need not be in memory
    replicas = np.array([divergences(weights * random.poisson(1.0, len(weights))) for _ in range(REPLICAS)])
    for efficiency, value, of_cut in zip(head.efficiencies, divergences(weights), replicas.T, strict=True):
        finite = of_cut[np.isfinite(of_cut)]
        sigma = float(finite.std(ddof=1)) if finite.size > 1 else float("inf")
        yield {"efficiency": f"{efficiency:g}"}, Measured(value, sigma)


def _relative_entropy(p: Floats, m: Floats) -> float:
    positive = p > 0
    return float((p[positive] * np.log2(p[positive] / m[positive])).sum())


SCULPTING = Metric(
    "protected_jsd_{efficiency}",
    "JSD of the protected column, cut at ε_S = {efficiency}",
    "smaller",
    sculpting,
    of=(BinaryHead,),
)
