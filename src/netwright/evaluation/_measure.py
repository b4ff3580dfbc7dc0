"""How good a network is, head by head, from its scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data import HeadRows
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
]

Floats = npt.NDArray[np.float64]

Evaluation = dict[str, dict[str, dict[str, dict[str, float | None]]]]
"""Split, head, metric, then ``value``, ``uncertainty`` and, of an ensemble, ``spread``; None where not finite.

Where rows give no value but only a limit, ``lower_limit`` (68.27% confidence) stands beside the two None."""


@dataclass(frozen=True)
class HeadScores:
    """What a head said, what it should have said, and how much each row counts.

    Attributes:
        target: what the head says.
        scores: shape (rows,) or (rows, classes): probabilities, or values in the target's unit.
        truth: what it should say; shape (rows,).
        weights: event weights, shape (rows,).
    """

    target: Target
    scores: npt.NDArray[np.floating[Any]]
    truth: HeadRows
    weights: npt.NDArray[np.float64]

    def counting(self) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.floating[Any]], npt.NDArray[np.float64]]:
        """Return truth, scores and weights of the n rows that the head is about (`where`).

        Returns:
            Three arrays of shape (n,); scores have shape (n, classes) where there are several classes.
        """
        rows = self.truth.counts
        if rows.all():
            return self.truth.truth, self.scores, self.weights  # of many rows a copy is large
        return self.truth.truth[rows], self.scores[rows], self.weights[rows]

    def take(self, rows: npt.NDArray[np.int64]) -> HeadScores:
        """Return some of the rows.

        Args:
            rows: row numbers, shape (n,).

        Returns:
            The same head on these rows.
        """
        return HeadScores(self.target, self.scores[rows], self.truth.take(rows), self.weights[rows])


def measure(head: HeadScores) -> dict[str, Measured]:
    """Measure how good a head is, by the metrics of its kind.

    Args:
        head: its scores and the truth.

    Returns:
        By metric, a value with its uncertainty: AUC, accuracy, calibration and background rejection for two classes;
        for several accuracy, AUCs of each class against the rest and against each other, rejections of each
        background, calibration and confusion; bias and resolution in the target's unit for a regression.
    """
    return task_of(head.target).measure(head.target, *head.counting())


def measure_members(head: str, target: Target, scores: Scores, truth: HeadRows, weights: Floats) -> dict[str, Measured]:
    """Measure how good a head of an ensemble is, and how far its members are apart in that.

    Args:
        head: its name.
        target: what it says.
        scores: of the ensemble, and of its members on the rows that each may score.
        truth: what the head should say.
        weights: event weights, shape (rows,), dimensionless.

    Returns:
        As `measure`; with two members or more, each number with the standard deviation over them.
    """
    together = measure(HeadScores(target, scores.heads[head], truth, weights))
    if scores.member_mask.shape[1] == 1:
        return together
    alone = []
    for member, evaluated in enumerate(scores.member_mask.T):
        said = scores.members[head][:, member]
        of_member = HeadScores(target, said[:, 0] if said.shape[1] == 1 else said, truth, weights)
        alone.append(measure(of_member.take(np.flatnonzero(evaluated))))
    return {
        metric: replace(number, spread=_spread([one[metric].value for one in alone if metric in one]))
        for metric, number in together.items()
    }


def _spread(values: list[float]) -> float:
    """Return the standard deviation; infinite where a value is, as a rejection of all background."""
    return float(np.std(values, ddof=1)) if len(values) > 1 and np.isfinite(values).all() else math.inf


def evaluation_of(measured: Mapping[str, Mapping[str, Mapping[str, Measured]]]) -> Evaluation:
    """Turn what was measured into what JSON can hold.

    Args:
        measured: split, head and metric.

    Returns:
        The same as plain numbers; None where one is not finite.
    """
    return {
        split: {
            head: {
                metric: {
                    key: None if number_of is None or not math.isfinite(number_of) else float(number_of)
                    for key, number_of in asdict(number).items()
                    if number_of is not None or key in {"value", "uncertainty"}
                }
                for metric, number in metrics.items()
            }
            for head, metrics in heads.items()
        }
        for split, heads in measured.items()
    }


def as_measured(evaluation: Evaluation) -> dict[str, dict[str, dict[str, Measured]]]:
    """Turn what was read back into numbers with uncertainties; what JSON cannot hold was infinite.

    Only values of metrics other than a rejection were then no number at all (a class had no rows).

    Args:
        evaluation: from `read_evaluation`.

    Returns:
        Split, head and metric.
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
    """Return what JSON could not hold: a rejection without background and an unknown uncertainty are infinite."""
    return math.nan if key == "value" and not metric.startswith("background_rejection") else math.inf
