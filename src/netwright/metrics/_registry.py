"""All metrics: one line each, in the order in which they are shown, and those of other packages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from netwright import plugins
from netwright.metrics._accuracy import ACCURACY
from netwright.metrics._auc import AUC
from netwright.metrics._calibration import CALIBRATION_ERROR, CALIBRATION_ERROR_OF_EACH
from netwright.metrics._confusion import CONFUSION
from netwright.metrics._heads import BinaryHead, MulticlassHead, QuantileHead
from netwright.metrics._intervals import COVERAGE, WIDTH
from netwright.metrics._measured import Measured
from netwright.metrics._metric import Metric
from netwright.metrics._one_against import (
    AUC_AGAINST_EACH,
    AUC_AGAINST_REST,
    MEAN_AUC_AGAINST_EACH,
    MEAN_AUC_AGAINST_REST,
)
from netwright.metrics._regression import BIAS, RELATIVE_RESOLUTION, RESOLUTION
from netwright.metrics._rejection import REJECTION, REJECTION_OF_EACH
from netwright.metrics._sculpting import SCULPTING

__all__ = ["GROUP", "METRICS", "described", "measure_rows", "metric_named", "metrics_of"]

GROUP = "netwright.metrics"
"""Entry points of this group name a `Metric` each, and have its name."""

METRICS: tuple[Metric[Any], ...] = (
    AUC,
    ACCURACY,
    CALIBRATION_ERROR,
    REJECTION,
    SCULPTING,
    MEAN_AUC_AGAINST_REST,
    MEAN_AUC_AGAINST_EACH,
    AUC_AGAINST_REST,
    AUC_AGAINST_EACH,
    REJECTION_OF_EACH,
    CALIBRATION_ERROR_OF_EACH,
    CONFUSION,
    BIAS,
    RESOLUTION,
    RELATIVE_RESOLUTION,
    COVERAGE,
    WIDTH,
)


def metrics_of(rows: type[Any]) -> tuple[Metric[Any], ...]:
    """Return the metrics of one kind of rows, in the order in which they are shown; each has its unit.

    Args:
        rows: `BinaryHead`, `MulticlassHead`, `RegressionHead`, or another that a `Metric` names.

    Returns:
        Those that are built in, and then those of other packages.

    Raises:
        PluginError: a metric of another package cannot be loaded, or its name is taken.

    Source: definition.

    Example:
        >>> from netwright.metrics import RegressionHead
        >>> [metric.name for metric in metrics_of(RegressionHead)]
        ['bias', 'resolution', 'relative_resolution']
    """
    added = plugins.load(GROUP, Metric, {metric.name for metric in METRICS}, fault=_fault)
    return tuple(metric for metric in (*METRICS, *added.values()) if issubclass(rows, metric.of))


def measure_rows(rows: object) -> dict[str, Measured]:
    """Measure all metrics of rows.

    Args:
        rows: of a head, with what metrics need of them.

    Returns:
        Numbers with their uncertainties, by full name; each metric says its unit.

    Source: definition.
    """
    return {name: number for metric in metrics_of(type(rows)) for name, number in metric.numbers(rows).items()}


def metric_named(name: str, rows: type[Any]) -> Metric[Any] | None:
    """Find the metric that a number is of, and with it the number's unit.

    Args:
        name: of the number, as in ``evaluation.json``.
        rows: of what kind the head's rows are.

    Returns:
        The metric; None where none has such a name.

    Source: definition.

    Example:
        >>> metric_named("background_rejection_0.3", BinaryHead).name
        'background_rejection_{efficiency}'
    """
    return next((metric for metric in metrics_of(rows) if metric.label_of(name) is not None), None)


def described(name: str, among: Iterable[str]) -> tuple[Metric[Any], str] | None:
    """Find the metric that a number is of, and what to call it.

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
    rows: type[Any] = BinaryHead
    if BIAS.name in names:
        rows = QuantileHead  # its metrics are those of a regression and more
    elif MEAN_AUC_AGAINST_EACH.name in names:
        rows = MulticlassHead
    metric = metric_named(name, rows)
    label = None if metric is None else metric.label_of(name)
    return None if metric is None or label is None else (metric, label)


def _fault(name: str, metric: Metric[Any]) -> str:
    """Say why what a package adds cannot be used; empty where it can."""
    return "" if metric.name == name else f"it calls itself {metric.name}, and its entry point must have the same name"
