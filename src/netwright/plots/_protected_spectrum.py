"""The spectrum of a protected quantity for background, before and after cuts on the score."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from netwright.metrics import binned_sums, jensen_shannon_divergence, spectrum_bins, weight_sum, weighted_quantile
from netwright.plots._discriminant import ScoredRows
from netwright.plots._style import COLOURS, GREY, plain, styled, tag

__all__ = ["protected_spectrum"]

BINS = 30
EFFICIENCIES = (0.8, 0.5, 0.3)


@styled
def protected_spectrum(rows: ScoredRows, values: ArrayLike, *, name: str) -> Figure:
    """Draw the distribution of background before cuts and after cuts at signal efficiencies of 80, 50 and 30%.

    Args:
        rows: labels of 1 for signal, scores and weights.
        values: the protected quantity of the rows, shape (n,), in its unit.
        name: what it is called, with its unit.

    Returns:
        The figure; the legend gives the Jensen-Shannon divergence between what passes and what fails, in the bins and
        of all rows of the metric.

    Raises:
        DataError: there is no signal with a positive sum of weights.
    """
    labels, scores = np.asarray(rows.labels, np.float64), np.asarray(rows.scores, np.float64)
    weights = np.ones(len(labels)) if rows.weights is None else np.asarray(rows.weights, np.float64)
    background, x = labels == 0, np.asarray(values, np.float64)
    low, high = np.quantile(x[background], [0.005, 0.995]).tolist()
    edges = np.linspace(low, high, BINS + 1)
    inner = spectrum_bins(x[background])
    bin_of_rows = np.searchsorted(inner, x, side="right")
    figure = Figure(figsize=(8, 8.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    uncut = np.histogram(x[background], edges, weights=weights[background])[0]
    shape = uncut / uncut.sum()
    upper.stairs(shape, edges, color=GREY, fill=True, alpha=0.35, label="background")
    for number, efficiency in enumerate(EFFICIENCIES):
        cut = weighted_quantile(scores[labels == 1], 1 - efficiency, weights[labels == 1])
        passes, fails = background & (scores >= cut), background & (scores < cut)
        passing = np.histogram(x[passes], edges, weights=weights[passes])[0]
        parts = [
            binned_sums(bin_of_rows[selection], weights[selection], len(inner) + 1) for selection in (passes, fails)
        ]
        total = weight_sum(passing) if weight_sum(passing) > 0 else np.nan
        label = f"cut at ε_S = {efficiency:g}: JSD {jensen_shannon_divergence(*parts):.2g}"
        upper.stairs(passing / total, edges, color=COLOURS[number], lw=1.6, label=label)
        ratio = np.divide(passing / total, shape, out=np.full(BINS, np.nan), where=shape > 0)
        lower.stairs(ratio, edges, color=COLOURS[number], lw=1.6, baseline=None)
    lower.axhline(1, color=GREY, lw=1.2, ls=":")
    upper.set_ylabel("share of background")
    upper.margins(y=0.25)
    upper.legend(loc="upper right", fontsize=13)
    lower.set_ylabel("after / before", loc="center", fontsize=13)
    lower.set_xlabel(plain(name, 44))
    tag(upper, f"{int(background.sum()):,} background rows")
    return figure
