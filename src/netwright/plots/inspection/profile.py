"""Values of a column of lists by position in the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from netwright.inspection import PROBABILITIES, FeatureSummary
from netwright.plots._style import COLOURS, GREY, panels, quantity, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["inspected_profile"]

BANDS = ((0.05, 0.95, 0.18), (0.25, 0.75, 0.35))
MAX_COMPONENTS = 9
WIDE = 50.0  # ratio of the widest to the narrowest band, or of medians, from which on the scale is logarithmic
MIN_VALUES = 50  # at a place; quantiles of fewer are noise


@styled
def inspected_profile(column: str, components: Mapping[str, Sequence[FeatureSummary]], unit: str) -> Figure:
    """Draw median and bands of 50% and 90% by position in the list, and the share of rows with a value there.

    Args:
        column: the column.
        components: by component, its features in the order of their places.
        unit: of the column; empty for a dimensionless one.

    Returns:
        The figure, with a panel for each component and one for the share of missing values.
    """
    shown = dict(list(components.items())[:MAX_COMPONENTS])
    count = len(shown) + 1
    figure, (*axes_of_components, of_missing) = panels(count, 3 if count > 4 else min(count, 2), (5.6, 4.0))
    for axes, (name, features) in zip(axes_of_components, shown.items(), strict=True):
        _bands(axes, features)
        axes.set_ylabel(quantity(f"{column} {name}".strip(), unit))
    _missing(of_missing, next(iter(shown.values())))
    for axes in (*axes_of_components, of_missing):
        axes.set_xlabel("place in the list", fontsize=14)
        axes.tick_params(labelsize=12)
        axes.minorticks_off()
    tag(axes_of_components[0])
    axes_of_components[0].legend(fontsize=12)
    return figure


def _bands(axes: Axes, features: Sequence[FeatureSummary]) -> None:
    with_quantiles = [
        (at, feature.quantiles)
        for at, feature in enumerate(features)
        if feature.quantiles is not None and feature.count >= MIN_VALUES
    ]
    positions = np.array([at for at, _ in with_quantiles])
    quantiles = np.array([quantiles_of_feature for _, quantiles_of_feature in with_quantiles]).reshape(
        len(with_quantiles), len(PROBABILITIES)
    )
    for low, high, alpha in BANDS:
        lower, upper = (quantiles[:, PROBABILITIES.index(p)] for p in (low, high))
        label = f"central {high - low:.0%}"
        axes.fill_between(positions, lower, upper, color=COLOURS[0], alpha=alpha, lw=0, label=label)
    median = quantiles[:, PROBABILITIES.index(0.5)]
    axes.plot(positions, median, color=COLOURS[1], lw=1.8, label="median")
    _scale(axes, median, quantiles[:, PROBABILITIES.index(0.95)] - quantiles[:, PROBABILITIES.index(0.05)])
    axes.set_xlim(0, max(1, len(features) - 1))


def _scale(axes: Axes, median: np.ndarray, width: np.ndarray) -> None:
    """Choose a logarithmic scale for what spans several decades, one that goes through zero where values do."""
    if not len(median) or not width.min() > 0:
        return
    if median.min() > 0 and median.max() > WIDE * median.min():
        axes.set_yscale("log")
    elif width.max() > WIDE * width.min():
        axes.set_yscale("symlog", linthresh=float(width.min()))


def _missing(axes: Axes, features: Sequence[FeatureSummary]) -> None:
    shares = [feature.missing / max(1, feature.missing + feature.count) for feature in features]
    axes.stairs(shares, np.arange(len(shares) + 1) - 0.5, fill=True, color=GREY, alpha=0.5)
    axes.set_ylabel("share of rows without one")
    axes.set_ylim(0, 1.05)
    axes.set_xlim(0, max(1, len(shares) - 1))
