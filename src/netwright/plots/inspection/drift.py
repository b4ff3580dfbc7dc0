"""How well a classifier tells parts of the data from the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from netwright.inspection import Drift
from netwright.plots._style import COLOURS, GREY, plain, styled, tag

__all__ = ["inspected_drift"]

PANELS = 2
TITLES = {"files": "files", "split": "parts of the split"}


@styled
def inspected_drift(drift: Mapping[str, Sequence[Drift]]) -> Figure:
    """Draw the AUC of each part against the rest, with its uncertainty.

    Args:
        drift: by partition, at least one of which has parts.

    Returns:
        The figure, with a panel for each partition.
    """
    shown = {name: drifts for name, drifts in drift.items() if drifts}
    most = max(len(drifts) for drifts in shown.values())
    figure = Figure(figsize=(15.6, 1.9 + 0.36 * most), layout="constrained")
    panels = figure.subplots(1, PANELS)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    for axes, (name, drifts) in zip(panels, shown.items(), strict=False):
        positions = np.arange(len(drifts))[::-1]
        values = np.array([part_drift.auc.value for part_drift in drifts])
        errors = np.array([part_drift.auc.uncertainty for part_drift in drifts])
        axes.axvline(0.5, color=GREY, lw=1.2, ls="--")
        axes.errorbar(values, positions, xerr=errors, fmt="o", color=COLOURS[0], capsize=3)
        axes.set_yticks(positions, [plain(part_drift.part, 30) for part_drift in drifts], fontsize=12)
        axes.set_ylim(-0.6, len(drifts) - 0.4)
        axes.set_xlim(min(0.46, *(values - 1.5 * errors)), max(0.54, *(values + 1.5 * errors)))
        axes.set_xlabel("AUC against the rest, ± 1 σ", fontsize=14)
        axes.tick_params(axis="y", which="both", length=0)
        axes.tick_params(axis="x", labelsize=12)
        axes.minorticks_off()
        tag(axes, TITLES.get(name, name))
    return figure
