"""The layers of a network while it was trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from netwright.errors import DataError
from netwright.plots._style import COLOURS, plain, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["layer_vitals"]

_STYLES = ("-", "--", ":", "-.")
_MIN_POINTS = 2  # looks for a line


@styled
def layer_vitals(vitals: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw what was measured of the layers of one network.

    Args:
        vitals: looks at one member, as `netwright.lab.Run.vitals` has them.

    Returns:
        The figure: weights and silent units of every layer at the last look; gradients and updates against the step
        where they were measured.

    Raises:
        DataError: there is no look.
    """
    if not vitals:
        msg = "Argument `vitals` must contain at least one record. Received: none. Train the network first."
        raise DataError(msg)
    names = [layer["name"] for layer in vitals[-1]["layers"]]
    inside = [record for record in vitals if any(layer.get("gradient") is not None for layer in record["layers"])]
    panels: list[Callable[[Axes], None]] = []
    if len(inside) >= _MIN_POINTS:
        panels += [
            lambda axes: _against_step(axes, inside, names, _gradient, "norm of the gradient"),
            lambda axes: _against_step(axes, inside, names, _ratio, "update / weight, one step"),
        ]
    panels += [lambda axes: _weights(axes, vitals[-1]), lambda axes: _silent(axes, vitals[-1])]
    size = (13, 4.8 * len(panels) / 2)
    figure = Figure(figsize=size, layout="constrained")
    for axes, draw in zip(np.ravel(figure.subplots(len(panels) // 2, 2)), panels, strict=True):
        draw(axes)
        tag(axes)
    return figure


def _gradient(layer: Mapping[str, Any]) -> float:
    return float("nan") if layer.get("gradient") is None else layer["gradient"]


def _ratio(layer: Mapping[str, Any]) -> float:
    if layer.get("update") is None or not layer.get("weight"):
        return float("nan")
    return float(layer["update"] / layer["weight"])


def _against_step(
    axes: Axes,
    vitals: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    value: Callable[[Mapping[str, Any]], float],
    label: str,
) -> None:
    steps = [record["step"] for record in vitals]
    by_name = [{layer["name"]: value(layer) for layer in record["layers"]} for record in vitals]
    shown = 0
    for name in names:
        values = np.array([record.get(name, np.nan) for record in by_name])
        if (values > 0).any():
            style = _STYLES[shown // len(COLOURS) % len(_STYLES)]
            axes.plot(steps, values, color=COLOURS[shown % len(COLOURS)], ls=style, label=plain(name, 24))
            shown += 1
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_ylabel(label)
    if shown:
        axes.legend(fontsize=9, ncols=2)


def _weights(axes: Axes, record: Mapping[str, Any]) -> None:
    """Draw the quantiles of the weights of each layer: all, the central 90%, the central half, the median."""
    layers = [layer for layer in record["layers"] if len(layer["quantiles"]) == 7]  # of netwright.doctor
    for index, layer in enumerate(layers):
        low, q05, q25, median, q75, q95, high = layer["quantiles"]
        for ends, width in (((low, high), 1), ((q05, q95), 4), ((q25, q75), 9)):
            axes.plot(ends, [index, index], color=COLOURS[0], lw=width, solid_capstyle="butt")
        axes.plot(median, index, "o", color="black", ms=4)
    axes.set_yticks(range(len(layers)), [plain(layer["name"], 24) for layer in layers], fontsize=9)
    axes.set_ylim(len(layers) - 0.4, -0.6)
    axes.set_xlabel("weights: range, 90%, 50%, median")
    axes.minorticks_off()


def _silent(axes: Axes, record: Mapping[str, Any]) -> None:
    """Draw the share of units that are dead, and of outputs that are saturated."""
    layers = [layer for layer in record["layers"] if layer.get("mean") is not None]
    for index, layer in enumerate(layers):
        axes.barh(index - 0.2, layer["dead"] or 0.0, 0.4, color=COLOURS[1])
        axes.barh(index + 0.2, layer["saturated"] or 0.0, 0.4, color=COLOURS[2])
    axes.set_yticks(range(len(layers)), [plain(layer["name"], 24) for layer in layers], fontsize=9)
    axes.set_ylim(len(layers) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of units")
    handles = [Line2D([], [], color=COLOURS[index], lw=6) for index in (1, 2)]
    axes.legend(handles, ["dead", "saturated"], loc="lower right", fontsize=11)
    axes.minorticks_off()
