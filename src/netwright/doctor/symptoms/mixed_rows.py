"""A loss of one's own that compares each output with the targets of all rows."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._gate import falls_short, shortfall_text
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms._mismatch import LOSS
from netwright.finding import Finding

__all__ = ["MIXED_ROWS"]


def _look(case: Case) -> Iterator[Finding]:
    if not case.objective.mixes_rows or not falls_short(case) or case.skill is None:
        return
    yield Finding(
        "output and loss",
        "FAIL",
        "The loss is the same when rows exchange their targets: it compares each output with the targets of all rows, "
        f"as those of shape (rows,) and outputs of shape (rows, 1) are broadcast. {shortfall_text(case.skill)}",
        where=case.anatomy.outputs,
        threshold=MIXED_ROWS.threshold,
        cause=LOSS,
        remedy="Give the targets the shape of the outputs: y = y.reshape(-1, 1).",
        see="docs/doctor.md",
        confidence=0.9,
    )


MIXED_ROWS = Symptom(
    name="output and loss",
    needs=("skill",),
    threshold="A loss of one's own changes when rows exchange their targets.",
    silent="The losses of Keras; a network that does as well as a simple method; outputs of several units, or several "
    "outputs.",
    look=_look,
    explains=("*",),
)
