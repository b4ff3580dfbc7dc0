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

NAMED = 40  # features whose names fit next to a matrix
WRITTEN = 12  # features whose correlations fit into the cells as numbers


@styled
def inspected_correlations(correlations: Correlations) -> Figure:
    """Draw the matrices of linear and rank correlations.

    Args:
        correlations: the correlations.

    Returns:
        The figure; what is not defined is grey.
    """
    all_named = len(correlations.names) <= NAMED
    order = (
        list(range(len(correlations.names)))
        if all_named
        else sorted(range(len(correlations.names)), key=_order(correlations.names))
    )
    names = tuple(correlations.names[at] for at in order)
    side = min(max(6.5, 0.42 * len(correlations.names)), 11.0) if all_named else 9.0
    figure = Figure(figsize=(2 * side + 2.0, side + 1.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=all_named)
    colours = mpl.colormaps["RdBu_r"].with_extremes(bad="#d0d0d0")
    for axes, matrix, title in zip(panels, (correlations.linear, correlations.rank), ("linear", "rank"), strict=True):
        image = axes.imshow(
            matrix[np.ix_(order, order)], vmin=-1, vmax=1, cmap=colours, interpolation="nearest", aspect="auto"
        )
        _label_axes(axes, names)
        if len(correlations.names) <= WRITTEN:
            _write(axes, matrix[np.ix_(order, order)])
        tag(axes, f"{title} correlation")
    bar = figure.colorbar(image, ax=panels, shrink=0.9, pad=0.01)
    bar.set_label("correlation ρ")
    return figure


def _family(name: str) -> str:
    """Return the column of a feature, with the component of a four-vector: constituents[12].px is constituents px."""
    column, _, element = name.partition("[")
    return f"{column} {element.partition('].')[2]}".strip()


def _order(names: tuple[str, ...]) -> Callable[[int], int]:
    """Return a sort key that puts features of one family next to each other."""
    families = list(dict.fromkeys(map(_family, names)))
    return lambda at: families.index(_family(names[at]))


def _label_axes(axes: Axes, names: tuple[str, ...]) -> None:
    """Label the axes with the names of features where they fit, else with those of their columns."""
    size = 13 if len(names) <= WRITTEN else 9.5
    if len(names) <= NAMED:
        positions, labels = np.arange(len(names)), [plain(name, 24) for name in names]
    else:
        groups = [(name, len(list(of))) for name, of in groupby(names, key=_family)]
        starts = np.cumsum([0, *(size for _, size in groups)])
        shown = [at for at, (_, length) in enumerate(groups) if length >= 0.03 * len(names)]
        positions = (starts[:-1] + starts[1:] - 1)[shown] / 2
        labels = [plain(groups[at][0], 24) for at in shown]
        size = 13
    axes.set_xticks(positions, labels, rotation=90 if len(names) <= NAMED else 0, fontsize=size)
    axes.set_yticks(positions, labels, fontsize=size, rotation=0 if len(names) <= NAMED else 90, va="center")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()


def _write(axes: Axes, matrix: np.ndarray) -> None:
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            colour = "white" if abs(value) > 0.6 else "black"
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=9.5, color=colour)
