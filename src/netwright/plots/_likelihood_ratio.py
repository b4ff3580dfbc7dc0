"""Whether a probability is a likelihood ratio, over all orders of magnitude."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.metrics import binned_sums, likelihood_ratio_closure
from netwright.plots._discriminant import ScoredRows
from netwright.plots._style import COLOURS, GREY, styled, tag

__all__ = ["likelihood_ratio"]

BINS = 20
Floats = NDArray[np.float64]


@styled
def likelihood_ratio(rows: ScoredRows, *, signal_name: str) -> Figure:
    """Draw the observed ratio of signal to background in bins of the logit against the one that the network says.

    The logit of a calibrated probability is ln(S f_s / B f_b). Ten bins of equal width of a probability hide its tails,
    where a search cuts; here bins hold equal numbers of rows over all orders of magnitude.

    Args:
        rows: labels of 1 for signal, the probability of signal as scores, and weights.
        signal_name: name of the signal.

    Returns:
        The figure; the legend says how well background is reweighted to signal by it (`likelihood_ratio_closure`).

    Raises:
        DataError: lengths disagree, a value is not finite, a label is not 0 or 1, or a score is not in [0, 1].
    """
    labels, scores = np.asarray(rows.labels, np.float64), np.asarray(rows.scores, np.float64)
    weights = np.ones(len(labels)) if rows.weights is None else np.asarray(rows.weights, np.float64)
    closure = likelihood_ratio_closure(labels, scores, weights)
    tiny = np.finfo(np.float32).tiny
    p = np.clip(scores, tiny, 1 - np.finfo(np.float32).epsneg)
    predicted, observed, uncertainty = _ratios(np.log(p) - np.log1p(-p), labels > 0, weights)
    figure = Figure(figsize=(8, 7), layout="constrained")
    axes = figure.subplots()
    finite = np.isfinite(observed)
    axes.errorbar(
        predicted[finite], observed[finite], uncertainty[finite], fmt="o", color=COLOURS[1], ms=6, lw=1.4,
        label=f"{signal_name}; background reweighted to it: {closure}",
    )  # fmt: skip
    ends = np.array([predicted[finite].min(), predicted[finite].max()]) if finite.any() else np.zeros(2)
    axes.plot(ends, ends, ":", color=GREY, lw=1.4)
    axes.set_xlabel("predicted ln p/(1 − p)")
    axes.set_ylabel("observed ln S/B")
    axes.margins(y=0.15)
    axes.legend(loc="upper left", fontsize=13)
    tag(axes, f"{len(labels):,} rows")
    return figure


def _ratios(logits: Floats, is_signal: NDArray[np.bool_], weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Return by bin the mean logit, ln S/B and its uncertainty, shape (bins,); NaN where a sum is not positive."""
    edges = np.unique(np.quantile(logits, np.arange(1, BINS) / BINS))
    bin_of_rows = np.searchsorted(edges, logits, side="right")
    bins = len(edges) + 1

    def summed(values: Floats) -> Floats:
        sums: Floats = np.bincount(bin_of_rows, values, bins).astype(np.float64)
        return sums

    size = summed(np.abs(weights))
    predicted = summed(np.abs(weights) * logits) / np.where(size > 0, size, np.nan)
    logarithms, variance = [], np.zeros(bins)
    for chosen in (is_signal, ~is_signal):
        total = binned_sums(bin_of_rows, weights * chosen, bins)
        total[total <= 0] = np.nan
        logarithms.append(np.log(total))
        variance += summed(np.square(weights) * chosen) / total**2
    return predicted, logarithms[0] - logarithms[1], np.sqrt(variance)
