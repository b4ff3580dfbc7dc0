"""Inputs that are missing, infinite or always the same."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["FEATURES_NOT_FINITE"]

_FEW = 2  # rows of which nothing is said
_NAMES = 8  # columns named in a sentence


def _look(case: Case) -> Iterator[Finding]:
    rows = case.rows
    if rows is None:
        return
    bad = np.flatnonzero(~np.isfinite(rows.inputs).all(0))
    if len(bad):
        count = int((~np.isfinite(rows.inputs)).sum())
        yield Finding(
            "features not finite",
            "FAIL",
            f"{count} input values are missing or infinite, in columns {_columns(bad)}.",
            threshold=FEATURES_NOT_FINITE.threshold,
            cause="Inputs are missing or infinite.",
            remedy="Leave these rows out, or replace such values and mark them in a column of their own.",
            see="docs/doctor.md",
            confidence=0.98,
        )
    if rows.target is not None and not np.isfinite(rows.target).all():
        yield Finding(
            "features not finite",
            "FAIL",
            f"{int((~np.isfinite(rows.target)).sum())} targets are missing or infinite.",
            threshold=FEATURES_NOT_FINITE.threshold,
            cause="Targets are missing or infinite.",
            remedy="Leave these rows out.",
            see="docs/doctor.md",
            confidence=0.98,
        )
    same = np.flatnonzero((rows.inputs == rows.inputs[:1]).all(0)) if len(rows) > _FEW else np.zeros(0, int)
    if len(same) == rows.inputs.shape[1] and not len(bad) and len(same):
        yield Finding(
            "features not finite",
            "FAIL",
            "All rows have the same inputs.",
            threshold=FEATURES_NOT_FINITE.threshold,
            cause="The inputs say nothing.",
            remedy="Look at how the inputs are read.",
            see="docs/doctor.md",
            confidence=0.95,
        )
    elif len(same) and rows.inputs.shape[1] <= len(rows):
        yield Finding(
            "features not finite",
            "NOTE",
            f"{len(same)} input columns are the same in all rows: {_columns(same)}.",
            threshold=FEATURES_NOT_FINITE.threshold,
            cause="Inputs are constant.",
            remedy="Leave them out.",
            see="docs/doctor.md",
        )


def _columns(index: np.ndarray) -> str:
    text = ", ".join(str(one) for one in index[:_NAMES])
    return text if len(index) <= _NAMES else f"{text} and {len(index) - _NAMES} more"


FEATURES_NOT_FINITE = Symptom(
    name="features not finite",
    needs=("rows",),
    threshold="Inputs and targets are finite, and not the same in all rows.",
    silent="Constant columns of wide inputs (pixels at the edge of an image).",
    look=_look,
    explains=("*",),
)
