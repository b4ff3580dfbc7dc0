"""Findings on inputs that contain the answer, before a training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.config import Experiment, NumericInput
from netwright.data import Rows
from netwright.finding import Finding
from netwright.inspection import leaking_columns

__all__ = ["LEAK", "leak_findings"]

LEAK = "features that give the answer"

_ROWS = 5000  # an AUC of 0.999 is known to 0.0004, and 500 columns take a second


def leak_findings(experiment: Experiment, rows: Rows) -> list[Finding]:
    """Return findings on numeric columns that alone tell classes apart without error.

    Args:
        experiment: names the groups of inputs and the heads.
        rows: all rows, of which 5,000 are looked at.

    Returns:
        Findings of severity WARN.
    """
    return [
        finding
        for head, target in experiment.targets.items()
        if target.labels
        for finding in _head_findings(experiment, rows, head, list(target.labels))
    ]


def _head_findings(experiment: Experiment, rows: Rows, head: str, names: list[str]) -> Iterator[Finding]:
    truth = rows.heads[head]
    counted = np.flatnonzero(truth.counts)
    sampled = counted[np.unique(np.linspace(0, len(counted) - 1, min(_ROWS, len(counted))).astype(int))]
    for group, section in experiment.inputs.items():
        if not isinstance(section, NumericInput):
            continue
        for column, class_index, area in leaking_columns(
            np.asarray(rows.inputs[group][sampled]), truth.values[sampled]
        ):
            name = section.columns[column]
            yield Finding(
                LEAK,
                "WARN",
                f"inputs.{group}: {name} alone separates {names[class_index]} from the rest (targets.{head}) with an "
                f"AUC of {area:.4f}.",
                (name,),
                threshold="A single feature should stay below 0.999.",
                cause="Such a feature usually contains the truth.",
                remedy="Check where it comes from, and leave it out if it does not exist in real data.",
                see="docs/inspecting.md",
            )
