"""Metrics that say nothing about the task."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor.case import Case
from netwright.doctor.quantities.labels import NUMBER_LOSSES, describe_labels
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, Severity

__all__ = ["METRIC"]


_MANY = 10  # classes; more are seldom marked by numbers that a network with one output learns
_OF_NUMBERS = {
    *("mse", "mae", "mape", "msle", "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "root_mean_squared_error", "r2_score"),
}


def _examine(case: Case) -> Iterator[Finding]:
    rows, objective = case.rows, case.objective
    labels = describe_labels(rows.target) if rows is not None and rows.target is not None else None
    if labels is None:
        return
    entropy = "crossentropy" in objective.loss
    if labels.encoding == "numbers" and objective.accuracy and "categorical" not in objective.loss:
        yield _finding(
            "The accuracy of a regression is the share of rows where the output is the target to the last digit.",
            'Use metrics=["mae"].',
            "NOTE" if entropy else "WARN",
        )
    elif (
        labels.encoding == "classes"
        and labels.classes > _MANY
        and objective.accuracy
        and objective.loss in NUMBER_LOSSES
    ):
        yield _finding(
            f"If the {labels.classes} whole numbers of the targets are amounts, the accuracy says little of how near "
            "outputs come.",
            'Use metrics=["mae"].',
            "NOTE",
        )
    elif labels.encoding != "numbers" and entropy and objective.metrics and set(objective.metrics) <= _OF_NUMBERS:
        yield _finding(
            "The share of right rows is not measured: an error of numbers says little about classes.",
            'Use metrics=["accuracy"].',
            "NOTE",
        )


def _finding(text: str, remedy: str, severity: Severity) -> Finding:
    return Finding(
        "metric",
        severity,
        text,
        threshold=METRIC.threshold,
        cause="The metric does not fit the task.",
        remedy=remedy,
        see="docs/doctor.md",
        confidence=0.45,
    )


METRIC = Symptom(
    name="metric",
    needs=("rows",),
    threshold="Accuracy is measured for classes only; where the loss is a cross entropy, not only errors of numbers.",
    silent="Other metrics, and none. A NOTE beside a cross entropy, and for whole numbers of over ten values.",
    examine=_examine,
    stays="NOTE",
)
