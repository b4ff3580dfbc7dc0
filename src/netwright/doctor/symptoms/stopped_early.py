"""Trainings that a callback ends, or judges, in the wrong direction."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._shortfall import falls_short, with_shortfall
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["WATCHED_BACKWARDS"]


def _examine(case: Case) -> Iterator[Finding]:
    plan = case.plan
    if not plan.backwards:
        return
    ended = 0 < plan.epochs < plan.planned
    text = f"{'; '.join(plan.backwards)}." + (
        f" The training ends after {plan.epochs} of {plan.planned} epochs." * ended
    )
    yield Finding(
        "too few epochs",
        "WARN" if falls_short(case) else "NOTE",
        with_shortfall(case, text),
        threshold=WATCHED_BACKWARDS.threshold,
        cause="A callback watches in the wrong direction.",
        remedy='Use mode="min" for a loss or an error, and mode="max" for an accuracy; or leave mode out.',
        see="docs/doctor.md",
        confidence=0.9 if ended else 0.45,
    )


WATCHED_BACKWARDS = Symptom(
    name="too few epochs",
    needs=(),
    threshold="Callbacks wait for a loss or an error to become small, and for other metrics as Keras says.",
    silent="Metrics of which Keras does not know the direction; a NOTE where the network does as well as a simple "
    "method.",
    examine=_examine,
    explains=("too few epochs", "underfitting", "constant output"),
    stays="NOTE",
)
