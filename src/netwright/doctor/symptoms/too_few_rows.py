"""Rows that a network knows by heart, and that are too few for it to do as well on others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["TOO_FEW_ROWS"]

_FEW = 200  # rows
_SEPARABLE = 2  # rows for each column: so many can be told apart by a plane, whatever their labels (Cover, 1965)
_WEIGHTS = 10.0  # for each row
_MIN_JUDGED = 10  # validation rows
_GAP = 0.15  # of the rows, or of the variance
_ERRORS = 2.0


def _examine(case: Case) -> Iterator[Finding]:
    rows, validation, skill = case.rows, case.validation, case.skill
    if rows is None or validation is None or skill is None or not case.plan.finished or rows.total <= 0:
        return
    wide = skill.classes and not rows.tokens and rows.total <= _SEPARABLE * rows.inputs.shape[1]
    if rows.total >= _FEW and not wide:
        return
    weights_per_row = case.architecture.parameters / rows.total
    if weights_per_row < _WEIGHTS or len(validation) < _MIN_JUDGED or not np.isfinite(skill.validation):
        return
    gap = skill.network - skill.validation
    error = float(np.sqrt(max(skill.validation * (1 - skill.validation), 0.05) / len(validation)))
    if gap < max(_GAP, _ERRORS * error) or (rows.total >= _FEW and skill.validation - skill.trivial > _ERRORS * error):
        return
    cause, remedy = (
        ("Each batch has the same rows.", "Look at what the generator gives: it has to go on to the other rows.")
        if case.plan.repeats
        else (
            "There are too few rows for the network.",
            "Use more rows, or layers of 16 units, L2 of 0.01 and early stopping on the validation loss.",
        )
    )
    unit = "of the rows right" if skill.classes else "of the variance"
    yield Finding(
        "too few rows",
        "WARN",
        f"{rows.total} rows for {case.architecture.parameters} weights: the network gets {skill.network:.1%} {unit} in "
        f"the training rows, and {max(skill.validation, 0.0):.1%} in the validation rows.",
        threshold=TOO_FEW_ROWS.threshold,
        cause=cause,
        remedy=remedy,
        see="docs/doctor.md",
        confidence=0.65,
    )


TOO_FEW_ROWS = Symptom(
    name="too few rows",
    needs=("rows", "validation", "skill"),
    threshold="With fewer than 200 rows and more than 10 weights for each, training rows are right at most 15% more "
    "often than validation rows, within 2 standard errors. So too with up to two rows for each column, if validation "
    "rows are not right more often than by the most frequent class.",
    silent="Fewer than 10 validation rows.",
    examine=_examine,
)
