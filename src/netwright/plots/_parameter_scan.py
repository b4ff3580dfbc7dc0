"""What a parameter does to the result: limit, significance, AUC and loss against it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.plots._brazil_band import brazil_band
from netwright.plots._parameter_axis import is_logarithmic
from netwright.plots._style import COLOURS, GREY, plain, styled, tag
from netwright.statistics import ScoreWorth

__all__ = ["parameter_scan"]

_PANELS = {
    "limit": "upper limit on μ", "discovery": "significance [σ]", "roc_auc": "AUC", "loss": "validation loss",
}  # fmt: skip


def parameter_scan(
    values: Sequence[float],
    worths: Sequence[ScoreWorth | None],
    losses: Sequence[Sequence[float]],
    *,
    parameter: str,
    default: float,
    best: float,
) -> dict[str, Figure]:
    """Draw the limit with its bands, and four panels of what each value is worth.

    Args:
        values: of the parameter, ascending, shape (k,), in its unit.
        worths: of the score at each value, on validation rows; None where there is no result, which leaves a gap.
        losses: of the members at each value, dimensionless.
        parameter: its name.
        default: the value of the experiment.
        best: the value that was chosen.

    Returns:
        ``scan-limit``: the expected limit with the bands of background-only experiments; ``scan-panels``: points of the
        ensemble, with a band of one standard deviation over members (folds and seeds).
    """
    x = np.asarray(values, np.float64)
    logarithmic = is_logarithmic(values)
    level = next(worth.limit.level for worth in worths if worth is not None)
    bands = [[np.nan] * 5 if worth is None else worth.limit.limits for worth in worths]
    limits = brazil_band(
        x, bands, name=parameter, what=f"upper limit on μ, {100 * level:.4g}% CL", marked=default,
        scale="log" if logarithmic else "linear", remark="validation rows",
    )  # fmt: skip
    combined = {
        name: np.array([np.nan if worth is None else worth.together[name] for worth in worths])
        for name in ("limit", "discovery", "roc_auc")
    }
    members = {
        name: np.array([_of_members(name, worth, len(losses[0])) for worth in worths], np.float64) for name in combined
    }
    members["loss"] = np.array([list(of_members) for of_members in losses], np.float64)
    combined["loss"] = np.array([np.nanmean(row) if np.isfinite(row).any() else np.nan for row in members["loss"]])
    panels = _panels(x, combined, members, parameter, (default, best), logarithmic=logarithmic)
    return {"scan-limit": limits, "scan-panels": panels}


def _of_members(name: str, worth: ScoreWorth | None, members: int) -> list[float]:
    """Return a figure of merit of each member; NaN where there is no result."""
    return [np.nan] * members if worth is None else [member[name] for member in worth.members]


@styled
def _panels(
    x: NDArray[np.float64],
    combined: dict[str, NDArray[np.float64]],
    members: dict[str, NDArray[np.float64]],
    parameter: str,
    marked: tuple[float, float],
    *,
    logarithmic: bool,
) -> Figure:
    figure = Figure(figsize=(11, 8), layout="constrained")
    for axes, (name, label) in zip(figure.subplots(2, 2, sharex=True).flat, _PANELS.items(), strict=True):
        middle, by_member = combined[name], members[name]
        several = np.isfinite(by_member).sum(axis=1) > 1
        if several.any():
            sigma = np.where(several, np.nanstd(np.where(several[:, None], by_member, 0.0), axis=1, ddof=1), 0.0)
            axes.fill_between(x, middle - sigma, middle + sigma, color=COLOURS[0], alpha=0.3, lw=0)
        axes.plot(x, middle, "o-", color=COLOURS[0], ms=5, lw=1.6)
        axes.axvline(marked[0], color=GREY, ls=":", lw=1.4, label=f"default {marked[0]:.3g}")
        axes.axvline(marked[1], color=COLOURS[1], ls="--", lw=1.4, label=f"best {marked[1]:.3g}")
        axes.set_ylabel(label)
        if logarithmic:
            axes.set_xscale("log")
        axes.margins(y=0.15)
    for axes in figure.axes[2:]:
        axes.set_xlabel(plain(parameter, 44), fontsize=14)
    figure.axes[0].legend(fontsize=12, frameon=True, framealpha=0.85, edgecolor="none")
    tag(figure.axes[0])
    figure.axes[1].set_title("validation rows", loc="right", fontsize=13)
    return figure
