"""Loss curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from netwright.errors import DataError
from netwright.plots._loss_axes import finish_losses
from netwright.plots._style import COLOURS, GREY, plain, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["loss_curves"]


@styled
def loss_curves(history: Sequence[Mapping[str, Any]], *, best_epoch: int | None = None) -> Figure:
    """Draw training and validation loss against the epoch, one panel for the sum and one per head.

    Args:
        history: one record per epoch with ``epoch``, ``loss``, ``valid_loss``, ``learning_rate`` and, with
            several heads, ``head_losses`` and ``valid_head_losses`` (head: loss); losses are dimensionless.
        best_epoch: the epoch whose weights were kept; None for that of the smallest ``valid_loss``.

    Returns:
        The figure. Dotted lines mark reductions of the learning rate, unless it falls in more than every third epoch;
        the star marks the best epoch.

    Raises:
        DataError: if `history` is empty.
    """
    if not history:
        msg = "Argument `history` must contain at least one epoch. Received: none. Train the network first."
        raise DataError(msg)
    epochs = [int(record["epoch"]) for record in history]
    valid = [float(record["valid_loss"]) for record in history]
    best = epochs[int(np.nanargmin(valid))] if best_epoch is None else best_epoch
    heads = list(history[0].get("head_losses", {}))
    names = ["", *heads] if len(heads) > 1 else [""]
    figure = Figure(figsize=(6.6 * len(names) if len(names) > 1 else 8, 5.6), layout="constrained")
    for axes, head in zip(np.atleast_1d(figure.subplots(1, len(names))), names, strict=True):
        _panel(axes, history, head, best)
        tag(axes, f"head {plain(head, 24)}" if head else "sum of heads" if len(names) > 1 else "")
    return figure


def _panel(axes: Axes, history: Sequence[Mapping[str, Any]], head: str, best: int) -> None:
    epochs = np.array([record["epoch"] for record in history])
    train, valid = _losses(history, head)
    marker = "o" if len(epochs) <= 30 else ""
    axes.plot(epochs, train, color=COLOURS[0], marker=marker, markersize=4, label="train")
    axes.plot(epochs, valid, color=COLOURS[1], marker=marker, markersize=4, ls="--", label="valid")
    for epoch in _lowered(history):
        axes.axvline(epoch - 0.5, color=GREY, lw=1, ls=":", zorder=0)
    if _lowered(history):
        axes.plot([], [], color=GREY, lw=1, ls=":", label="learning rate lowered")
    if best in epochs:
        label = f"best epoch, {best}: {valid[epochs == best][0]:.4g}"
        axes.plot(best, valid[epochs == best][0], "*", color="black", ms=15, ls="", label=label, zorder=5)
    finish_losses(axes, [train, valid])
    axes.legend(loc="upper right")


def _losses(history: Sequence[Mapping[str, Any]], head: str) -> tuple[np.ndarray, np.ndarray]:
    if not head:
        return np.array([r["loss"] for r in history]), np.array([r["valid_loss"] for r in history])
    train = np.array([r["head_losses"][head] for r in history])
    return train, np.array([r["valid_head_losses"][head] for r in history])


def _lowered(history: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the epochs with a lower learning rate than the previous one; none where the rate falls steadily."""
    rates = [float(record["learning_rate"]) for record in history]
    pairs = zip(history[1:], rates, rates[1:], strict=False)
    lowered = [int(record["epoch"]) for record, before, after in pairs if after < before]
    return lowered if 3 * len(lowered) <= len(history) else []
