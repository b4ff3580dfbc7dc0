"""The network's output by class, for training and test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from netwright.metrics import as_scored
from netwright.plots._histograms import Histogram, bin_count, central_range, fill_histogram
from netwright.plots._style import COLOURS, GREY, has_room, legend, plain, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ScoredRows", "discriminant", "draw_class", "draw_pull", "finish"]


@dataclass(frozen=True, eq=False)
class ScoredRows:
    """Rows of a binary head.

    Attributes:
        labels: 1 (signal) or 0 (background), shape (n,).
        scores: the network's output, shape (n,), dimensionless.
        weights: one weight per row, shape (n,), dimensionless, may be negative; None for ones.
    """

    labels: ArrayLike
    scores: ArrayLike
    weights: ArrayLike | None = None


@styled
def discriminant(
    train: ScoredRows,
    test: ScoredRows,
    *,
    class_names: Mapping[int, str],
    name: str = "network output",
) -> Figure:
    """Draw the normalised output of both classes: training rows filled, test rows as points.

    The lower panel shows the pull (test - train) / √(σ²_train + σ²_test) of each bin with σ² = Σw²; the legend
    gives χ² per bin, which is near 1 if the network does not distinguish training rows from test rows.

    Args:
        train: rows that the network was trained on.
        test: rows not used in training.
        class_names: the names of the classes 0 and 1.
        name: name of the score.

    Returns:
        The figure.

    Raises:
        DataError: if lengths disagree, a value is not finite, or a label is not 0 or 1.
    """
    rows = [as_scored(scored.labels, scored.scores, scored.weights) for scored in (train, test)]
    edges = _edges(np.concatenate([scored.scores for scored in rows]), min(len(scored.scores) for scored in rows))
    figure = Figure(figsize=(8, 7.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for label in (0, 1):
        train_density, test_density = (
            fill_histogram(
                scored.scores[scored.is_signal == label], scored.weights[scored.is_signal == label], edges
            ).density()
            for scored in rows
        )
        draw_class(upper, train_density, test_density, plain(class_names[label], 24), COLOURS[label])
        draw_pull(lower, train_density, test_density, COLOURS[label])
    finish(upper, lower, plain(name), edges)
    tag(upper, f"{len(rows[0].scores):,} train rows, {len(rows[1].scores):,} test rows")
    return figure


def _edges(scores: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    low, high = (0.0, 1.0) if scores.min() >= 0 and scores.max() <= 1 else central_range(scores)
    return np.linspace(low, high, bin_count(rows // 2, most=40) + 1)


def draw_class(axes: Axes, train: Histogram, test: Histogram, name: str, colour: str, *, filled: bool = True) -> None:
    """Draw one class: `train` as steps, filled or not, `test` as points with their χ²."""
    if filled:
        axes.stairs(train.values, train.edges, fill=True, color=colour, alpha=0.25)
    axes.stairs(train.values, train.edges, color=colour, lw=1.6, label=f"{name}, train")
    axes.errorbar(
        test.centres,
        np.where(test.variances > 0, test.values, np.nan),
        test.errors,
        fmt="o",
        ms=4.5,
        color=colour,
        lw=1.2,
        label=f"{name}, test ({_chi2(train, test)})",
    )


def _pull(train: Histogram, test: Histogram) -> NDArray[np.float64]:
    """Return the pull of each bin, shape (b,), dimensionless; NaN where a bin has no row."""
    variance = train.variances + test.variances
    return np.where(variance > 0, test.values - train.values, np.nan) / np.sqrt(np.where(variance > 0, variance, 1))


def _chi2(train: Histogram, test: Histogram) -> str:
    pull = _pull(train, test)
    filled = np.isfinite(pull)
    return f"$\\chi^2$/bins = {np.square(pull[filled]).sum():.0f}/{filled.sum()}"


def draw_pull(axes: Axes, train: Histogram, test: Histogram, colour: str) -> None:
    """Draw the pulls of one class as points."""
    axes.plot(train.centres, np.clip(_pull(train, test), -3.9, 3.9), "o", ms=4.5, color=colour, ls="")


def finish(upper: Axes, lower: Axes, name: str, edges: NDArray[np.float64], lines: int = 2) -> None:
    """Set scales, labels and the legend, with space above the highest point.

    Args:
        upper: the axes of densities.
        lower: the axes of pulls.
        name: name of the x axis.
        edges: of the bins, shape (bins + 1,), dimensionless.
        lines: number of lines in the legend.
    """
    lowest, highest = _positive_range(upper)
    upper.set_yscale("log")
    room = 0.45 * max(1, lines / 4) if has_room(lines) else 0.1
    upper.set_ylim(lowest / 2, highest * (highest / lowest) ** room * 2)
    upper.set_ylabel("density")
    legend(upper, lines, ncols=2, loc="upper center", fontsize=12.5, columnspacing=1.2)
    for edge, alpha in ((2, 0.12), (1, 0.22)):
        lower.axhspan(-edge, edge, color=GREY, alpha=alpha, lw=0)
    lower.axhline(0, color=GREY, lw=1)
    lower.set(xlim=(edges[0], edges[-1]), ylim=(-4, 4), yticks=[-2, 0, 2])
    lower.set_ylabel("pull", loc="center")
    lower.set_xlabel(name)


def _positive_range(axes: Axes) -> tuple[float, float]:
    heights = np.concatenate([line.get_ydata() for line in axes.lines])
    heights = heights[np.isfinite(heights) & (heights > 0)]
    return (float(heights.min()), float(heights.max())) if heights.size else (0.1, 1.0)
