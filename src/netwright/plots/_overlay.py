"""Several runs in one figure: losses, and what their networks say of the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.plots._histograms import bin_count, central_range, fill_histogram
from netwright.plots._style import COLOURS, legend, plain, quantity, styled, tag

__all__ = ["overlaid_losses", "overlaid_outputs"]

_STYLES = ("-", "--", "-.", ":")


@styled
def overlaid_losses(histories: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw the validation losses of several runs, and their training losses pale.

    Args:
        histories: by name of the run, one record per epoch and member with ``member``, ``epoch``, ``loss`` and
            ``valid_loss``; losses are dimensionless.

    Returns:
        The figure: of several members the mean, within the range of all.

    Raises:
        DataError: there is no run.
    """
    if not histories:
        msg = "Argument `histories` must contain at least one run. Received: none. Train one."
        raise DataError(msg)
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    axes = figure.subplots()
    for index, (name, history) in enumerate(histories.items()):
        colour = COLOURS[index % len(COLOURS)]
        for key, alpha in (("loss", 0.35), ("valid_loss", 1.0)):
            epochs, low, mean, high = _over_members(history, key)
            label = plain(name, 30) if key == "valid_loss" else None
            axes.plot(epochs, mean, color=colour, alpha=alpha, ls=_STYLES[index % len(_STYLES)], label=label)
            if (high > low).any() and key == "valid_loss":
                axes.fill_between(epochs, low, high, color=colour, alpha=0.15, lw=0)
    axes.set(xlabel="epoch", ylabel="loss: validation, and pale training")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, len(histories))
    tag(axes)
    return figure


@styled
def overlaid_outputs(
    outputs: Mapping[str, NDArray[np.float64]],
    weights: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    class_names: Mapping[int, str],
    name: str,
    unit: str = "",
) -> Figure:
    """Draw what the networks of several runs say of the same rows, by class, each normalised to unit area.

    Args:
        outputs: by name of the run one number per row, shape (n,).
        weights: of the rows, shape (n,), dimensionless.
        labels: of the rows, shape (n,).
        class_names: by label; one panel each.
        name: of the number.
        unit: its unit.

    Returns:
        The figure, with √Σw² as bars.

    Raises:
        DataError: there is no run.
    """
    if not outputs:
        msg = "Argument `outputs` must contain at least one run. Received: none. Evaluate one."
        raise DataError(msg)
    everything = np.concatenate(list(outputs.values()))
    low, high = (0.0, 1.0) if everything.min() >= 0 and everything.max() <= 1 else central_range(everything)
    edges = np.linspace(low, high, bin_count(len(weights) // 2, most=40) + 1)
    figure = Figure(figsize=(6.4 * len(class_names), 5.6), layout="constrained")
    panels = np.atleast_1d(figure.subplots(1, len(class_names)))
    for axes, (label, class_name) in zip(panels, class_names.items(), strict=True):
        of_class = labels == label
        for index, (run, values) in enumerate(outputs.items()):
            filled = fill_histogram(values[of_class], weights[of_class], edges).density()
            style = {"color": COLOURS[index % len(COLOURS)], "ls": _STYLES[index % len(_STYLES)]}
            axes.stairs(filled.values, filled.edges, lw=1.8, label=plain(run, 24), **style)
            axes.errorbar(filled.centres, filled.values, filled.errors, fmt="none", lw=1, color=style["color"])
        axes.set(xlabel=quantity(name, unit), ylabel="density", xlim=(low, high))
        axes.legend(fontsize=11)
        tag(axes, plain(class_name, 24))
    return figure


def _over_members(
    history: Sequence[Mapping[str, Any]], key: str
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return epochs, and the least, mean and largest value of the members that were trained so long."""
    by_epoch: dict[int, list[float]] = {}
    for record in history:
        by_epoch.setdefault(int(record["epoch"]), []).append(float(record[key]))
    epochs = sorted(by_epoch)
    low, mean, high = (np.array([reduce(by_epoch[epoch]) for epoch in epochs]) for reduce in (min, np.mean, max))
    return np.array(epochs), low, mean, high
