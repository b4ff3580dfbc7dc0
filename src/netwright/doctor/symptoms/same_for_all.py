"""Custom losses that want the same answer for all rows, or that of other rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.doctor._shortfall import falls_short, shortfall_text
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms._mismatch import LOSS
from netwright.finding import Finding

__all__ = ["SAME_FOR_ALL"]


def _examine(case: Case) -> Iterator[Finding]:
    mixed, liked = case.objective.mixes_rows, case.objective.class_for_all
    upside_down = case.objective.upside_down
    if not (mixed or liked is not None or upside_down) or not falls_short(case) or case.skill is None:
        return
    if upside_down:
        text = "The loss is smaller where rows get the targets of others than where each row gets its own."
        fix = "Change the sign of the loss: fit makes it as small as it can."
    elif mixed and _are_columns(case):
        text = (
            "The loss is the same when rows exchange their targets: what it adds up does not grow with each difference."
        )
        fix = "Square the difference of each row, or take keras.ops.abs of it, before the mean."
    elif mixed:
        text = (
            "The loss is the same when rows exchange their targets: it compares each output with the targets of all "
            "rows, as those of shape (rows,) and outputs of shape (rows, 1) are broadcast."
        )
        fix = "Give the targets the shape of the outputs: y = y.reshape(-1, 1)."
    else:
        text = f"The loss is as small where all rows get class {liked} as where each row gets its own class."
        fix = "Use the loss binary_crossentropy, or let yours grow where a row gets the other class, either way."
    yield Finding(
        "output and loss",
        "FAIL",
        text if upside_down else f"{text} {shortfall_text(case.skill)}",  # which takes outputs with either sign
        where=case.architecture.outputs,
        threshold=SAME_FOR_ALL.threshold,
        cause=LOSS,
        remedy=fix,
        see="docs/doctor.md",
        confidence=0.9,
    )


def _are_columns(case: Case) -> bool:
    """Whether fit took the targets as columns, as outputs are, so that neither is broadcast against the other."""
    raw = case.rows.raw if case.rows is not None else None
    return raw is not None and len(np.shape(raw[1])) > 1


SAME_FOR_ALL = Symptom(
    name="output and loss",
    needs=("skill",),
    threshold="A custom loss changes when rows exchange their targets, and of two classes it is smaller where "
    "each row gets its own than where all get the same, and of several or of numbers than where rows get others'.",
    silent="The losses of Keras; a network that does as well as a simple method; several outputs; of "
    "several units, all but the last of these.",
    examine=_examine,
    explains=("*",),
)
