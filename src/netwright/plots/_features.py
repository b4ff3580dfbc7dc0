"""The inputs of the network, class by class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics import as_weights
from netwright.plots._histograms import bin_count, central_range, equal_bins, fill_histogram, scale_heights
from netwright.plots._style import COLOURS, legend, panels, plain, quantity, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["features"]

COLUMNS, PANELS = 3, 9  # panels in a row and on a page
FEW_VALUES = 25  # a feature with at most this many distinct values is counted, not binned


def features(
    columns: Mapping[str, ArrayLike],
    *,
    labels: ArrayLike | None = None,
    class_names: Mapping[int, str] | None = None,
    weights: ArrayLike | None = None,
    units: Mapping[str, str] | None = None,
    words: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Figure]:
    """Draw the normalised distribution of every input feature, by class if there are classes.

    A panel shows the central 99% of its feature and states how much lies outside, and how much is missing (NaN);
    steep distributions have a logarithmic scale.

    Args:
        columns: feature name and its values, shape (n,) each, in its unit; NaN where missing.
        labels: class index of each row, shape (n,); None draws all rows together.
        class_names: names of the classes by index; needed with `labels`.
        weights: one weight per row, shape (n,), dimensionless, may be negative; None for ones.
        units: unit by feature name; other features are dimensionless.
        words: by feature whose values are places 0, 1 ... of categories, what stands at each place.

    Returns:
        The pages, nine features each, in the order of `columns`; each is drawn on demand.

    Raises:
        DataError: if there is no feature, lengths disagree, a feature contains no number, or a label has no name.
    """
    if not columns:
        msg = "Argument `columns` must contain at least one feature. Received: none. Pass the network's inputs."
        raise DataError(msg)
    values = {name: _numbers(name, column) for name, column in columns.items()}
    rows = len(next(iter(values.values())))
    for name, column in values.items():
        if len(column) != rows:
            msg = (
                f"All features must have the same number of rows. Received: {len(column)} for {name!r}, {rows} "
                f"for {next(iter(values))!r}. Select the same rows of each."
            )
            raise DataError(msg)
    classes = _classes(labels, class_names or {}, rows)
    weight = as_weights(weights, np.zeros(rows))
    names = list(values)
    pages = [names[start : start + PANELS] for start in range(0, len(names), PANELS)]
    return (_page({name: values[name] for name in page}, classes, weight, units or {}, words or {}) for page in pages)


def _numbers(name: str, column: ArrayLike) -> NDArray[np.float64]:
    raw = np.asarray(column)
    if raw.ndim != 1 or not np.can_cast(raw.dtype, np.float64, "same_kind"):
        msg = (
            f"Feature {name!r} must be a column of numbers, shape (n,). Received: shape {raw.shape}, type "
            f"{raw.dtype}. Convert categories to numbers, and pass one column of a table."
        )
        raise DataError(msg)
    return raw.astype(np.float64, copy=False)


def _classes(labels: ArrayLike | None, names: Mapping[int, str], rows: int) -> dict[str, NDArray[np.bool_]]:
    """Return a mask of the rows of each class, by the name of the class."""
    if labels is None:
        return {"": np.ones(rows, dtype=bool)}
    classes = np.asarray(labels)
    if classes.shape != (rows,):
        msg = (
            f"Argument `labels` must have shape ({rows},), one per row. Received: shape {classes.shape}. "
            f"Pass the labels of the same rows."
        )
        raise DataError(msg)
    unnamed = sorted({float(label) for label in np.unique(classes)} - {float(label) for label in names})
    if unnamed:
        msg = f"Argument `class_names` must name every label. Received: no name for {unnamed[0]:g}. Add it."
        raise DataError(msg)
    return {name: classes == label for label, name in names.items()}


@styled
def _page(
    columns: Mapping[str, NDArray[np.float64]],
    classes: Mapping[str, NDArray[np.bool_]],
    weights: NDArray[np.float64],
    units: Mapping[str, str],
    words: Mapping[str, Sequence[str]],
) -> Figure:
    figure, axes_of_columns = panels(len(columns), min(COLUMNS, len(columns)), (5.2, 3.9))
    for axes, (name, values) in zip(axes_of_columns, columns.items(), strict=True):
        _panel(axes, values, classes, weights, words.get(name, ()))
        axes.set_xlabel(quantity(name, units.get(name)))
    first = axes_of_columns[0]
    tag(first, first.get_title(loc="right"))
    if list(classes) != [""]:
        legend(first, len(classes), fontsize=12.5)
    return figure


def _panel(
    axes: Axes,
    values: NDArray[np.float64],
    classes: Mapping[str, NDArray[np.bool_]],
    weights: NDArray[np.float64],
    words: Sequence[str],
) -> None:
    finite = np.isfinite(values)
    remarks = [] if finite.all() else [f"{1 - finite.mean():.1%} missing"]
    if not finite.any():
        axes.set_title("no value", loc="right")
        return
    edges: NDArray[np.float64] = np.arange(-0.5, len(words)) if words else _edges(values[finite])
    outside = float(np.mean((values[finite] < edges[0]) | (values[finite] > edges[-1])))
    remarks += [f"{outside:.1%} outside"] if outside > 0 else []
    heights = []
    for index, (name, members) in enumerate(classes.items()):
        rows = finite & members
        density = fill_histogram(values[rows], weights[rows], edges).density()
        colour = COLOURS[index % len(COLOURS)]
        if index < 2:
            axes.stairs(density.values, edges, fill=True, color=colour, alpha=0.2)
        axes.stairs(density.values, edges, color=colour, lw=1.5, label=plain(name, 20) or None)
        heights.append(density.values)
    scale_heights(axes, np.concatenate(heights))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylabel("density", fontsize=13)
    axes.tick_params(labelsize=12)
    if words:
        axes.set_xticks(range(len(words)), [plain(word, 12) for word in words], rotation=90 if len(words) > 4 else 0)
    axes.minorticks_off()  # they would take half of the time
    axes.set_title(", ".join(remarks), loc="right", fontsize=11)


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return edges around integers, or halfway between other values, if there are few, otherwise equal bins."""
    different = np.unique(values)
    span = different[-1] - different[0]
    if span < FEW_VALUES and len(different) <= FEW_VALUES and (different == np.round(different)).all():
        return np.arange(different[0] - 0.5, different[-1] + 1)
    if 1 < len(different) <= FEW_VALUES < len(values):  # such as the logarithm of a small number
        between = (different[1:] + different[:-1]) / 2
        return np.array([2 * different[0] - between[0], *between, 2 * different[-1] - between[-1]])
    low, high = central_range(values)
    return equal_bins(values, low, high, bin_count(len(values), most=50))
