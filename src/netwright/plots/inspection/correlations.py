"""Linear and rank correlations of all features, side by side."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from netwright.inspection import Correlations
from netwright.plots._style import plain, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["inspected_correlations"]

NAMED = 40  # features whose names fit beside a matrix
WRITTEN = 12  # features whose correlations fit into the cells as numbers


@styled
def inspected_correlations(found: Correlations) -> Figure:
    """Draw the matrices of linear and rank correlations.

    Args:
        found: the correlations.

    Returns:
        The figure; what is not defined is grey.
    """
    few = len(found.names) <= NAMED
    order = list(range(len(found.names))) if few else sorted(range(len(found.names)), key=_order(found.names))
    names = tuple(found.names[at] for at in order)
    side = min(max(6.5, 0.42 * len(found.names)), 11.0) if few else 9.0
    figure = Figure(figsize=(2 * side + 2.0, side + 1.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=few)
    colours = mpl.colormaps["RdBu_r"].with_extremes(bad="#d0d0d0")
    for axes, matrix, title in zip(panels, (found.linear, found.rank), ("linear", "rank"), strict=True):
        image = axes.imshow(
            matrix[np.ix_(order, order)], vmin=-1, vmax=1, cmap=colours, interpolation="nearest", aspect="auto"
        )
        _name_places(axes, names)
        if len(found.names) <= WRITTEN:
            _write(axes, matrix[np.ix_(order, order)])
        tag(axes, f"{title} correlation")
    bar = figure.colorbar(image, ax=panels, shrink=0.9, pad=0.01)
    bar.set_label("correlation ρ")
    return figure


def _family(name: str) -> str:
    """Return the column of a feature, with the component of a four-vector: constituents[12].px is constituents px."""
    column, _, place = name.partition("[")
    return f"{column} {place.partition('].')[2]}".strip()


def _order(names: tuple[str, ...]) -> Callable[[int], int]:
    """Return a sort key that puts features of one family next to each other."""
    families = list(dict.fromkeys(map(_family, names)))
    return lambda at: families.index(_family(names[at]))


def _name_places(axes: Axes, names: tuple[str, ...]) -> None:
    """Label the axes with the names of features where they fit, else with those of their columns."""
    size = 13 if len(names) <= WRITTEN else 9.5
    if len(names) <= NAMED:
        places, labels = np.arange(len(names)), [plain(name, 24) for name in names]
    else:
        groups = [(name, len(list(of))) for name, of in groupby(names, key=_family)]
        starts = np.cumsum([0, *(size for _, size in groups)])
        shown = [at for at, (_, length) in enumerate(groups) if length >= 0.03 * len(names)]
        places = (starts[:-1] + starts[1:] - 1)[shown] / 2
        labels = [plain(groups[at][0], 24) for at in shown]
        size = 13
    axes.set_xticks(places, labels, rotation=90 if len(names) <= NAMED else 0, fontsize=size)
    axes.set_yticks(places, labels, fontsize=size, rotation=0 if len(names) <= NAMED else 90, va="center")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()


def _write(axes: Axes, matrix: np.ndarray) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 else "black"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9.5, color=colour)
