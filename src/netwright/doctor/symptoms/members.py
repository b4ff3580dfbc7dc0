"""Members of an ensemble or a cross-validation that are unlike the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netwright.doctor.case import Case, MemberLoss
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding

__all__ = ["FOLDS_DISAGREE", "MEMBER_UNLIKE"]

_MIN_MEMBERS = 3  # of which one can be unlike
_ERRORS = 4.0  # standard errors
_MIN_EXCESS = 0.25  # of the others' loss


def _unlike(losses: Sequence[MemberLoss]) -> tuple[int, float, float] | None:
    """Return the index of the worst one, its distance from the median of the others in errors, and that median."""
    if len(losses) < _MIN_MEMBERS:
        return None
    worst = int(np.argmax([member.loss for member in losses]))
    others = [member for index, member in enumerate(losses) if index != worst]
    median = float(np.median([member.loss for member in others]))
    scatter = float(np.std([member.loss for member in others], ddof=1))
    error = float(np.sqrt(losses[worst].error ** 2 + np.median([member.error for member in others]) ** 2 + scatter**2))
    apart = (losses[worst].loss - median) / max(error, 1e-12)
    clear = apart > _ERRORS and losses[worst].loss - median > _MIN_EXCESS * abs(median)
    return (worst, apart, median) if clear else None


def _members(case: Case) -> Iterator[Finding]:
    for rows in dict.fromkeys(member.rows for member in case.members):
        same = [member for member in case.members if member.rows == rows]
        unlike = _unlike(same)
        if unlike is not None:
            worst, apart, median = unlike
            yield Finding(
                "member unlike the others",
                "WARN",
                f"The validation loss of member {same[worst].member} is {same[worst].loss:.3g}, that of the others "
                f"{median:.3g} on the same rows ({apart:.1f} standard errors apart).",
                where=(f"member {same[worst].member}",),
                threshold=MEMBER_UNLIKE.threshold,
                cause="A member did not train as well as the others.",
                remedy="Train again with another seed, or combine members by weights.",
                see="docs/doctor.md",
                confidence=0.85,
            )


def _folds(case: Case) -> Iterator[Finding]:
    folds = []
    for rows in dict.fromkeys(member.rows for member in case.members):
        same = [member for member in case.members if member.rows == rows]
        folds.append(
            MemberLoss(same[0].member, rows, float(np.median([member.loss for member in same])), same[0].error)
        )
    unlike = _unlike(folds)
    if unlike is None:
        return
    worst, apart, median = unlike
    yield Finding(
        "folds disagree",
        "WARN",
        f"The validation loss of the fold of member {folds[worst].member} is {folds[worst].loss:.3g}, that of the "
        f"others {median:.3g} ({apart:.1f} standard errors apart).",
        where=(f"member {folds[worst].member}",),
        threshold=FOLDS_DISAGREE.threshold,
        cause="The rows of one fold are unlike the others, or its network did not train as well.",
        remedy="Compare the inputs of that fold with the others (periods, files, weights), and train it with another "
        "seed.",
        see="docs/doctor.md",
        confidence=0.8,
    )


MEMBER_UNLIKE = Symptom(
    name="member unlike the others",
    needs=("members",),
    threshold="The validation loss of each member is within 4 standard errors, or 25%, of that of the others on the "
    "same rows.",
    silent="Fewer than three members with the same validation rows.",
    examine=_members,
)
FOLDS_DISAGREE = Symptom(
    name="folds disagree",
    needs=("members",),
    threshold="The validation loss of each fold is within 4 standard errors, or 25%, of that of the others.",
    silent="Fewer than three folds.",
    examine=_folds,
)
