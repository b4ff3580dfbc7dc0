"""How much each parameter of a search matters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from netwright.plots._style import COLOURS, plain, styled

__all__ = ["search_importance"]


@styled
def search_importance(importance: Mapping[str, tuple[float, float]], *, objective: str) -> Figure:
    """Draw the importance of each parameter as a bar with its uncertainty.

    Args:
        importance: by parameter its share of the variance and the standard deviation of that, dimensionless.
        objective: whose variance it is.

    Returns:
        The figure.
    """
    names = list(importance)[::-1]
    values = np.array([importance[name] for name in names])
    figure = Figure(figsize=(10, 1.2 + 0.6 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.barh(
        np.arange(len(names)), values[:, 0], xerr=values[:, 1], color=COLOURS[0], height=0.6, ecolor="black", capsize=4
    )
    axes.set_yticks(np.arange(len(names)), [plain(name, 44) for name in names], fontsize=13)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.tick_params(axis="y", which="minor", left=False, right=False)
    axes.set_xlim(0, max(1e-3, float((values[:, 0] + values[:, 1]).max()) * 1.08))
    axes.set_xlabel(f"share of the variance of {plain(objective)} explained alone", fontsize=14)
    return figure
