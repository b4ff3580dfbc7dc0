"""Loss curves of an ensemble's members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from netwright.errors import DataError
from netwright.plots._loss_axes import finish_losses
from netwright.plots._style import COLOURS, styled, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["member_losses"]


@styled
def member_losses(history: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw training and validation loss of every member against the epoch, all in one panel.

    Args:
        history: one record per epoch and member with ``member``, ``epoch``, ``loss``, ``valid_loss`` and ``best``;
            losses are dimensionless.

    Returns:
        The figure: validation losses as lines, training losses dashed and pale, a star at each best epoch.

    Raises:
        DataError: if `history` is empty.
    """
    if not history:
        msg = "Argument `history` must contain at least one epoch. Received: none. Train the network first."
        raise DataError(msg)
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    axes = figure.subplots()
    members = sorted({record["member"] for record in history})
    for member in members:
        _member(axes, [record for record in history if record["member"] == member], member, len(members) <= 10)
    axes.plot([], [], color="black", label="valid")
    axes.plot([], [], color="black", ls="--", alpha=0.5, label="train")
    axes.plot([], [], "*", color="black", ms=12, label="best epoch")
    finish_losses(axes, [[record["loss"], record["valid_loss"]] for record in history])
    axes.legend(loc="upper right", ncols=2)
    tag(axes, f"{len(members)} members")
    return figure


def _member(axes: Axes, history: Sequence[Mapping[str, Any]], member: int, named: bool) -> None:  # noqa: FBT001
    epochs = [record["epoch"] for record in history]
    colour = COLOURS[member % len(COLOURS)]
    axes.plot(epochs, [record["loss"] for record in history], color=colour, ls="--", lw=1, alpha=0.5)
    valid = [record["valid_loss"] for record in history]
    axes.plot(epochs, valid, color=colour, lw=1.5, label=f"member {member}" if named else None)
    best = max((index for index, record in enumerate(history) if record["best"]), default=None)
    if best is not None:
        axes.plot(epochs[best], valid[best], "*", color=colour, ms=12, zorder=5)
