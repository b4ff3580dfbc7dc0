"""What decorrelation costs: rejection of background against the dependence of its spectrum on the cut."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from netwright.metrics import Measured
from netwright.plots._style import COLOURS, plain, styled, tag

__all__ = ["trade_off"]


@styled
def trade_off(
    values: Sequence[float],
    rejections: Sequence[Measured],
    divergences: Sequence[Measured],
    *,
    parameter: str,
    efficiency: float,
) -> Figure:
    """Draw 1/ε_B against 1/JSD, one point for each value of a parameter.

    Args:
        values: of the parameter, ascending, shape (k,), in its unit.
        rejections: 1/ε_B at each value, dimensionless.
        divergences: JSD between background that passes and that fails, dimensionless.
        parameter: its name.
        efficiency: ε_S of the cut, dimensionless.

    Returns:
        The figure; the upper right is better in both.
    """
    figure = Figure(figsize=(8, 7), layout="constrained")
    axes = figure.subplots()
    jsd = np.array([measured.value for measured in divergences])
    x, y = 1 / np.where(jsd > 0, jsd, np.nan), np.array([measured.value for measured in rejections])
    x_error = np.array([measured.uncertainty for measured in divergences]) * x**2
    y_error = np.array([measured.uncertainty for measured in rejections])
    finite = np.isfinite(x) & np.isfinite(y) & np.isfinite(x_error) & np.isfinite(y_error)
    axes.errorbar(x[finite], y[finite], y_error[finite], x_error[finite], fmt="o-", color=COLOURS[0], ms=6, lw=1.4)
    for index in np.flatnonzero(finite).tolist():
        axes.annotate(f"{values[index]:.3g}", (x[index], y[index]), xytext=(7, 7), textcoords="offset points")
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel(f"1/JSD at ε_S = {efficiency:g}")
    axes.set_ylabel(f"1/ε_B at ε_S = {efficiency:g}")
    axes.margins(0.2)
    tag(axes, f"validation rows; numbers: {plain(parameter, 44)}")
    return figure
