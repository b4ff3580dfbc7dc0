"""The loss against the learning rate of a range test."""

from __future__ import annotations

from matplotlib.figure import Figure

from netwright.plots._style import COLOURS, GREY, styled, tag
from netwright.training import RateSearch

__all__ = ["find_rate"]


@styled
def find_rate(search: RateSearch) -> Figure:
    """Draw the loss of every step and its running mean against the learning rate, with the suggestion.

    Args:
        search: result of a range test.

    Returns:
        The figure. The axis shows losses up to the initial one; where the loss diverges it leaves the figure.
    """
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot(search.rates, search.losses, color=COLOURS[0], lw=0.8, alpha=0.5, label="each step")
    axes.plot(search.rates, search.smoothed, color=COLOURS[0], lw=2.2, label="running mean")
    axes.axvline(search.minimum, color=GREY, lw=1, ls=":", label=f"smallest mean: {search.minimum:.2g}")
    axes.axvline(search.suggestion, color=COLOURS[1], ls="--", label=f"suggestion: {search.suggestion:.2g}")
    before = search.smoothed[search.rates <= search.minimum]
    span = max(before.max() - before.min(), 0.1 * abs(before.min()))
    axes.set_ylim(before.min() - 0.1 * span, before.min() + 2 * span)
    axes.set_xscale("log")
    axes.set_xlim(search.rates[0], search.rates[-1])
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.legend(loc="upper left")
    tag(axes, f"{len(search.rates)} steps")
    return figure
