"""A few targets of a regression that are so far from all others that the squared error knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Array, Case
from netwright.doctor.quantities.labels import describe_labels
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["OUTLYING_TARGETS"]

_MIN_ROWS = 20
_FAR = 30.0  # deviations of the others, by the median of the distances from the median
_NORMAL = 1.4826  # deviations of a normal distribution in that median
_FEW = 0.05  # of the rows
_MOST = 0.9  # of the variance
_NAMED = 3  # rows


def _examine(case: Case) -> Iterator[Finding]:
    rows, outputs = case.rows, case.vitals[-1].outputs if case.vitals else None
    if rows is None or rows.target is None or outputs is None or outputs.shape != rows.target.shape:
        return
    labels = describe_labels(rows.target, rows.target.shape[1])
    squared = case.objective.loss == "mean_squared_error" and case.plan.finished
    if labels is None or labels.encoding != "numbers" or not squared or not np.isfinite(outputs).all():
        return
    for target, output in zip(rows.target.T.astype(np.float64), outputs.T.astype(np.float64), strict=True):
        far = _outlying(target)
        others = target[~far]
        if not far.any() or ((output[~far] - others) ** 2).mean() < others.var():
            continue
        farthest = sorted(target[far], key=lambda value: -abs(value - np.median(others)))
        named = ", ".join([f"{value:.4g}" for value in farthest[:_NAMED]] + ["..."] * (len(farthest) > _NAMED))
        yield Finding(
            "label noise",
            "WARN",
            f"{len(farthest)} of {len(far)} targets ({named}) are far from the others, which go from "
            f"{others.min():.4g} to {others.max():.4g}, and make nearly all of the squared error. For the others the "
            "network does worse than their mean.",
            threshold=OUTLYING_TARGETS.threshold,
            cause="A few targets are far from all others.",
            remedy="Look at these rows, and correct or leave out what is wrong. If all is right, divide targets by "
            'the deviation of the others and use the loss "huber", or take the logarithm of the targets.',
            see="docs/doctor.md",
            confidence=0.85,
        )
        return


def _outlying(target: Array) -> Array:
    """Return which targets are far from the others: a few that make most of the variance; none otherwise."""
    distance = np.abs(target - np.median(target))
    deviation = _NORMAL * float(np.median(distance))
    far = distance > _FAR * deviation
    few = len(target) >= _MIN_ROWS and deviation > 0 and 0 < far.sum() <= _FEW * len(target)
    if not few or target[~far].var() * (~far).mean() > (1 - _MOST) * target.var():
        return np.zeros(len(target), bool)
    return np.asarray(far)


OUTLYING_TARGETS = Symptom(
    name="label noise",
    needs=("rows", "vitals"),
    threshold="No target is 30 deviations of the others away from their median; or these are more than 5% of the rows, "
    "make less than 90% of the variance, or the network does better for the others than their mean.",
    silent="Losses other than the mean squared error; fewer than 20 rows.",
    examine=_examine,
    explains=(
        *("targets not scaled", "too few epochs", "underfitting", "learning rate too high", "learning rate too low"),
        *("noisy gradients", "overtraining", "constant output"),
    ),
    stays="NOTE",
)
