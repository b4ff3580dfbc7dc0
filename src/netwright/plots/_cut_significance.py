"""The significance of a counting experiment against the cut on the score."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from netwright.plots._style import COLOURS, GREY, plain, styled, tag
from netwright.statistics import CutScan

__all__ = ["cut_significance"]


@styled
def cut_significance(scan: CutScan, *, name: str = "score", binned: float | None = None, remark: str = "") -> Figure:
    """Draw the significance of the events that pass each cut, with the uncertainty from the finite simulated sample.

    Args:
        scan: the scan of cuts.
        name: name of the score.
        binned: significance of all bins together, drawn as a line: the gain of a shape fit over a cut.
        remark: above the right end of the axes.

    Returns:
        The figure; the line ends where too little simulated background is left for a meaningful value.
    """
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    z, sigma = scan.significance, np.where(np.isfinite(scan.uncertainty), scan.uncertainty, 0.0)
    axes.fill_between(scan.cuts, np.maximum(z - sigma, 0), z + sigma, color=COLOURS[0], alpha=0.3, lw=0)
    axes.plot(scan.cuts, z, color=COLOURS[0], lw=2, label="cut on the score")
    if scan.best is not None:
        height = float(np.nanmax(z))
        axes.plot([scan.best], [height], "*", ms=14, color=COLOURS[1], label=f"best cut {scan.best:.3g}: {height:.3g}")
    if binned is not None:
        axes.axhline(binned, color=GREY, ls="--", lw=1.6, label=f"all bins together: {binned:.3g}")
    axes.set_xlim(scan.cuts[0], scan.cuts[-1])
    highest = [value for value in (binned, *(z + sigma)) if value is not None and np.isfinite(value)]
    axes.set_ylim(0, 1.35 * max(highest, default=1.0))
    axes.set(xlabel=f"cut on {plain(name)}", ylabel="expected significance [σ]")
    axes.legend(loc="upper left")
    tag(axes, plain(remark))
    return figure
