"""Nuisance parameters after a fit: pulls with their constraints, and impacts on the signal strength."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from netwright.plots._style import COLOURS, GREY, plain, styled, tag
from netwright.statistics import Impacts

__all__ = ["systematic_pulls"]

_MAX_SYSTEMATICS = 20


@styled
def systematic_pulls(impacts: Impacts, *, remark: str = "") -> Figure:
    """Draw the 20 nuisance parameters with the largest impact on the signal strength, largest first.

    Args:
        impacts: pulls, constraints and impacts.
        remark: text above the right end of the axes.

    Returns:
        The figure: left (θ̂ - θ₀)/σ₀ with σ̂/σ₀ as its bar, right by how much μ̂ moves with θ at ± one σ̂.
    """
    shown = min(_MAX_SYSTEMATICS, len(impacts.names))
    figure = Figure(figsize=(9.5, 2.4 + 0.36 * shown), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    lines = np.arange(shown)
    for edge, alpha in ((2, 0.12), (1, 0.22)):
        left.axvspan(-edge, edge, color=GREY, alpha=alpha, lw=0)
    left.axvline(0, color=GREY, lw=1)
    left.errorbar(
        impacts.pulls[:shown], lines, xerr=impacts.constraints[:shown], fmt="o", color="black", ms=5, capsize=3
    )
    for sign, colour, label in ((1, COLOURS[1], "θ + σ"), (-1, COLOURS[0], "θ - σ")):
        right.barh(lines, sign * impacts.impacts[:shown], height=0.7, color=colour, alpha=0.75, label=label)
    right.axvline(0, color=GREY, lw=1)
    widest = 1.15 * float(np.abs(impacts.impacts[:shown]).max(initial=0.0)) or 1.0
    right.set_xlim(-widest, widest)
    left.set(xlim=(-2.5, 2.5), xlabel="pull and constraint", ylim=(shown - 0.3, -1.0 if shown < 5 else -0.7))
    left.set_yticks(lines, [plain(name, 28) for name in impacts.names[:shown]], fontsize=12)
    left.tick_params(axis="y", which="both", length=0)
    right.tick_params(axis="y", which="both", length=0)
    right.set_xlabel("impact on μ")
    right.legend(loc="lower right", fontsize=11)
    tag(left)
    right.set_title(plain(remark) or f"σ(μ) = {impacts.strength_uncertainty:.3g}", loc="right", fontsize=13)
    return figure
