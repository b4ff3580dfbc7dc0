"""Templates of the score for the likelihood: stacked backgrounds, signal, and the background uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.plots._histograms import hatched_band
from netwright.plots._style import COLOURS, GREY, legend, plain, styled, tag
from netwright.statistics import Channel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["score_templates"]

_SIGNAL = COLOURS[1]
_BACKGROUNDS = (COLOURS[0], *COLOURS[2:])
_MAX_TICKS = 11


@styled
def score_templates(channel: Channel, *, name: str = "score", remark: str = "") -> Figure:
    """Draw the expected events of each bin, and below them signal and uncertainty in units of the background.

    Bins are drawn with equal widths, whatever their widths in the score: the last ones are narrow and decide the
    result. The hatched band is the uncertainty of the background, from the simulated sample and all systematics.

    Args:
        channel: signal and background, in events.
        name: name of the score.
        remark: above the right end of the axes, such as the luminosity.

    Returns:
        The figure.
    """
    figure = Figure(figsize=(8, 7.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    edges = np.arange(channel.bins + 1.0)
    background, sigma = channel.background.values, channel.background_uncertainty
    _stack(upper, channel, edges)
    hatched_band(upper, edges, background - sigma, background + sigma, "uncertainty of background")
    signal = channel.signal.values
    upper.stairs(signal, edges, color=_SIGNAL, lw=2, label=_names(channel, is_signal=True))
    ratio = 1 + signal / background
    lower.stairs(ratio, edges, color=_SIGNAL, lw=2, baseline=1)
    hatched_band(lower, edges, 1 - sigma / background, 1 + sigma / background)
    lower.axhline(1, color=GREY, lw=1)
    _finish(upper, lower, channel, sigma)
    lower.set_xlabel(f"{plain(name)} (bins drawn equally wide)")
    legend(upper, len(channel.processes) + 1, ncols=2, loc="upper center", fontsize=12.5)
    tag(upper, plain(remark))
    return figure


def _stack(axes: Axes, channel: Channel, edges: NDArray[np.float64]) -> None:
    below = np.zeros(channel.bins)
    backgrounds = sorted(
        (process for process in channel.processes if not process.is_signal), key=lambda process: process.yields.total
    )
    for number, process in enumerate(backgrounds):
        colour = _BACKGROUNDS[number % len(_BACKGROUNDS)]
        top = below + process.yields.values
        axes.stairs(top, edges, baseline=below, fill=True, color=colour, alpha=0.7, label=plain(process.name, 24))
        below = top


def _names(channel: Channel, *, is_signal: bool) -> str:
    return " + ".join(plain(process.name, 24) for process in channel.processes if process.is_signal == is_signal)


def _finish(upper: Axes, lower: Axes, channel: Channel, sigma: NDArray[np.float64]) -> None:
    """Set scales so that the smallest signal is visible and the legend fits, and write the edges below the bins."""
    background, signal = channel.background.values, channel.signal.values
    highest = float((background + sigma).max())
    lowest = float(min(background.min(), signal[signal > 0].min()))
    lowest = max(lowest, highest * 1e-8)
    upper.set_yscale("log")
    upper.set_ylim(lowest / 2, highest * (highest / lowest) ** 0.4 * 2)
    upper.set_ylabel("expected events")
    reach = float(max((signal / background).max(), (sigma / background).max()))
    lower.set_ylim(max(0.0, 1 - 1.2 * reach), 1 + 1.2 * reach)
    lower.set_ylabel("(s + b) / b", loc="center")
    spacing = -(-channel.bins // (_MAX_TICKS - 1))
    ticks = sorted({*range(0, channel.bins - spacing + 1, spacing), channel.bins})
    lower.set_xticks(ticks, [f"{channel.edges[tick]:.3g}" for tick in ticks], fontsize=12)
    lower.minorticks_off()
    lower.set_xlim(0, channel.bins)
