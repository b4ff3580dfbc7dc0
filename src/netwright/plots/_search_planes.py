"""What a Gaussian process predicts for pairs of parameters of a search, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from netwright.plots._parameter_axis import are_numbers, is_logarithmic
from netwright.plots._style import COLOURS, plain, styled
from netwright.searching import Plane

__all__ = ["search_planes"]


@styled
def search_planes(
    planes: Sequence[Plane],
    points: Sequence[Mapping[str, Any]],
    best: Mapping[str, Any],
    proposed: Mapping[str, Any],
    *,
    objective: str,
) -> Figure:
    """Draw two panels for each pair of parameters, the others being those of the best trial.

    Args:
        planes: what is predicted, in the unit of the objective.
        points: parameters of the trials.
        best: parameters of the best trial.
        proposed: parameters of the next trial.
        objective: its name.

    Returns:
        The figure: predicted means above, their standard deviations below; each row has one scale.
    """
    count = len(planes)
    figure = Figure(figsize=(4.9 * count + 1.4, 8.6), layout="constrained")
    panels = figure.subplots(2, count, squeeze=False)
    for row, (quantity, colours) in enumerate((("mean", "viridis"), ("sigma", "magma"))):
        values = [getattr(plane, quantity) for plane in planes]
        limits = min(float(shown.min()) for shown in values), max(float(shown.max()) for shown in values)
        for axes, plane, shown in zip(panels[row], planes, values, strict=True):
            mesh = axes.pcolormesh(*_edges(plane), shown, cmap=colours, vmin=limits[0], vmax=limits[1], rasterized=True)
            _marks(axes, plane, points, best, proposed)
        label = plain(objective) if quantity == "mean" else f"σ of {plain(objective)}"
        figure.colorbar(mesh, ax=panels[row].tolist(), label=label, aspect=25, pad=0.02)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, fontsize=12, frameon=False)
    return figure


def _marks(
    axes: Axes, plane: Plane, points: Sequence[Mapping[str, Any]], best: Mapping[str, Any], proposed: Mapping[str, Any]
) -> None:
    """Draw trials, and name the axes."""
    first, second = plane.names
    styles: tuple[tuple[Sequence[Mapping[str, Any]], str, dict[str, Any]], ...] = (
        (points, "o", {"ms": 3.5, "mfc": "white", "mec": "black", "mew": 0.6, "label": "trials"}),
        ([best], "*", {"ms": 17, "mfc": COLOURS[1], "mec": "white", "label": "best trial"}),
        ([proposed], "X", {"ms": 12, "mfc": COLOURS[2], "mec": "black", "label": "next trial"}),
    )
    for marked, marker, style in styles:
        at = np.array([[_coordinate(plane.x, point[first]), _coordinate(plane.y, point[second])] for point in marked])
        axes.plot(at[:, 0], at[:, 1], marker, ls="none", clip_on=False, zorder=3, **style)
    for values, set_scale, set_ticks, set_label, name, axis in (
        (plane.x, axes.set_xscale, axes.set_xticks, axes.set_xlabel, first, axes.xaxis),
        (plane.y, axes.set_yscale, axes.set_yticks, axes.set_ylabel, second, axes.yaxis),
    ):
        if not are_numbers(values):
            set_ticks(range(len(values)), [plain(str(value), 10) for value in values], fontsize=11)
            axis.set_minor_locator(NullLocator())
        elif is_logarithmic(values):
            set_scale("log")
        set_label(plain(name.partition(".")[2], 30), fontsize=14)


def _edges(plane: Plane) -> tuple[Any, Any]:
    """Return the edges of the cells, halfway between the values."""
    return _between(plane.x), _between(plane.y)


def _between(values: Sequence[Any]) -> Any:  # noqa: ANN401  # an array
    if not are_numbers(values):
        return np.arange(len(values) + 1) - 0.5
    x = np.asarray(values, np.float64)
    if is_logarithmic(values):
        return np.exp(_middles(np.log(x)))
    return _middles(x)


def _middles(x: Any) -> Any:  # noqa: ANN401  # arrays
    inner = (x[1:] + x[:-1]) / 2
    return np.concatenate([x[:1], inner, x[-1:]])


def _coordinate(values: Sequence[Any], value: Any) -> float:  # noqa: ANN401  # any value of a key
    return float(value) if are_numbers(values) else float(list(values).index(value))
