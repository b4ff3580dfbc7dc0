"""Distributions of the features of a data set by class, from counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from netwright.inspection import Distribution, FeatureSummary
from netwright.metrics import weight_sum
from netwright.plots._histograms import scale_heights
from netwright.plots._style import COLOURS, panels, plain, quantity, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PANELS", "inspected_distributions"]

COLUMNS, PANELS = 3, 9  # panels in a row and on a page
MIN_OUTSIDE = 0.0005  # share of values that is worth stating
FILLED = 2  # classes with a filled area; more would hide each other


@styled
def inspected_distributions(
    features: Sequence[FeatureSummary], distributions: Mapping[str, Distribution]
) -> list[Figure]:
    """Draw features by class, each class normalised to unit area, nine on a page.

    Args:
        features: which, in this order; those without a distribution are left out.
        distributions: by name of the feature.

    Returns:
        The pages; none without a feature.
    """
    shown = [feature for feature in features if feature.name in distributions]
    pages = [shown[start : start + PANELS] for start in range(0, len(shown), PANELS)]
    return [_page(page, distributions) for page in pages]


def _page(features: Sequence[FeatureSummary], distributions: Mapping[str, Distribution]) -> Figure:
    # a page of one panel is as wide as others, so that letters are as large
    figure, axes_of_features = panels(len(features), COLUMNS, (5.2, 3.9))
    for axes, feature in zip(axes_of_features, features, strict=True):
        _panel(axes, feature, distributions[feature.name])
    first = axes_of_features[0]
    tag(first, first.get_title(loc="right"))
    if list(distributions[features[0].name].heights) != [""]:
        first.legend(fontsize=12.5)
    return figure


def _panel(axes: Axes, feature: FeatureSummary, distribution: Distribution) -> None:
    edges = np.array(distribution.edges)
    densities = []
    for index, (name, heights) in enumerate(distribution.heights.items()):
        density = _density(np.array(heights), edges)
        colour = COLOURS[index % len(COLOURS)]
        if index < FILLED:
            axes.stairs(density, edges, fill=True, color=colour, alpha=0.2)
        axes.stairs(density, edges, color=colour, lw=1.5, label=plain(name, 20) or None)
        densities.append(density)
    scale_heights(axes, np.concatenate(densities))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(quantity(feature.name, feature.feature.unit))
    axes.set_ylabel("density", fontsize=13)
    axes.tick_params(labelsize=12)
    axes.minorticks_off()
    axes.set_title(", ".join(_remarks(feature, distribution)), loc="right", fontsize=11)


def _density(heights: np.ndarray, edges: np.ndarray) -> np.ndarray:
    area = weight_sum(heights * np.diff(edges))
    return heights / area if area > 0 else heights


def _remarks(feature: FeatureSummary, distribution: Distribution) -> list[str]:
    remarks = []
    if feature.missing:
        remarks.append(f"{feature.missing / (feature.missing + feature.count):.1%} missing")
    if feature.spike is not None:
        remarks.append(f"{feature.spike_share:.1%} at {feature.spike:g}")
    off = feature.spike is not None and not distribution.edges[0] <= feature.spike <= distribution.edges[-1]
    outside = distribution.outside - (feature.spike_share if off else 0.0)
    if outside >= MIN_OUTSIDE:
        remarks.append(f"{outside:.1%} outside")
    return remarks
