"""What the best epoch is chosen by: the validation loss, a metric of one head, or the result, on validation rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from netwright.config import ResultSection
from netwright.errors import ExperimentError
from netwright.statistics import SelectedResult
from netwright.tasks import task_of
from netwright.training.compiled.objective import HeadObjective
from netwright.training.result_monitor import ResultMonitor

__all__ = ["Monitor", "make_monitor"]

Array = npt.NDArray[np.generic]

_RESULTS: dict[str, SelectedResult] = {name: name for name in get_args(SelectedResult)}


@dataclass(frozen=True)
class Monitor:
    """A metric of a head, which early stopping watches.

    Attributes:
        head: name of the head.
        metric: name of the metric, as in ``evaluation.json``.
    """

    head: str
    metric: str

    def cost(self, objective: HeadObjective, value: float) -> float:
        """Return the metric with the sign that makes lower better.

        An infinite background rejection (no background is left) is better than any finite one; a value that is not
        a number is never better.

        Args:
            objective: of the head.
            value: of the metric.

        Returns:
            The cost, in the metric's unit.
        """
        metric = task_of(objective.target).metric_named(self.metric)
        return float("nan") if metric is None else metric.cost(value)

    def measure(self, objective: HeadObjective, outputs: Array, values: Array, weights: Array) -> float:
        """Measure a head on rows, without uncertainty.

        Args:
            objective: of the head.
            outputs: raw outputs, shape (rows, outputs), dimensionless.
            values: positions of classes, or values in their unit, shape (rows,).
            weights: event weights, shape (rows,), dimensionless; rows of weight 0 do not count.

        Returns:
            The metric, in its unit; of a bias the absolute value. NaN where the rows do not give it.
        """
        task, counts = task_of(objective.target), weights != 0
        z = outputs[counts].astype(np.float64)
        rows = task.raw_rows(
            objective.target,
            values[counts],
            z[:, 0] if z.shape[1] == 1 else z,
            weights[counts].astype(np.float64),
            objective.truth,
        )
        metric = task.metric_named(self.metric)
        if metric is None:
            return float("nan")
        return metric.distance(metric.plain_numbers(rows).get(self.metric, float("nan")))


def make_monitor(
    select: str, result: ResultSection | None = None, objective: Mapping[str, HeadObjective] | None = None
) -> Monitor | ResultMonitor | None:
    """Say by what the best epoch is chosen.

    Args:
        select: ``loss``, HEAD.METRIC, ``significance`` or ``limit``.
        result: the section of an experiment that the last two are about.
        objective: loss of each head; the result is that of the head which it names, or of the first with classes.

    Returns:
        What is watched; None for the validation loss.

    Raises:
        ExperimentError: a significance or limit is wanted, and there is no section for it.
    """
    if select in _RESULTS:
        if result is None:
            msg = f"training.select: {select} needs the section result, which is missing. Add its processes."
            raise ExperimentError(msg)
        heads = [name for name, head_objective in (objective or {}).items() if head_objective.target.labels]
        return ResultMonitor(result.head or heads[0], _RESULTS[select], result)
    head, _, metric = select.partition(".")
    return Monitor(head, metric) if metric else None
