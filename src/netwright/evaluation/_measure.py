"""The quality of a network, head by head, measured from its scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data import HeadRows
from netwright.errors import DataError
from netwright.evaluation.scores import Scores
from netwright.metrics import Measured
from netwright.tasks import task_of

__all__ = [
    "Evaluation",
    "HeadScores",
    "as_measured",
    "evaluation_of",
    "measure",
    "measure_members",
    "measured_content",
]

Floats = npt.NDArray[np.float64]

_ROUNDING = 1e-12  # relative

Evaluation = dict[str, dict[str, dict[str, dict[str, float | None]]]]
"""By split, head and metric: ``value``, ``uncertainty`` and, for an ensemble, ``spread``; None where not finite.

Where the rows give only a limit, these are None, and ``lower_limit`` (68.27% confidence) is given instead."""


@dataclass(frozen=True)
class HeadScores:
    """The scores of a head, the true values, and the weight of each row.

    Attributes:
        target: what the head predicts.
        scores: shape (rows,) or (rows, classes): probabilities, or values in the target's unit.
        truth: the true values; shape (rows,).
        weights: event weights, shape (rows,).
    """

    target: Target
    scores: npt.NDArray[np.floating[Any]]
    truth: HeadRows
    weights: npt.NDArray[np.float64]

    def counting(self) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.floating[Any]], npt.NDArray[np.float64]]:
        """Return truth, scores and weights of the n rows that count for the head (`where`).

        Returns:
            Three arrays of shape (n,); scores have shape (n, classes) where there are several classes.
        """
        rows = self.truth.counts
        if rows.all():
            return self.truth.truth, self.scores, self.weights  # a copy of many rows would be large
        return self.truth.truth[rows], self.scores[rows], self.weights[rows]

    def take(self, rows: npt.NDArray[np.int64]) -> HeadScores:
        """Select some of the rows.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            The same head on these rows.
        """
        return HeadScores(self.target, self.scores[rows], self.truth.take(rows), self.weights[rows])


def measure(head: HeadScores) -> dict[str, Measured]:
    """Measure the quality of a head with the metrics for its kind of target.

    Args:
        head: its scores and the truth.

    Returns:
        A value with its uncertainty for each metric. For two classes: AUC, accuracy, calibration and background
        rejection. For several classes: accuracy, AUC of each class against the rest and against each other class,
        rejection of each background, calibration and confusion. For a regression: bias and resolution in the target's
        unit.
    """
    protected = head.truth.protected
    of_rows = None if protected is None else protected[head.truth.counts]
    return task_of(head.target).measure(head.target, *head.counting(), protected=of_rows)


def measure_members(head: str, target: Target, scores: Scores, truth: HeadRows, weights: Floats) -> dict[str, Measured]:
    """Measure the quality of a head of an ensemble, and how much it varies between the members.

    Args:
        head: its name.
        target: what it predicts.
        scores: those of the ensemble, and those of its members on the rows that each may score.
        truth: the true values for the head.
        weights: event weights, shape (rows,), dimensionless.

    Returns:
        The metrics of `measure`; with two or more members, each also has the standard deviation over those members
        whose rows give a value.
    """
    combined = measure(HeadScores(target, scores.heads[head], truth, weights))
    if scores.member_mask.shape[1] == 1:
        return combined
    by_member = []
    for member, is_scored in enumerate(scores.member_mask.T):
        outputs = scores.members[head][:, member]
        member_scores = HeadScores(target, outputs[:, 0] if outputs.shape[1] == 1 else outputs, truth, weights)
        with suppress(DataError):  # its rows may lack a class, which says nothing of the others
            by_member.append(measure(member_scores.take(np.flatnonzero(is_scored))))
    return {
        metric: replace(
            number, spread=_spread([measured[metric].value for measured in by_member if metric in measured])
        )
        for metric, number in combined.items()
    }


def _spread(values: list[float]) -> float:
    """Return the standard deviation; infinite if any value is, such as the rejection when no background is left.

    Example:
        >>> _spread([1.0, 2.0, 3.0]), _spread([2.9454932062767893, 2.94549320627679])  # the same but for rounding
        (1.0, 0.0)
    """
    if len(values) < 2 or not np.isfinite(values).all():
        return math.inf
    deviation = float(np.std(values, ddof=1))
    return deviation if deviation > _ROUNDING * float(np.abs(values).max()) else 0.0


def evaluation_of(measured: Mapping[str, Mapping[str, Mapping[str, Measured]]]) -> Evaluation:
    """Convert measured values to plain numbers that JSON can hold.

    Args:
        measured: values by split, head and metric.

    Returns:
        The same values as plain numbers; None where a number is not finite.
    """
    return {
        split: {
            head: {metric: measured_content(number) for metric, number in metrics.items()}
            for head, metrics in heads.items()
        }
        for split, heads in measured.items()
    }


def measured_content(measured: Measured) -> dict[str, float | None]:
    """Convert a measured value to plain numbers that JSON can hold.

    Args:
        measured: with its uncertainty.

    Returns:
        ``value``, ``uncertainty`` and, where there are these, ``spread`` and ``lower_limit``, in its unit; None where
        not finite.

    Example:
        >>> measured_content(Measured(0.9, float("inf")))
        {'value': 0.9, 'uncertainty': None}
    """
    return {
        key: float(number) if math.isfinite(number) else None
        for key, number in asdict(measured).items()
        if number is not None
    }


def as_measured(evaluation: Evaluation) -> dict[str, dict[str, dict[str, Measured]]]:
    """Convert an evaluation that was read back to values with uncertainties; what JSON could not hold was infinite.

    The exception is the value of a metric other than a rejection, which was NaN (a class had no rows).

    Args:
        evaluation: as returned by `read_evaluation`.

    Returns:
        Values by split, head and metric.
    """
    return {
        split: {
            head: {
                metric: Measured(
                    **{key: _absent(metric, key) if value is None else value for key, value in number.items()}
                )
                for metric, number in metrics.items()
            }
            for head, metrics in heads.items()
        }
        for split, heads in evaluation.items()
    }


def _absent(metric: str, key: str) -> float:
    """Return the number that JSON could not hold: infinity for rejections and unknown uncertainties, otherwise NaN."""
    return math.nan if key == "value" and not metric.startswith("background_rejection") else math.inf
