"""The reliability of predicted probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from netwright.errors import DataError
from netwright.metrics import reliability
from netwright.plots._discriminant import ScoredRows
from netwright.plots._style import COLOURS, GREY, has_room, legend, plain, styled, tag

__all__ = ["calibration"]

MARKERS = "osD^v<>Pp*"


@styled
def calibration(classes: Mapping[str, ScoredRows]) -> Figure:
    """Draw the observed share of a class against its predicted probability, and the difference below.

    Args:
        classes: for each class with a probability, its name, that probability as scores, and label 1 for the rows of
            the class as label 1.

    Returns:
        The figure; the legend gives the expected calibration error, and in brackets the value expected by chance.

    Raises:
        DataError: if there is no class, lengths disagree, a value is not finite, a label is not 0 or 1, or a score is
            not in [0, 1].
    """
    if not classes:
        msg = "Argument `classes` must contain at least one class. Received: none. Give a name and rows with scores."
        raise DataError(msg)
    figure = Figure(figsize=(8, 8.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    upper.plot([0, 1], [0, 1], ":", color=GREY, lw=1.2)
    lower.axhline(0, color=GREY, lw=1.2, ls=":")
    furthest = 0.02
    for index, (name, rows) in enumerate(classes.items()):
        curve = reliability(rows.labels, rows.scores, rows.weights)
        label = f"{plain(name, 20)}: error {curve.error} (by chance {curve.by_chance:.1g})"
        style: dict[str, Any] = {
            "color": COLOURS[(index + (len(classes) == 1)) % len(COLOURS)],
            "fmt": MARKERS[index % len(MARKERS)],
        }
        style |= {"ms": 6, "lw": 1.4, "ls": "-", "alpha": 0.9}
        upper.errorbar(curve.predicted, curve.observed, curve.uncertainty, label=label, **style)
        difference = curve.observed - curve.predicted
        lower.errorbar(curve.predicted, difference, curve.uncertainty, **style)
        precise = np.isfinite(difference) & (curve.uncertainty < 0.2)
        if precise.any():
            furthest = max(furthest, float((np.abs(difference) + curve.uncertainty)[precise].max()))
    upper.set(xlim=(0, 1), ylim=(0, 1.02 + 0.09 * (len(classes) if has_room(len(classes)) else 1)))
    upper.set_yticks(np.linspace(0, 1, 6))
    upper.set_ylabel("observed share")
    legend(upper, len(classes), loc="upper left", fontsize=13)
    lower.set_ylim(-1.15 * furthest, 1.15 * furthest)
    lower.set_ylabel("observed − predicted", loc="center", fontsize=13)
    lower.set_xlabel("predicted probability")
    rows = next(iter(classes.values()))
    tag(upper, f"{len(np.asarray(rows.labels)):,} rows")
    return figure
