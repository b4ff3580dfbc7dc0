"""The best epoch by the result: expected significance or upper limit, from the scores of validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.config import ResultSection
from netwright.statistics import ProcessEvents, ScoredEvents, SelectedResult, expected_weights, selection_result
from netwright.tasks import task_of
from netwright.training.compiled.objective import HeadObjective

__all__ = ["ResultMonitor"]

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class ResultMonitor:
    """The result of a head's score, by which the best epoch is chosen.

    Attributes:
        head: name of the head.
        result: which result.
        section: what is expected in recorded collisions.
    """

    head: str
    result: SelectedResult
    section: ResultSection

    def cost(self, objective: HeadObjective, value: float) -> float:
        """Return the result with the sign that makes lower better.

        Args:
            objective: of the head.
            value: the result, dimensionless.

        Returns:
            The cost, dimensionless; what is not a number is never better.
        """
        del objective  # every kind of head has the same results
        return value if self.result == "limit" else -value

    def measure(self, objective: HeadObjective, outputs: Array, values: Array, weights: Array) -> float:
        """Compute the result on rows.

        Factors of classes do not matter, as the expected number of events of each class takes them out.

        Args:
            objective: of the head.
            outputs: raw outputs, shape (rows, outputs), dimensionless.
            values: positions of classes, shape (rows,).
            weights: event weights, shape (rows,), dimensionless; rows of weight 0 do not count.

        Returns:
            The result, dimensionless; NaN where no fit converges.

        Raises:
            DataError: a class has no rows with a positive sum of weights, or the background does not fulfil the rules
                of a bin.
        """
        target, counts = objective.target, weights != 0
        scores = _scores(objective, outputs[counts].astype(np.float64))
        classes, row_weights = values[counts], weights[counts].astype(np.float64)
        processes = []
        for class_index, name in enumerate(target.labels):
            in_class = classes == class_index
            expected = expected_weights(
                row_weights[in_class], self.section.expected_events(name), rows=f"{name} in validation rows"
            )
            norms = {
                systematic: (factors[name][0], factors[name][1])
                for systematic, factors in self.section.systematics.items()
                if name in factors
            }
            events = ScoredEvents(scores[in_class], expected)
            processes.append(ProcessEvents(name, events, norms, is_signal=name == target.signal_name))
        return selection_result(processes, self.section, self.result)


def _scores(objective: HeadObjective, raw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return one score a row, shape (rows,): a logit, whose digits no rounding takes, or the signal's discriminant."""
    task = task_of(objective.target)
    if raw.shape[1] == 1 or task.signal_score is None:
        return raw[:, 0]
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    return task.signal_score(objective.target, powers / powers.sum(axis=1, keepdims=True))
