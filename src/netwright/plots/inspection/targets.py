"""Number of rows and sum of weights of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from netwright.inspection import HeadCounts
from netwright.plots._style import COLOURS, panels, plain, styled, tag

__all__ = ["inspected_classes"]

COLUMNS = 3


@styled
def inspected_classes(heads: Sequence[HeadCounts]) -> Figure:
    """Draw rows and sums of weights of the classes of each head.

    Args:
        heads: at least one.

    Returns:
        The figure, with a panel for each head; bars end at Σw with √Σw², and marks stand at the numbers of rows.
    """
    figure, axes_of_heads = panels(len(heads), COLUMNS, (5.2, 4.2))
    for axes, head in zip(axes_of_heads, heads, strict=True):
        positions = np.arange(len(head.classes))
        sums = np.array([counts.weight_sum for counts in head.classes])
        errors = [
            abs(counts.weight_sum) / np.sqrt(counts.effective_rows) if counts.effective_rows else 0
            for counts in head.classes
        ]
        colours = [COLOURS[at % len(COLOURS)] for at in positions]
        axes.bar(
            positions, sums, width=0.7, color=colours, alpha=0.35, edgecolor=colours, lw=1.5, yerr=errors, capsize=3
        )
        rows = [counts.rows for counts in head.classes]
        axes.plot(positions, rows, ls="none", marker="_", ms=20, mew=2, color="black", label="rows")
        axes.set_xticks(
            positions, [plain(counts.name, 16) for counts in head.classes], rotation=0 if len(positions) <= 4 else 60
        )
        axes.set_ylabel("Σw")
        axes.tick_params(labelsize=12)
        axes.set_ylim(min(0.0, 1.1 * float(sums.min())), 1.25 * max(1.0, float(sums.max()), *rows))
        axes.minorticks_off()
        tag(axes, plain(head.head, 24))
    axes_of_heads[0].legend(fontsize=12.5, loc="upper right")
    return figure
