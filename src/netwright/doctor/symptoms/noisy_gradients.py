"""Batches so small that their gradients are noise."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._dynamics import largest_rate, usual_rate
from netwright.doctor._gate import falls_short, shortfall_text
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["NOISY_GRADIENTS"]

_SMALL = 8  # rows of a batch
_NOISE = 30.0  # times the batch: noise of a step 5 times as long as its signal
_USUAL_BATCH = 64
_HIGH = 3.0  # times the usual learning rate


def _look(case: Case) -> Iterator[Finding]:
    batch, noise = case.plan.batch_size, case.vitals[-1].noise
    if not 0 < batch <= _SMALL or not noise > _NOISE * batch or not falls_short(case) or case.skill is None:
        return
    larger = max(_USUAL_BATCH, 16 * batch)
    few = case.rows is not None and 0 < case.rows.total < larger
    if few or largest_rate(case) > _HIGH * usual_rate(case):
        return
    yield Finding(
        "noisy gradients",
        "WARN",
        f"A batch has {batch} rows, and noise and signal of the gradient are equal for a batch of {noise:.3g}. "
        + shortfall_text(case.skill),
        threshold=NOISY_GRADIENTS.threshold,
        cause="The batch size is too small.",
        remedy=f"Use batch_size={larger}.",
        see="docs/doctor.md",
        confidence=0.7,
    )


NOISY_GRADIENTS = Symptom(
    name="noisy gradients",
    needs=("vitals", "skill"),
    threshold="A batch has more than 8 rows, or a thirtieth of the rows at which noise and signal of the gradient are "
    "equal (McCandlish et al., arXiv:1812.06162).",
    silent="A network that does as well as a simple method; learning rates above 3 times the usual one, which are the "
    "cause then; fewer rows than the larger batch would have.",
    look=_look,
    explains=("learning rate too high", "underfitting", "too few epochs", "constant output", "dead units"),
)
