"""All trials of a search at once: one line a trial, one axis a parameter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from netwright.plots._parameter_axis import are_numbers, is_logarithmic
from netwright.plots._style import plain, styled

__all__ = ["parallel_coordinates"]


@styled
def parallel_coordinates(
    points: Sequence[Mapping[str, Any]], values: Sequence[float], *, objective: str, larger: bool
) -> Figure:
    """Draw complete trials as lines over their parameters, coloured by rank; the best lie on top.

    Args:
        points: parameters of the trials.
        values: objective of these trials, shape (trials,).
        objective: its name.
        larger: whether larger values are better.

    Returns:
        The figure.
    """
    y = np.asarray(values, np.float64)
    order = np.argsort(-y if larger else y)[::-1]  # the best last, on top
    rank = np.empty(len(y))
    rank[order] = np.linspace(0, 1, len(y))
    names = list(points[0])
    coordinates, ticks = zip(*(_axis([point[name] for point in points]) for name in names), strict=True)
    lines = np.array(coordinates).T
    figure = Figure(figsize=(max(7.0, 2.6 * len(names) + 2.5), 6), layout="constrained")
    axes = figure.subplots()
    colours = colormaps["viridis"]
    for index in order.tolist():
        top = rank[index] > 1 - 5 / max(5, len(y))
        axes.plot(lines[index], color=colours(rank[index]), lw=2.2 if top else 1, alpha=0.95 if top else 0.4)
    for index, marks in enumerate(ticks):
        axes.axvline(index, color="black", lw=1)
        for height, text in marks:
            axes.text(
                index + 0.02,
                height,
                text,
                fontsize=11,
                va="center",
                bbox={"fc": "white", "ec": "none", "alpha": 0.7, "pad": 1},
            )
    axes.set_xticks(range(len(names)), [plain(name.rpartition(".")[2], 20) for name in names], fontsize=13)
    axes.set_xlim(-0.15, len(names) - 1 + 0.45)
    axes.set_ylim(-0.06, 1.06)
    axes.set_yticks([])
    axes.minorticks_off()
    scale = figure.colorbar(ScalarMappable(Normalize(0, 1), colours), ax=axes, ticks=[0, 1])
    scale.ax.set_yticklabels([f"worst\n{y[order[0]]:.3g}", f"best\n{y[order[-1]]:.4g}"], fontsize=12)
    scale.ax.minorticks_off()
    scale.set_label(f"rank by {plain(objective)}", fontsize=13)
    return figure


def _axis(values: Sequence[Any]) -> tuple[list[float], list[tuple[float, str]]]:
    """Return heights from 0 to 1, and the labels of the axis."""
    if are_numbers(values):
        x = np.asarray(values, np.float64)
        logarithmic = is_logarithmic(values)
        scaled = np.log(x) if logarithmic else x
        low, high = scaled.min(), scaled.max()
        width = high - low if high > low else 1.0
        ends = [low, (low + high) / 2, high]
        texts = [f"{np.exp(end) if logarithmic else end:.3g}" for end in ends]
        return ((scaled - low) / width).tolist(), [
            ((end - low) / width, text) for end, text in zip(ends, texts, strict=True)
        ]
    kinds = sorted({str(value) for value in values})
    heights = {kind: index / max(1, len(kinds) - 1) for index, kind in enumerate(kinds)}
    return [heights[str(value)] for value in values], [(height, plain(kind, 18)) for kind, height in heights.items()]
