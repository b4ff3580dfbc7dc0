"""Signal efficiency against background rejection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.errors import DataError, did_you_mean
from netwright.metrics import RocCurve
from netwright.plots._style import COLOURS, GREY, has_room, legend, plain, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["roc"]

WORKING_POINTS = (0.3, 0.5)
STEPS = 1500  # more points along ε_S than a page has dots
LINES = ("-", "--", "-.", ":")


@styled
def roc(
    curves: Mapping[str, RocCurve],
    *,
    marked: str | None = None,
    ratio_to: str | None = None,
    signal_name: str = "signal",
    background_name: str = "background",
) -> Figure:
    """Draw ε_S against 1/ε_B (log) with the statistical uncertainty of ε_B at fixed ε_S, of both classes, as a band.

    Args:
        curves: the curves by their names in the legend.
        marked: the curve whose rejections at ε_S = 0.3 and 0.5 are marked; None for the first.
        ratio_to: the curve in the denominator of a lower panel of ratios; None for no such panel.
        signal_name: name of the signal.
        background_name: name of the background.

    Returns:
        The figure; the dotted line is random guessing, 1/ε_B = 1/ε_S.

    Raises:
        DataError: if there is no curve, or `marked` or `ratio_to` is not one of them.
    """
    if not curves:
        msg = "Argument `curves` must contain at least one curve. Received: none. Make one with metrics.roc_curve."
        raise DataError(msg)
    for argument, chosen in (("marked", marked), ("ratio_to", ratio_to)):
        if chosen is not None and chosen not in curves:
            msg = (
                f"Argument `{argument}` must be one of the curves. Received: {chosen!r}.{did_you_mean(chosen, curves)}"
            )
            raise DataError(msg)
    figure = Figure(figsize=(8, 9 if ratio_to else 7), layout="constrained")
    grid = figure.add_gridspec(2, 1, height_ratios=[3, 1]) if ratio_to else figure.add_gridspec(1, 1)
    upper = figure.add_subplot(grid[0])
    marked_name = next(iter(curves)) if marked is None else marked
    shade = 0.2 if has_room(len(curves)) else 0.07
    tops = [_draw(upper, name, curve, index, shade) for index, (name, curve) in enumerate(curves.items())]
    tops.append(_mark(upper, curves[marked_name], COLOURS[list(curves).index(marked_name) % len(COLOURS)]))
    guess = np.linspace(0.01, 1, 200)
    upper.plot(guess, 1 / guess, ":", color=GREY, lw=1.2, label="guessing")
    upper.set(yscale="log", xlim=(0, 1), ylim=(1, max(tops) * (5 * 1.8 ** len(curves) if has_room(len(curves)) else 5)))
    upper.set_ylabel(f"rejection of {plain(background_name, 24)}, $1/\\varepsilon_B$")
    legend(upper, len(curves), loc="upper right", frameon=True, framealpha=0.8, edgecolor="none")
    if ratio_to:
        upper.tick_params(labelbottom=False)
        _draw_ratio(figure.add_subplot(grid[1], sharex=upper), curves, ratio_to)
    figure.axes[-1].set_xlabel(f"efficiency of {plain(signal_name, 24)}, $\\varepsilon_S$")
    tag(upper)
    return figure


def _thin(curve: RocCurve) -> NDArray[np.intp]:
    """Return the cuts to draw: the last before each new 1/1500 of ε_S, without those where the curve has turned back.

    With negative weights it passes an ε_S more than once: the tightest cut counts, as in `RocCurve.rejection`.
    """
    signal = curve.signal_efficiency
    reached = np.flatnonzero(signal == np.maximum.accumulate(signal))
    cell = np.floor(signal[reached] * STEPS)
    last: NDArray[np.intp] = reached[np.append(cell[1:] != cell[:-1], True)]
    return last


def _draw(axes: Axes, name: str, curve: RocCurve, index: int, shade: float) -> float:
    """Draw one curve with its band and return the largest rejection that is known to better than 100%."""
    drawn = _thin(curve)
    signal, background = curve.signal_efficiency[drawn], curve.background_efficiency[drawn]
    background = np.where(background > 0, background, np.nan)  # a gap where no background is left
    sigma = curve.uncertainty_at(drawn)
    colour = COLOURS[index % len(COLOURS)]
    label = f"{plain(name, 24)}: AUC = {curve.auc}"
    axes.plot(signal, 1 / background, color=colour, ls=LINES[index % len(LINES)], lw=1.8, label=label)
    tightest = np.where(background > sigma, background - sigma, np.nan)
    upper = np.where(np.isfinite(tightest), 1 / np.where(background > sigma, tightest, 1), 1e3 / background)
    axes.fill_between(signal, 1 / (background + sigma), upper, color=colour, alpha=shade, lw=0)
    precise = background[background > sigma]
    return float(1 / precise.min()) if precise.size else 10.0


def _mark(axes: Axes, curve: RocCurve, colour: str) -> float:
    """Mark the working points, with an arrow upwards from a lower limit, and return the highest of their values."""
    highest = 1.0
    for efficiency in WORKING_POINTS:
        rejection = curve.rejection(efficiency)
        axes.axvline(efficiency, color=GREY, lw=0.8, ls=":", zorder=0)
        limit = rejection.lower_limit
        value = rejection.value if limit is None else limit
        if not np.isfinite(value):
            continue
        highest = max(highest, value)
        if limit is None:
            axes.plot(efficiency, value, "o", color=colour, ms=8, mec="white", zorder=5)
        else:
            axes.errorbar(efficiency, limit, limit, lolims=True, fmt="_", color=colour, ms=12, zorder=5)
        axes.annotate(
            f"{rejection}",
            (efficiency, value),
            xytext=(9, 9),
            textcoords="offset points",
            fontsize=13,
            bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.8},
        )
    return highest


def _draw_ratio(axes: Axes, curves: Mapping[str, RocCurve], ratio_to: str) -> None:
    grid = np.linspace(0.01, 1, 400)
    reference = _background_at(curves[ratio_to], grid)
    highest = 1.0
    for index, curve in enumerate(curves.values()):
        background = _background_at(curve, grid)
        positive = (background > 0) & (reference > 0)
        ratio = np.where(positive, reference / np.where(positive, background, 1), np.nan)
        axes.plot(grid, ratio, color=COLOURS[index % len(COLOURS)], ls=LINES[index % len(LINES)], lw=1.6)
        if positive.any():
            highest = max(highest, float(np.nanquantile(ratio, 0.98)))
    for efficiency in WORKING_POINTS:
        axes.axvline(efficiency, color=GREY, lw=0.8, ls=":", zorder=0)
    axes.set_ylim(0, min(1.25 * highest, 4))
    axes.set_ylabel(f"ratio to {plain(ratio_to, 16)}", loc="center", fontsize=14)


def _background_at(curve: RocCurve, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ε_B on a grid of ε_S, for display: where negative weights make the curve turn back, its upper envelope."""
    rising = np.maximum.accumulate(curve.signal_efficiency)
    return np.interp(grid, rising, curve.background_efficiency)
