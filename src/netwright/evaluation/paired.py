"""Two sets of scores of the same rows, compared: which is better, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.errors import DataError
from netwright.metrics import Measured
from netwright.tasks import task_of

__all__ = ["Comparison", "compare_scores"]

Scored = npt.NDArray[np.floating[Any]]

_REPLICAS = 100  # know an uncertainty to 7%
_SURE = 2.0  # standard deviations
_ROUNDING = 1e-12  # of the values: sums over rows in another order differ by less


@dataclass(frozen=True)
class Comparison:
    """One metric of two sets of scores.

    Attributes:
        metric: its name, as in ``evaluation.json``.
        one: value of the first scores, in the metric's unit.
        other: value of the second scores.
        gain: by how much the first are better, with the uncertainty of the paired difference.
    """

    metric: str
    one: float
    other: float
    gain: Measured

    @property
    def better(self) -> Literal["one", "other", "neither"]:
        """Which is better; neither where the gain is within two of its uncertainties."""
        if not abs(self.gain.value) > _SURE * self.gain.uncertainty:
            return "neither"
        return "one" if self.gain.value > 0 else "other"


def compare_scores(
    target: Target,
    truth: npt.NDArray[Any],
    one: Scored,
    other: Scored,
    weights: npt.NDArray[np.float64],
    *,
    name: str | None = None,
    seed: int = 0,
) -> Comparison | None:
    """Compare two sets of scores of the same rows by a metric of their task.

    Both are measured on the same 100 replicas of the rows, in each of which every row counts k ~ Poisson(1) times; the
    uncertainty is the standard deviation of the difference over the replicas. What makes both better or worse cancels.
    What is only rounding counts as 0.

    Args:
        target: what the head predicts.
        truth: of rows that count for the head, shape (rows,).
        one: shape (rows,) or (rows, classes): probabilities, or values in the target's unit.
        other: the same of another model.
        weights: event weights, shape (rows,).
        name: of the metric, as in ``evaluation.json``; if not given, the first headline.
        seed: of the replicas.

    Returns:
        The comparison; None where the rows give no value of the metric.

    Source: B. Efron, Ann. Statist. 7 (1979) 1 (the bootstrap), with Poisson counts.
    """
    task = task_of(target)
    name = name or task.headlines[0]
    metric = task.metric_named(name)
    if metric is None:
        return None

    def costs(counts: npt.NDArray[np.float64]) -> tuple[float, float]:
        drawn = counts > 0
        costs_of_both = []
        for scores in (one, other):
            try:
                rows = task.rows(target, truth[drawn], scores[drawn], (weights * counts)[drawn])
                value = metric.plain_numbers(rows).get(name, math.nan)
            except DataError:  # a class has no row, or no positive sum of weights, in this replica
                return math.nan, math.nan
            costs_of_both.append(metric.cost(value))
        return costs_of_both[0], costs_of_both[1]

    values = np.array(costs(np.ones(len(truth))))
    if not np.isfinite(values).all():
        return None
    random = np.random.default_rng(seed)
    replicas = np.array([costs(random.poisson(1.0, len(truth)).astype(np.float64)) for _ in range(_REPLICAS)])
    determined = not np.isinf(replicas).any()  # a rejection without any background left in some replicas is not
    uncertainty = float(np.nanstd(replicas[:, 1] - replicas[:, 0], ddof=1)) if determined else math.inf
    rounding = _ROUNDING * np.abs(values).max()
    gain = Measured(*(0.0 if abs(x) <= rounding else float(x) for x in (values[1] - values[0], uncertainty)))
    sign = -1.0 if metric.better == "larger" else 1.0
    return Comparison(name, float(sign * values[0]), float(sign * values[1]), gain)
