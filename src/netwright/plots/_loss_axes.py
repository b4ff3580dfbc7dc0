"""The axes of loss curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator, NullLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["finish_losses"]


def finish_losses(axes: Axes, losses: npt.ArrayLike) -> None:
    """Label axes of losses against epochs, and choose a logarithmic scale for losses that span a factor of ten.

    Args:
        axes: with the curves.
        losses: all that are drawn, of any shape, dimensionless.
    """
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_minor_locator(NullLocator())
    low, high = np.min(losses), np.max(losses)
    if low > 0 and high > 10 * low:
        axes.set_yscale("log")
