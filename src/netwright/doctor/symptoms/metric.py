"""Metrics that say nothing about the task."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor.case import Case
from netwright.doctor.quantities.labels import describe_labels
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["METRIC"]


def _examine(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None or rows.target is None or not case.objective.accuracy:
        return
    labels = describe_labels(rows.target)
    if labels is None or labels.encoding != "numbers" or "crossentropy" in case.objective.loss:
        return
    yield Finding(
        "metric",
        "WARN",
        "The accuracy of a regression is the share of rows where the output is the target to the last digit.",
        threshold=METRIC.threshold,
        cause="The metric does not fit the task.",
        remedy='Use metrics=["mae"].',
        see="docs/doctor.md",
        confidence=0.45,
    )


METRIC = Symptom(
    name="metric",
    needs=("rows",),
    threshold="Accuracy is measured for classes only.",
    silent="Targets that are classes.",
    examine=_examine,
)
