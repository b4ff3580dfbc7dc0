"""All metrics: one line each, by kind of head, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netwright.metrics._accuracy import ACCURACY
from netwright.metrics._auc import AUC
from netwright.metrics._calibration import CALIBRATION_ERROR, CALIBRATION_ERROR_OF_EACH
from netwright.metrics._confusion import CONFUSION
from netwright.metrics._heads import BinaryHead, MulticlassHead, RegressionHead
from netwright.metrics._metric import Metric
from netwright.metrics._one_against import (
    AUC_AGAINST_EACH,
    AUC_AGAINST_REST,
    MEAN_AUC_AGAINST_EACH,
    MEAN_AUC_AGAINST_REST,
)
from netwright.metrics._regression import BIAS, RELATIVE_RESOLUTION, RESOLUTION
from netwright.metrics._rejection import REJECTION, REJECTION_OF_EACH

__all__ = ["BINARY", "MULTICLASS", "REGRESSION", "described"]

BINARY: tuple[Metric[BinaryHead], ...] = (
    AUC,
    ACCURACY,
    CALIBRATION_ERROR,
    REJECTION,
)
MULTICLASS: tuple[Metric[MulticlassHead], ...] = (
    ACCURACY,
    MEAN_AUC_AGAINST_REST,
    MEAN_AUC_AGAINST_EACH,
    AUC_AGAINST_REST,
    AUC_AGAINST_EACH,
    REJECTION_OF_EACH,
    CALIBRATION_ERROR_OF_EACH,
    CONFUSION,
)
REGRESSION: tuple[Metric[RegressionHead], ...] = (
    BIAS,
    RESOLUTION,
    RELATIVE_RESOLUTION,
)


def described(name: str, among: Iterable[str]) -> tuple[Metric[Any], str] | None:
    """Find the metric that a number is of.

    Args:
        name: as in ``evaluation.json``.
        among: the names of all numbers of the head, which say of what kind it is.

    Returns:
        The metric, which knows its unit, and what the number is called; None for a name that no metric has.

    Source: definition.

    Example:
        >>> described("background_rejection_0.3", ["roc_auc", "background_rejection_0.3"])[1]
        '1/ε_B at ε_S = 0.3'
    """
    names = set(among)
    metrics: tuple[Metric[Any], ...] = BINARY
    if BIAS.name in names:
        metrics = REGRESSION
    elif MEAN_AUC_AGAINST_EACH.name in names:
        metrics = MULTICLASS
    for metric in metrics:
        label = metric.label_of(name)
        if label is not None:
            return metric, label
    return None
