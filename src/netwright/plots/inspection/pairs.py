"""The strongest pairs of features in two dimensions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from netwright.inspection import PairHistogram
from netwright.plots._style import panels, quantity, styled, tag

__all__ = ["inspected_pairs"]

COLUMNS = 3


@styled
def inspected_pairs(pairs: Sequence[PairHistogram], units: Mapping[str, str]) -> Figure:
    """Draw pairs of features as histograms in two dimensions, darker where there are more rows.

    Args:
        pairs: histograms, at least one.
        units: by name of the feature.

    Returns:
        The figure, with a panel for each pair.
    """
    figure, axes_of_pairs = panels(len(pairs), COLUMNS, (5.2, 4.4))
    for axes, pair in zip(axes_of_pairs, pairs, strict=True):
        shown = np.ma.masked_less_equal(pair.counts.T, 0)
        scale = LogNorm() if shown.count() and shown.max() > 20 * shown.min() else None
        axes.pcolormesh(pair.x_edges, pair.y_edges, shown, cmap="viridis_r", norm=scale, rasterized=True)
        axes.set_xlabel(quantity(pair.pair.first, units.get(pair.pair.first)), fontsize=14)
        axes.set_ylabel(quantity(pair.pair.second, units.get(pair.pair.second)), fontsize=14)
        axes.tick_params(labelsize=11)
        axes.minorticks_off()
        axes.set_title(f"ρ = {pair.pair.linear:+.2f}, rank {pair.pair.rank:+.2f}", loc="right", fontsize=12)
    tag(axes_of_pairs[0], axes_of_pairs[0].get_title(loc="right"))
    return figure
