"""The response of a regression head: predictions against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter
from numpy.typing import ArrayLike, NDArray

from netwright.metrics import Measured, as_regressed, measure_regression
from netwright.plots._histograms import bin_count, central_range, fill_histogram
from netwright.plots._style import COLOURS, GREY, quantity, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["response"]

_WIDE = 10.0  # ratio of the ends of a range from which its axis is logarithmic
MIN_ROWS = 10  # a bin of the target with fewer rows has no meaningful 68% interval


@styled
def response(
    targets: ArrayLike,
    predictions: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    name: str = "target",
    unit: str | None = None,
) -> Figure:
    """Draw prediction against target, the residuals, and bias and resolution in bins of the target.

    If all targets are positive, as energies are, a fourth panel has the resolution relative to the target.

    Args:
        targets: the true values, shape (n,), in `unit`.
        predictions: the network's values, shape (n,), in `unit`.
        weights: one weight per row, shape (n,), dimensionless, may be negative; None for ones.
        name: name of the target.
        unit: its unit; None for a dimensionless target.

    Returns:
        The figure: the map of Σw on a logarithmic scale, the residuals prediction - target, their median with the
        central 68% interval in bins of equal numbers of rows, and half of that interval over the target.

    Raises:
        DataError: if lengths disagree, a value is not finite, or the weights do not sum to something positive.
    """
    rows = as_regressed(targets, predictions, weights)
    truth = np.asarray(targets, dtype=np.float64)
    positive = bool((truth > 0).all())
    figure = Figure(figsize=(12.6, 10.8) if positive else (18, 5.4), layout="constrained")
    left, middle, right, *relative = figure.subplots(*(2, 2) if positive else (1, 3)).ravel()
    _map(left, truth, rows.residuals, rows.weights)
    left.set_xlabel(quantity(f"true {name}", unit))
    left.set_ylabel(quantity(f"predicted {name}", unit))
    _residuals(middle, rows.residuals, rows.weights, unit)
    _profile(right, truth, rows.residuals, rows.weights)
    right.set_xlabel(quantity(f"true {name}", unit))
    right.set_ylabel(quantity("prediction − target", unit))
    if relative:
        _relative(relative[0], truth, rows.residuals, rows.weights)
        relative[0].set_xlabel(quantity(f"true {name}", unit))
        relative[0].set_ylabel("resolution / target")
    tag(left, f"{len(truth):,} rows")
    return figure


def _map(axes: Axes, truth: NDArray[np.float64], residuals: NDArray[np.float64], weights: NDArray[np.float64]) -> None:
    predicted = truth + residuals
    low, high = central_range(np.concatenate([truth, predicted]))
    edges = np.linspace(low, high, bin_count(len(truth), most=80) + 1)
    counts, _, _ = np.histogram2d(truth, predicted, bins=[edges, edges], weights=weights)
    shown = np.ma.masked_less_equal(counts, 0)
    if shown.count():
        mesh = axes.pcolormesh(
            edges, edges, shown.T, norm=LogNorm(shown.min(), max(shown.max(), 1.01 * shown.min())), cmap="cividis_r"
        )
        mesh.set_rasterized(True)
        axes.figure.colorbar(mesh, ax=axes, label="sum of weights", pad=0.02)
    axes.plot([low, high], [low, high], "--", color="black", lw=1.2)
    axes.set(xlim=(low, high), ylim=(low, high))


def _residuals(axes: Axes, residuals: NDArray[np.float64], weights: NDArray[np.float64], unit: str | None) -> None:
    low, high = central_range(residuals)
    histogram = fill_histogram(residuals, weights, np.linspace(low, high, bin_count(len(residuals), most=60) + 1))
    measured = measure_regression(np.zeros(len(residuals)), residuals, weights)
    centre, half = measured["bias"].value, measured["resolution"].value
    axes.axvspan(centre - half, centre + half, ymax=0.68, color=COLOURS[2], alpha=0.25, lw=0, label="bias ± resolution")
    axes.axvline(
        centre, ymax=0.68, color=COLOURS[1], lw=1.6, ls="--", label=f"bias = {_with_unit(measured['bias'], unit)}"
    )
    axes.errorbar(histogram.centres, histogram.values, histogram.errors, fmt="o", ms=4, color="black", lw=1)
    axes.plot([], [], " ", label=f"resolution = {_with_unit(measured['resolution'], unit)}")
    axes.set_xlabel(quantity("prediction − target", unit))
    axes.set_ylabel(quantity(f"sum of weights / {histogram.edges[1] - histogram.edges[0]:.2g}", None) + _space(unit))
    axes.set_xlim(low, high)
    axes.set_ylim(0 if histogram.values.min() >= 0 else None, 1.45 * float((histogram.values + histogram.errors).max()))
    axes.legend(loc="upper right", fontsize=13)


def _profile(
    axes: Axes, truth: NDArray[np.float64], residuals: NDArray[np.float64], weights: NDArray[np.float64]
) -> None:
    """Draw bias (points with uncertainty) and bias ± resolution (band) in bins of equal numbers of rows."""
    points = _in_bins(truth, residuals, weights)
    axes.axhline(0, color=GREY, lw=1.2)
    for low, high, bias, half in points:
        axes.fill_between(
            [low, high], bias.value - half.value, bias.value + half.value, color=COLOURS[2], alpha=0.3, lw=0
        )
        axes.errorbar(
            (low + high) / 2, bias.value, bias.uncertainty, (high - low) / 2, fmt="o", ms=4, color="black", lw=1
        )
    axes.fill_between([], [], color=COLOURS[2], alpha=0.3, label="bias ± resolution")
    axes.errorbar([], [], yerr=[], fmt="o", ms=4, color="black", label="bias")
    if points:
        reach = max(abs(bias.value) + half.value for _, _, bias, half in points)
        axes.set_ylim(-1.6 * reach or None, 1.9 * reach or None)
    axes.set_xlim(*central_range(truth))
    axes.legend(loc="upper right", fontsize=13)


def _relative(
    axes: Axes, truth: NDArray[np.float64], residuals: NDArray[np.float64], weights: NDArray[np.float64]
) -> None:
    """Draw the resolution of residual / target, in bins of equal numbers of rows; a wide range is logarithmic."""
    points = _in_bins(truth, residuals / truth, weights)
    for low, high, _, half in points:
        axes.errorbar(
            (low + high) / 2, half.value, half.uncertainty, (high - low) / 2, fmt="o", ms=4, color="black", lw=1
        )
    low, high = central_range(truth)
    if 0 < _WIDE * low < high:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1.3 * max((half.value + half.uncertainty for _, _, _, half in points), default=0) or None)


def _in_bins(
    truth: NDArray[np.float64], residuals: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[tuple[float, float, Measured, Measured]]:
    """Return ends, bias and resolution of bins of the target with equal numbers of rows, where these are known."""
    n_bins = max(1, min(20, len(truth) // 50))
    edges = np.unique(np.quantile(truth, np.linspace(0, 1, n_bins + 1)))
    index = np.clip(np.searchsorted(edges, truth, side="right") - 1, 0, max(len(edges) - 2, 0))
    points = []
    for k in range(len(edges) - 1):
        rows = index == k
        if rows.sum() >= MIN_ROWS and weights[rows].sum() > 1e-3 * np.abs(weights[rows]).sum():
            measured = measure_regression(np.zeros(int(rows.sum())), residuals[rows], weights[rows])
            if np.isfinite(measured["resolution"].uncertainty):  # weights of both signs may leave one effective row
                points.append((float(edges[k]), float(edges[k + 1]), measured["bias"], measured["resolution"]))
    return points


def _with_unit(measured: Measured, unit: str | None) -> str:
    return f"{measured}" if not unit else f"({measured}) {quantity(unit, None)}"


def _space(unit: str | None) -> str:
    return f" {quantity(unit, None)}" if unit else ""
