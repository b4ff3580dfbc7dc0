"""Inputs that are missing, infinite or always the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Array, Case, Rows
from netwright.doctor.symptom import Symptom
from netwright.errors import first_few
from netwright.finding import Finding

__all__ = ["FEATURES_NOT_FINITE"]

_FEW = 2  # rows of which nothing is said
_SOME, _MOST = 20, 0.75  # rows; of them


def _examine(case: Case) -> Iterator[Finding]:
    if case.rows is not None:
        yield from _not_finite(case.rows)
        yield from _constant(case.rows.inputs)
        yield from _nearly_constant(case)


def _not_finite(rows: Rows) -> Iterator[Finding]:
    bad = ~np.isfinite(rows.inputs)
    if bad.any():
        columns = _columns(np.flatnonzero(bad.any(0)))
        yield Finding(
            "features not finite",
            "FAIL",
            f"{int(bad.sum())} input values are missing or infinite, in columns {columns}.",
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


def _constant(inputs: Array) -> Iterator[Finding]:
    count, width = inputs.shape
    constant = np.flatnonzero((inputs == inputs[:1]).all(0)) if count > _FEW else np.zeros(0, int)
    if not len(constant):
        return
    if len(constant) == width and np.isfinite(inputs).all():
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
    elif width <= count:
        yield Finding(
            "features not finite",
            "NOTE",
            f"{len(constant)} input columns are the same in all rows: {_columns(constant)}.",
            threshold=FEATURES_NOT_FINITE.threshold,
            cause="Inputs are constant.",
            remedy="Leave them out.",
            see="docs/doctor.md",
        )


def _nearly_constant(case: Case) -> Iterator[Finding]:
    """Inputs that are the same in most rows, as numbers from 0 to 1 made whole are, and nothing learnt."""
    rows, skill = case.rows, case.skill
    if rows is None or rows.tokens or skill is None or len(rows) < _SOME or not case.plan.finished:
        return
    most = max(Counter(row.tobytes() for row in np.ascontiguousarray(rows.inputs)).values()) / len(rows)
    nothing_learnt = skill.network - skill.trivial < (1 - most) and falls_short(case) is not False
    if not _MOST < most < 1 or not nothing_learnt:
        return
    yield Finding(
        "features not finite",
        "FAIL",
        f"{most:.0%} of the rows have the same inputs.",
        threshold=FEATURES_NOT_FINITE.threshold,
        cause="The inputs say nothing.",
        remedy="Look at how the inputs are read: astype(int), // or round make 0 of most numbers from 0 to 1.",
        see="docs/doctor.md",
        confidence=0.85,
    )


def _columns(index: Array) -> str:
    return first_few([str(column) for column in index])


FEATURES_NOT_FINITE = Symptom(
    name="features not finite",
    needs=("rows",),
    threshold="Inputs and targets are finite, and not the same in three quarters of the rows.",
    silent="Constant columns of wide inputs (pixels at the edge of an image); rows that are the same, where the "
    "network learns something.",
    examine=_examine,
    explains=("*",),
)
