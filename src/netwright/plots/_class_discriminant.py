"""The discriminant of a signal against several backgrounds, for training and test rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.metrics import weight_sum
from netwright.plots._discriminant import draw_class, draw_pull, finish
from netwright.plots._histograms import bin_count, central_range, fill_histogram
from netwright.plots._style import COLOURS, plain, styled, tag

__all__ = ["ClassedScores", "class_discriminant"]

MAX_FILLED = 3  # more overlapping areas are unreadable


@dataclass(frozen=True, eq=False)
class ClassedScores:
    """The scores of rows of several classes.

    Attributes:
        classes: index of the true class, shape (n,).
        scores: the discriminant, shape (n,), dimensionless.
        weights: one weight per row, shape (n,), dimensionless, may be negative.
    """

    classes: NDArray[np.int64]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]


@styled
def class_discriminant(
    train: ClassedScores, test: ClassedScores, *, class_names: Mapping[int, str], name: str
) -> Figure:
    """Draw the normalised discriminant of each class: training rows as steps, test rows as points, pulls below.

    Args:
        train: rows that the network was trained on.
        test: rows not used in training.
        class_names: name of each class index.
        name: name of the score.

    Returns:
        The figure; it shows the central 99% of the scores. A class without rows is left out.

    Raises:
        DataError: if one of the two parts has no rows.
    """
    if not (len(train.scores) and len(test.scores)):
        msg = "Arguments `train` and `test` must contain rows. Received: none. Check the split."
        raise DataError(msg)
    low, high = central_range(np.concatenate([train.scores, test.scores]))
    edges = np.linspace(low, high, bin_count(min(len(train.scores), len(test.scores)) // len(class_names), most=40) + 1)
    figure = Figure(figsize=(8, 7.8), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    for index, class_name in class_names.items():
        rows = [
            (scored.scores[scored.classes == index], scored.weights[scored.classes == index])
            for scored in (train, test)
        ]
        if min(weight_sum(weights) for _, weights in rows) <= 0:
            continue
        train_density, test_density = (fill_histogram(scores, weights, edges).density() for scores, weights in rows)
        colour = COLOURS[index % len(COLOURS)]
        draw_class(
            upper, train_density, test_density, plain(class_name, 14), colour, filled=len(class_names) <= MAX_FILLED
        )
        draw_pull(lower, train_density, test_density, colour)
    finish(upper, lower, plain(name), edges, lines=len(class_names))
    tag(upper, f"{len(train.scores):,} train rows, {len(test.scores):,} test rows")
    return figure
