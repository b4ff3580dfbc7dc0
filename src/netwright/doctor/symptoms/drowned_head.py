"""A head that learns nothing because another one moves the layers that they share."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.doctor._shortfall import falls_short, with_shortfall
from netwright.doctor.case import Case
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["DROWNED_HEAD"]

_SHARE = 0.01  # of the gradient on shared layers
_COUNTS = 1e-3  # of the loss of the head that counts most


def _examine(case: Case) -> Iterator[Finding]:
    share = _share(case)
    if share < _SHARE and falls_short(case):
        text = f"{case.head} has {share:.2%} of the gradient on the layers that heads share"
        yield _finding(case, text, min(1000.0, 0.5 / max(share, 1e-9)))
    elif 0 < case.counts < _COUNTS:  # by the weights that were given: nothing else has to be seen
        text = f"The loss of {case.head}, with its weight, is {case.counts:.1g} of that of the head that counts most"
        yield _finding(case, text, 0.5 / case.counts)


def _share(case: Case) -> float:
    """Return the head's share of the gradient on shared layers; 1 where it is not known."""
    total = sum(case.heads.values())
    return case.heads.get(case.head, total) / total if len(case.heads) > 1 and total > 0 else 1.0


def _finding(case: Case, text: str, times: float) -> Finding:
    return Finding(
        "drowned head",
        "WARN",
        with_shortfall(case, f"{text}."),
        where=(f"targets.{case.head}",),
        threshold=DROWNED_HEAD.threshold,
        cause="Another head drowns this one.",
        remedy=f"Give {case.head} a weight in the loss that is {float(f'{times:.1g}'):.0f} times larger, "
        "or layers of its own.",
        see="docs/doctor.md",
        confidence=0.8,
    )


DROWNED_HEAD = Symptom(
    name="drowned head",
    needs=(),
    threshold="Each head has at least 1% of the gradient on shared layers, where it does worse than a simple method; "
    "with the weights given to their losses, each counts at least a thousandth of what another does, before the first "
    "step or at the end.",
    silent="Where losses have no weights, a head that does as well as a simple method, or heads that share no layer.",
    examine=_examine,
    explains=("underfitting", "too few epochs", "constant output", "learning rate too low", "noisy gradients"),
)
