"""What early stopping watches: the validation loss, or a metric of one head on validation rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.metrics import accuracy, background_rejection, bias, multiclass_accuracy, resolution, roc_auc
from netwright.training.compiled.objective import HeadObjective

__all__ = ["Monitor", "make_monitor"]

Array = npt.NDArray[np.generic]

_REJECTION = "background_rejection_"
_SMALLER = {"bias", "resolution", "relative_resolution"}


@dataclass(frozen=True)
class Monitor:
    """A metric of a head; roc_auc, accuracy and background rejection shall grow, resolutions and |bias| shrink.

    Attributes:
        head: name of the head.
        metric: name of the metric, as in ``evaluation.json``.
    """

    head: str
    metric: str

    def cost(self, value: float) -> float:
        """Return the metric with the sign that makes lower better.

        An infinite background rejection (no background is left) is better than any finite one; a value that is not
        a number is never better.

        Args:
            value: of the metric.

        Returns:
            The cost, in the metric's unit.
        """
        return value if self.metric in _SMALLER else -value

    def measure(self, objective: HeadObjective, outputs: Array, values: Array, weights: Array) -> float:
        """Measure a head on rows, without uncertainty.

        Args:
            objective: of the head.
            outputs: raw outputs, shape (rows, 1) or (rows, classes), dimensionless.
            values: labels, or targets in their unit, shape (rows,).
            weights: event weights times importance, shape (rows,), dimensionless; rows of weight 0 do not count.

        Returns:
            The metric, in its unit; of a bias the absolute value.
        """
        counts = weights != 0
        truth, w = values[counts], weights[counts].astype(np.float64)
        z = outputs[counts].astype(np.float64)
        if objective.kind == "multiclass":
            likely = np.exp(z - z.max(axis=1, keepdims=True))
            likely /= likely.sum(axis=1, keepdims=True)
            if self.metric == "accuracy":
                return multiclass_accuracy(truth, likely, w)
            return float(np.mean([roc_auc(truth == one, likely[:, one], w) for one in range(likely.shape[1])]))
        if objective.kind == "regression":
            said = z[:, 0] * objective.std + objective.mean
            if self.metric == "bias":
                return abs(bias(truth, said, w))
            raw = truth.astype(np.float64) + objective.offset
            relative = raw if self.metric == "relative_resolution" else np.ones(len(raw))
            said = (said + objective.offset) / relative
            return resolution(raw / relative, said, w) if (relative > 0).all() else float("nan")
        if self.metric == "roc_auc":
            return roc_auc(truth, z[:, 0], w)
        if self.metric == "accuracy":
            return accuracy(truth, z[:, 0], w, threshold=0.0)  # a logit of 0 is a probability of one half
        return background_rejection(truth, z[:, 0], float(self.metric.removeprefix(_REJECTION)), w)


def make_monitor(monitor: str) -> Monitor | None:
    """Say what is watched.

    Args:
        monitor: ``loss``, or HEAD.METRIC.

    Returns:
        The metric to watch; None for the validation loss.
    """
    head, _, metric = monitor.partition(".")
    return Monitor(head, metric) if metric else None
