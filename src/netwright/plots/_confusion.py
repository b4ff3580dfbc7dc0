"""The confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics import Classified, as_classified, binned_sums
from netwright.plots._style import plain, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["confusion"]


@styled
def confusion(
    labels: ArrayLike,
    probabilities: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    class_names: Mapping[int, str],
) -> Figure:
    """Draw the weighted share of each true class that is assigned to each class; every row sums to 1.

    Args:
        labels: index of the true class, 0 to k - 1, shape (n,).
        probabilities: one column per class, shape (n, k), dimensionless.
        weights: one weight per row, shape (n,), dimensionless, may be negative; None for ones.
        class_names: name of each class index.

    Returns:
        The figure; a class without rows, or without a positive sum of weights, has an empty row.

    Raises:
        DataError: if shapes or lengths disagree, a value is not finite, a label is not a class index, or a class
            has no name.
    """
    rows = as_classified(labels, probabilities, weights)
    k = rows.probabilities.shape[1]
    unnamed = sorted(set(range(k)) - set(class_names))
    if unnamed:
        msg = f"Argument `class_names` must name all {k} classes. Received: no name for {unnamed[0]}. Add it."
        raise DataError(msg)
    shares = _shares(rows)
    side = max(5.5, 1.1 * k + 3)
    figure = Figure(figsize=(side + 1.5, side), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(k, k):
        if np.isfinite(shares[i, j]):
            colour = "black" if shares[i, j] > 0.5 else "white"
            axes.text(j, i, f"{shares[i, j]:.3f}", ha="center", va="center", color=colour, fontsize=14)
    _name_classes(axes, [plain(class_names[index], 16) for index in range(k)])
    axes.set_xlabel("taken for", loc="center")
    axes.set_ylabel("true class", loc="center")
    figure.colorbar(image, ax=axes, label="share of the true class", fraction=0.046, pad=0.03)
    tag(axes, f"{len(rows.classes):,} rows")
    return figure


def _shares(rows: Classified) -> NDArray[np.float64]:
    """Return the share of each true class that is assigned to each class, shape (k, k); NaN without rows."""
    k = rows.probabilities.shape[1]
    sums = np.zeros((k, k))
    np.add.at(sums, (rows.classes, rows.probabilities.argmax(axis=1)), rows.weights)
    totals = binned_sums(rows.classes, rows.weights, k)[:, None]
    return np.where(totals > 0, sums / np.where(totals > 0, totals, 1), np.nan)


def _name_classes(axes: Axes, names: list[str]) -> None:
    axes.set_xticks(range(len(names)), names)
    axes.set_yticks(range(len(names)), names)
    if len(names) * max(len(name) for name in names) > 36:
        axes.tick_params(axis="x", rotation=30)
        for text in axes.get_xticklabels():
            text.set(ha="right", rotation_mode="anchor")
    axes.tick_params(which="both", length=0)
    axes.minorticks_off()
