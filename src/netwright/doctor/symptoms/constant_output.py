"""Networks that give the same output for every row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from netwright.doctor._dynamics import STEPS_OF_RATE, constant_output, diverged, largest_rate, usual_rate
from netwright.doctor._shortfall import falls_short
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["CONSTANT_OUTPUT"]

_ROUNDING, _ANY_GAIN = 1e-5, 1e-3  # of what a layer gets; of its weights


def _constant(case: Case) -> Iterator[Finding]:
    short = falls_short(case)
    if (
        not constant_output(case)
        or not case.plan.finished
        or short is False
        or (short is None and case.skill is not None)
    ):
        return
    text, names = "The network gives the same output for every row.", _loses_rows(case)
    where, cause = case.architecture.outputs, "The network does not react to its inputs."
    words = case.rows is not None and case.rows.tokens
    fix = f"{'Use' if words else 'Scale the inputs, use'} {_other_rate(case)} and the default initialisers."
    if names:
        before, where = names[0], names[1:]
        text = f"{text} So it did before the first step: {before} differs from row to row, and {where[-1]} does not."
        cause = "A layer takes out what differs from row to row."
        fix = (
            f"Look at what comes after {before}: a Lambda, pooling or normalisation along the wrong axis, "
            "normalisation of a single unit, or a difference of two equal tensors."
        )
    yield Finding(
        "constant output",
        "FAIL" if names else "WARN",
        text,
        where=where,
        threshold=CONSTANT_OUTPUT.threshold,
        cause=cause,
        remedy=fix,
        see="docs/doctor.md",
        confidence=0.9 if names else 0.6,
    )


def _other_rate(case: Case) -> str:
    """Return in words which rate to try: steps that shrink with the gradient are too short at a usual rate."""
    shrink = case.objective.optimizer not in STEPS_OF_RATE and largest_rate(case) <= usual_rate(case)
    return (
        "Adam with a learning rate of 0.001" if shrink and not diverged(case) else "a learning rate ten times smaller"
    )


def _loses_rows(case: Case) -> tuple[str, ...]:
    """Return the last layer that differs from row to row before the training, and the next, which does not; or none.

    A layer whose weights are 0 or whose units are dead is not meant: that is another cause.
    """
    first = case.vitals[0]
    measured = [layer for layer in first.layers if np.isfinite(layer.spread)] if first.epoch == 0 else []
    for layer, after in pairwise(measured):
        lost = after.spread <= _ROUNDING * layer.spread
        if layer.spread > 0 and lost and after.dead < 1 and not after.kernel < _ANY_GAIN:
            return layer.name, after.name
    return ()


CONSTANT_OUTPUT = Symptom(
    name="constant output",
    needs=("vitals",),
    threshold="The outputs' deviation over rows is above 1% of that of the targets.",
    silent="Rows from which a simple method learns nothing either.",
    examine=_constant,
    explains=("underfitting",),
)
