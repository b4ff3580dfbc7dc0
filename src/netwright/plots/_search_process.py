"""What a Gaussian process predicts along each parameter of a search, what was observed, and what it would try."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from netwright.plots._parameter_axis import are_numbers, is_logarithmic
from netwright.plots._style import COLOURS, plain, styled
from netwright.searching import Slice

__all__ = ["search_process"]

_COLUMNS = 3


@styled
def search_process(
    slices: Sequence[Slice],
    points: Sequence[Mapping[str, Any]],
    values: Sequence[float],
    best: Mapping[str, Any],
    proposed: Mapping[str, Any],
    *,
    objective: str,
) -> Figure:
    """Draw one panel for each parameter, the others being those of the best trial.

    Args:
        slices: what is predicted along each parameter, in the unit of the objective.
        points: parameters of the trials.
        values: objective of these trials.
        best: parameters of the best trial.
        proposed: parameters of the next trial.
        objective: its name.

    Returns:
        The figure; bands are one and two standard deviations of the prediction.
    """
    rows = math.ceil(len(slices) / _COLUMNS)
    columns = min(len(slices), _COLUMNS)
    figure = Figure(figsize=(4.6 * columns + 1, 4.2 * rows + 0.6), layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for axes in panels.flat[len(slices) :]:
        axes.set_visible(False)
    bands = np.concatenate([np.r_[along.mean - 2 * along.sigma, along.mean + 2 * along.sigma] for along in slices])
    margin = 0.1 * max(float(bands.max() - bands.min()), 1e-12)
    panels[0, 0].set_ylim(bands.min() - margin, bands.max() + margin)
    for axes, along in zip(panels.flat, slices, strict=False):
        _panel(axes, along, [point[along.name] for point in points], values, best[along.name], proposed[along.name])
    for axes in panels[:, 0]:
        axes.set_ylabel(plain(objective))
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=5, fontsize=12, frameon=False)
    return figure


def _panel(axes: Axes, along: Slice, tried: Sequence[Any], values: Sequence[float], best: Any, proposed: Any) -> None:  # noqa: ANN401
    numbers = are_numbers(along.values)
    x = np.asarray(along.values, np.float64) if numbers else np.arange(len(along.values), dtype=np.float64)
    positions = dict(zip(along.values, x.tolist(), strict=True))

    def at(value: Any) -> float:  # noqa: ANN401
        return float(value) if numbers else positions[value]

    if numbers:
        for width, alpha in ((2, 0.15), (1, 0.3)):
            axes.fill_between(
                x,
                along.mean - width * along.sigma,
                along.mean + width * along.sigma,
                color=COLOURS[0],
                alpha=alpha,
                lw=0,
            )
        axes.plot(x, along.mean, color=COLOURS[0], lw=2, label="predicted, ±1σ and ±2σ")
        if is_logarithmic(along.values):
            axes.set_xscale("log")
    else:
        axes.errorbar(x, along.mean, 2 * along.sigma, fmt="none", color=COLOURS[0], lw=1.5, alpha=0.5)
        axes.errorbar(x, along.mean, along.sigma, fmt="s", color=COLOURS[0], lw=3, ms=7, label="predicted, ±1σ and ±2σ")
        axes.set_xticks(x, [plain(str(value), 16) for value in along.values], fontsize=12)
        axes.set_xlim(x[0] - 0.5, x[-1] + 0.5)
        axes.minorticks_off()
    low, high = axes.get_ylim()
    y, tried_positions = np.asarray(values, np.float64), np.array([at(value) for value in tried])
    for marker, of in (("o", (y >= low) & (y <= high)), ("v", y < low), ("^", y > high)):
        label = "trials (triangles: beyond the frame)" if marker == "o" else None
        edge = np.clip(y[of], low + 0.03 * (high - low), high - 0.03 * (high - low)) if marker != "o" else y[of]
        axes.plot(tried_positions[of], edge, marker, color="black", ms=4, alpha=0.5, label=label)
    axes.axvline(at(proposed), color=COLOURS[2], lw=5, alpha=0.6, label="next trial")
    axes.axvline(at(best), color=COLOURS[1], ls="--", lw=1.5, label="best trial")
    axes.set_xlabel(plain(along.name.partition(".")[2], 34), fontsize=14)
