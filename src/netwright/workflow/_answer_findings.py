"""Findings on inputs that contain the answer, before a training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.config import Experiment, NumericInput
from netwright.data import Rows
from netwright.finding import Finding
from netwright.inspection import answering_columns

__all__ = ["GIVES_ANSWER", "answer_findings"]

GIVES_ANSWER = "features that give the answer"

_ROWS = 5000  # an AUC of 0.999 is known to 0.0004, and 500 columns take a second


def answer_findings(experiment: Experiment, rows: Rows) -> list[Finding]:
    """Return findings on numeric columns that alone tell classes apart without error.

    Args:
        experiment: names the groups of inputs and the heads.
        rows: all rows, of which 5,000 are looked at.

    Returns:
        Findings of severity WARN.
    """
    return [
        one
        for head, target in experiment.targets.items()
        if target.labels
        for one in _of_head(experiment, rows, head, list(target.labels))
    ]


def _of_head(experiment: Experiment, rows: Rows, head: str, names: list[str]) -> Iterator[Finding]:
    truth = rows.heads[head]
    counting = np.flatnonzero(truth.counts)
    chosen = counting[np.unique(np.linspace(0, len(counting) - 1, min(_ROWS, len(counting))).astype(int))]
    for group, section in experiment.inputs.items():
        if not isinstance(section, NumericInput):
            continue
        for column, place, area in answering_columns(np.asarray(rows.inputs[group][chosen]), truth.values[chosen]):
            name = section.columns[column]
            yield Finding(
                GIVES_ANSWER,
                "WARN",
                f"inputs.{group}: {name} alone separates {names[place]} from the rest (targets.{head}) with an AUC of "
                f"{area:.4f}.",
                (name,),
                threshold="A single feature should stay below 0.999.",
                cause="Such a feature usually contains the truth.",
                remedy="Check where it comes from, and leave it out if it does not exist in real data.",
                see="docs/inspecting.md",
            )
