"""A head that learns nothing because another one moves the layers that they share."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._gate import falls_short, shortfall_text
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DROWNED_HEAD"]

_SHARE = 0.01  # of the gradient on shared layers


def _look(case: Case) -> Iterator[Finding]:
    total = sum(case.heads.values())
    if len(case.heads) < 2 or not total > 0 or not falls_short(case) or case.skill is None:  # two heads
        return
    share = case.heads.get(case.head, total) / total
    if share >= _SHARE:
        return
    yield Finding(
        "drowned head",
        "WARN",
        f"{case.head} has {share:.2%} of the gradient on the layers that heads share. {shortfall_text(case.skill)}",
        where=(f"targets.{case.head}",),
        threshold=DROWNED_HEAD.threshold,
        cause="Another head drowns this one.",
        remedy=f"Give {case.head} a weight in the loss that is {min(1000.0, 0.5 / max(share, 1e-9)):.0f} times larger, "
        "or layers of its own.",
        see="docs/doctor.md",
        confidence=0.8,
    )


DROWNED_HEAD = Symptom(
    name="drowned head",
    needs=("skill", "heads"),
    threshold="Each head has at least 1% of the gradient on shared layers, where it does worse than a simple method.",
    silent="A head that does as well as a simple method; heads that share no layer.",
    look=_look,
    explains=("underfitting", "too few epochs", "constant output", "learning rate too low", "noisy gradients"),
)
