"""The course of a search: every trial, and the best so far, against the number of trials and against time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from netwright.plots._style import COLOURS, GREY, plain, styled

__all__ = ["search_history"]

_FEW = 4  # quartile distances beyond the middle half that are still shown


@styled
def search_history(
    values: Sequence[float],
    states: Sequence[str],
    minutes: Sequence[float],
    *,
    objective: str,
    larger: bool,
    own: float | None = None,
) -> Figure:
    """Draw the objective of trials in their order, and the best so far against time.

    Args:
        values: objective on validation rows, NaN for a failed trial, shape (trials,).
        states: complete, pruned or failed, shape (trials,).
        minutes: after the start at which each trial ended, in min, shape (trials,).
        objective: its name.
        larger: whether larger values are better.
        own: value of the experiment's own parameters.

    Returns:
        The figure.
    """
    y, t, state = np.asarray(values, np.float64), np.asarray(minutes, np.float64), np.asarray(states)
    complete = (state == "complete") & np.isfinite(y)
    figure = Figure(figsize=(12, 5.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    number = np.arange(len(y))
    left.plot(number[complete], y[complete], "o", color=COLOURS[0], ms=6, label="complete")
    pruned = (state == "pruned") & np.isfinite(y)
    left.plot(number[pruned], y[pruned], "x", color=GREY, ms=6, label="pruned, value so far")
    best = _best_so_far(np.where(complete, y, np.nan), larger=larger)
    left.step(number, best, where="post", color=COLOURS[1], lw=2, label="best so far")
    order = np.argsort(t, kind="stable")
    by_time = _best_so_far(np.where(complete, y, np.nan)[order], larger=larger)
    right.step(t[order], by_time, where="post", color=COLOURS[1], lw=2)
    right.plot(t[complete], y[complete], "o", color=COLOURS[0], ms=4, alpha=0.6)
    for axes in (left, right):
        if own is not None:
            axes.axhline(own, color=GREY, ls=":", lw=1.4, label="the experiment's own values")
    shown = y[complete]
    if len(shown) > 3:
        low, high = np.percentile(shown, [25, 75])
        width = max(high - low, 1e-12)
        lowest, highest = max(shown.min(), low - _FEW * width), min(shown.max(), high + _FEW * width)
        left.set_ylim(lowest - 0.1 * width, highest + 0.1 * width)
    left.set_xlabel("trial")
    left.set_ylabel(f"{plain(objective)}, validation rows")
    ended = t[np.isfinite(t)]
    right.set_xlim(0, 1.05 * ended.max() if ended.size and ended.max() > 0 else None)  # trials of one batch end at once
    right.set_xlabel("time [min]")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4, fontsize=12, frameon=False)
    return figure


def _best_so_far(y: np.ndarray, *, larger: bool) -> np.ndarray:
    filled = np.where(np.isnan(y), -np.inf if larger else np.inf, y)
    best = np.maximum.accumulate(filled) if larger else np.minimum.accumulate(filled)
    return np.where(np.isfinite(best), best, np.nan)
