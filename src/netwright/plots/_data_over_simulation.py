"""Recorded collisions over the sum of simulated samples, stacked, with their ratio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.metrics import binned_sums, weight_sum
from netwright.plots._histograms import equal_bins, hatched_band
from netwright.plots._style import COLOURS, GREY, legend, plain, quantity, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["data_over_simulation"]

Floats = NDArray[np.float64]

_BINS = 25
_OUTSIDE = 0.005  # of the rows on each side, in the outermost bins


@styled
def data_over_simulation(
    recorded: NDArray[np.floating[Any]],
    simulated: Mapping[str, tuple[NDArray[np.floating[Any]], Floats]],
    *,
    name: str,
    unit: str = "",
    scaled: bool = False,
    remark: str = "",
) -> Figure:
    """Draw recorded collisions and simulated samples in one quantity, and below them their ratio.

    Points have the uncertainty √N; the hatched band is √Σw² of all simulated samples together. What lies outside of the
    axis counts in the outermost bins; rows where the quantity is missing are in no bin, and in the numbers that the
    simulation is scaled by.

    Args:
        recorded: the quantity in recorded collisions, shape (n,), in its unit.
        simulated: by sample, the quantity, shape (rows,), in its unit, and event weights, shape (rows,), in events.
        name: of the quantity.
        unit: of the quantity; empty if it is dimensionless.
        scaled: whether the simulation is scaled to the recorded number of events, where no cross sections are known.
        remark: above the right end of the axes, such as the luminosity.

    Returns:
        The figure.
    """
    values = np.concatenate([recorded, *(sample_values for sample_values, _ in simulated.values())]).astype(np.float64)
    edges = _edges(values[np.isfinite(values)])
    count = _filled(recorded, np.ones(len(recorded)), edges)
    total = weight_sum(np.concatenate([weights for _, weights in simulated.values()]))
    factor = len(recorded) / total if scaled and total > 0 else 1.0
    stack = {sample: _filled(x, factor * weights, edges) for sample, (x, weights) in simulated.items()}
    variance = np.sum([_filled(x, np.square(factor * w), edges) for x, w in simulated.values()], axis=0)
    figure = Figure(figsize=(8, 7.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    expected = _draw_stack(upper, stack, edges)
    sigma = np.sqrt(variance)
    hatched_band(upper, edges, expected - sigma, expected + sigma, "simulation: √Σw²")
    centres = (edges[1:] + edges[:-1]) / 2
    upper.errorbar(centres, count, np.sqrt(count), fmt="o", ms=4, color="black", label="recorded")
    _draw_ratio(lower, edges, count, expected, sigma)
    upper.set_ylim(0, 1.45 * max(float((count + np.sqrt(count)).max()), float((expected + sigma).max()), 1e-30))
    upper.set_ylabel("events, simulation scaled" if scaled else "events")
    lower.set_xlabel(quantity(name, unit))
    legend(upper, len(stack) + 2, ncols=2, loc="upper center", fontsize=12.5)
    tag(upper, plain(remark))
    return figure


def _edges(values: Floats) -> Floats:
    low, high = np.quantile(values, [_OUTSIDE, 1 - _OUTSIDE]) if len(values) else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    return equal_bins(values, low, high, _BINS)


def _filled(values: NDArray[np.floating[Any]], weights: Floats, edges: Floats) -> Floats:
    """Return the weighted histogram; missing values are in no bin."""
    finite = np.isfinite(values)
    bin_index = np.searchsorted(edges[1:-1], values[finite].astype(np.float64), side="right")
    return binned_sums(bin_index, weights[finite], len(edges) - 1)


def _draw_ratio(axes: Axes, edges: Floats, count: Floats, expected: Floats, sigma: Floats) -> None:
    """Draw recorded over expected events in the bins that have simulation, with the relative uncertainty of both."""
    there = expected > 0
    bottom = np.where(there, expected, 1.0)
    hatched_band(axes, edges, np.where(there, 1 - sigma / bottom, 1), np.where(there, 1 + sigma / bottom, 1))
    ratio, centres = (count / bottom)[there], ((edges[1:] + edges[:-1]) / 2)[there]
    axes.errorbar(centres, ratio, (np.sqrt(count) / bottom)[there], fmt="o", ms=4, color="black")
    axes.axhline(1, color=GREY, lw=1)
    axes.set_ylim(*_span(ratio))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylabel("recorded / sim.", loc="center", fontsize=13)


def _span(ratio: Floats) -> tuple[float, float]:
    """Return a range of the ratio that most bins are in, at least from 0.5 to 1.5."""
    if not len(ratio):
        return 0.5, 1.5
    low, high = np.quantile(ratio, [0.05, 0.95])
    return (0.5 if low > 0.5 else 0.0), max(1.5, 1.1 * float(high))


def _draw_stack(axes: Axes, stack: Mapping[str, Floats], edges: Floats) -> Floats:
    """Draw the samples on top of each other, the smallest first; return their sum."""
    below = np.zeros(len(edges) - 1)
    colours = dict(zip(stack, (COLOURS[index % len(COLOURS)] for index in range(len(stack))), strict=True))
    for name, height in sorted(stack.items(), key=lambda named: float(named[1].sum())):
        axes.stairs(
            below + height, edges, baseline=below, fill=True, color=colours[name], alpha=0.75, label=plain(name, 24)
        )
        below = below + height
    return below
