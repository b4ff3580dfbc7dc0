"""Expected values with bands of one and two standard deviations in the field's usual green and yellow."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from netwright.errors import DataError
from netwright.plots._style import plain, styled, tag

__all__ = ["brazil_band"]

_ONE, _TWO = "#607641", "#f5bb54"  # the two colours that CMS recommends for colour-blind readers


@styled
def brazil_band(
    positions: ArrayLike,
    bands: ArrayLike,
    *,
    name: str,
    what: str,
    threshold: float | None = None,
    marked: float | None = None,
    scale: Literal["linear", "log"] = "linear",
    remark: str = "",
) -> Figure:
    """Draw a median with its bands against a variable: CLs against μ, or a limit against a parameter.

    Args:
        positions: values on the horizontal axis, ascending, shape (k,), in any unit.
        bands: values at -2, -1, 0, 1 and 2 standard deviations, shape (k, 5), in any unit.
        name: name of the horizontal axis.
        what: name of the vertical axis.
        threshold: position of a dotted horizontal line, such as CLs = 0.05.
        marked: position of a dotted vertical line, such as the limit or the default of a parameter.
        scale: of the horizontal axis.
        remark: above the right end of the axes.

    Returns:
        The figure.

    Raises:
        DataError: the shapes disagree.
    """
    x, y = np.asarray(positions, np.float64), np.asarray(bands, np.float64)
    if x.ndim != 1 or y.shape != (len(x), 5):
        msg = (
            "Arguments `positions` and `bands` must have shapes (k,) and (k, 5). Received: "
            f"{x.shape} and {y.shape}. Give five values at each position: -2σ, -1σ, median, +1σ, +2σ."
        )
        raise DataError(msg)
    figure = Figure(figsize=(8, 6), layout="constrained")
    axes = figure.add_subplot()
    axes.fill_between(x, y[:, 0], y[:, 4], color=_TWO, lw=0, label="expected ± 2σ")
    axes.fill_between(x, y[:, 1], y[:, 3], color=_ONE, lw=0, label="expected ± 1σ")
    axes.plot(
        x, y[:, 2], color="black", ls="--", lw=2, marker="o" if len(x) < 30 else "", ms=4, label="median expected"
    )
    if threshold is not None:
        axes.axhline(threshold, color="black", ls=":", lw=1.2)
    if marked is not None:
        axes.axvline(marked, color="black", ls=":", lw=1.2)
    axes.set_xscale(scale)
    if x.min() < x.max():
        axes.set_xlim(x.min(), x.max())
    axes.set_ylim(bottom=0, top=1.4 * float(np.nanmax(y)) if np.isfinite(y).any() else None)
    axes.set(xlabel=plain(name, 60), ylabel=plain(what, 60))
    axes.legend(loc="upper right")
    tag(axes, plain(remark))
    return figure
