"""Findings on the classes of rows: those of no class are left out, and counted."""

from __future__ import annotations

from dataclasses import replace

from netwright.config import Experiment
from netwright.data import Dataset, Rows
from netwright.finding import Finding
from netwright.inspection import labels_of_head, unknown_classes

__all__ = ["class_findings"]


def class_findings(dataset: Dataset, experiment: Experiment, rows: Rows) -> list[Finding]:
    """Return findings on rows that belong to no class of a head.

    Args:
        dataset: the columns of the selected rows.
        experiment: defines the heads.
        rows: all rows.

    Returns:
        One finding for each head that leaves rows out.
    """
    heads = {name: target for name, target in experiment.targets.items() if target.labels}
    incomplete = [name for name in heads if not rows.heads[name].counts.all()]
    findings = unknown_classes([labels_of_head(dataset, name, heads[name]) for name in incomplete])
    return [replace(finding, see="docs/experiment.md") for finding in findings]
