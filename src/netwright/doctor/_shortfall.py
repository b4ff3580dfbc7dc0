"""Does the network do worse than it could? Most symptoms warn only if it does.

A simple method that does better on rows that it has not seen (see `quantities.kernel_ridge`) is the proof that
something can be learnt which the network has not. A hard problem, noise, and a training that converged long ago are
silent by that; and no limit on a loss or an accuracy is needed.
"""

from __future__ import annotations

import numpy as np

from netwright.doctor.case import Case, Skill
from netwright.doctor.quantities.baseline import MIN_ROWS
from netwright.finding import Severity

__all__ = [
    "falls_short",
    "falls_slightly_short",
    "harmless_difference",
    "severity_of_shortfall",
    "shortfall_text",
    "with_shortfall",
]

_ERRORS = 2.5  # standard errors: at one comparison a run, 0.6% of chance alarms
_MIN_SHORTFALL = 0.04  # of rows: less is no reason to worry
_MIN_EXPLAINED = 0.15, 0.12  # of variance: of the classes' indicators, where right classes count more, and of numbers
_ALL_RIGHT = 0.98  # of the rows: then it does not matter how sure the network is of them
_TIMES, _LITTLE = 3.0, 0.06  # as much variance is left unexplained as by the simple method, and this more
_LEFT = 0.1  # of what one answer for all leaves wrong: little enough where no simple method is there to compare with
_NO_BETTER = 0.005  # of the variance
_SEEN = 0.005  # of rows or variance: less looks equal
_MIN_SLIGHT_SHORTFALL = (
    0.02,
    0.05,
)  # of rows, of variance: less than above, for where something else is seen to be wrong
_CLOSE, _CLOSE_EXPLAINED = 0.1, 0.3  # of rows, or of the variance of numbers; of that of the classes' indicators
_MOST = 0.75  # of what a simple method learns
_FIT_FEW = 0.99, 0.9  # of rows right, of variance explained: what a network reaches on a handful of rows


def falls_short(case: Case) -> bool | None:
    """Return whether the network does worse on its own training rows than it could.

    Args:
        case: a training.

    Returns:
        True or False; None where it cannot be told: before the training, or on rows from which nothing is learnt.

    Example:
        >>> from netwright.doctor.case import Plan
        >>> skill = Skill(0.6, 0.5, baseline=0.9, shortfall=0.3, error=0.03)
        >>> falls_short(Case(skill=skill, plan=Plan(finished=True)))
        True
        >>> falls_short(Case()) is None
        True
    """
    skill = case.skill
    if not case.plan.finished:
        return None
    if not case.history.ends_finite:
        return True
    if skill is None:
        return None
    if np.isnan(skill.baseline):
        few = _fails_on_few_rows(case, skill)
        return False if few is None and 1 - skill.network < _LEFT * (1 - skill.trivial) else few
    right = skill.classes and skill.shortfall > max(_MIN_SHORTFALL, _ERRORS * skill.error)
    least = _MIN_EXPLAINED[0 if skill.classes else 1]
    apart = skill.explained_shortfall > _ERRORS * skill.explained_error
    apart = apart and not (skill.classes and skill.network > _ALL_RIGHT)
    left, leaves = 1 - skill.explained_baseline, 1 - skill.explained
    explained = apart and (skill.explained_shortfall > least or leaves > _TIMES * left + _LITTLE)
    worse = not skill.classes and skill.learnable and skill.network < 0  # than the mean of the targets
    if right or explained or worse:
        return True
    return None if skill.network <= skill.trivial + _MIN_SHORTFALL and not skill.learnable else False


def falls_slightly_short(case: Case) -> bool:
    """Return whether the network falls short, or does worse than it could by less, yet clearly.

    That is enough where a fault is seen besides, as the comparison alone need not exclude chance then.

    Args:
        case: a training.

    Returns:
        True or False.

    Example:
        >>> from netwright.doctor.case import Plan
        >>> skill = Skill(0.9, 0.5, baseline=0.93, shortfall=0.03, error=0.01)
        >>> case = Case(skill=skill, plan=Plan(finished=True))
        >>> falls_short(case), falls_slightly_short(case)
        (False, True)
    """
    short, skill = falls_short(case), case.skill
    if short or skill is None or not case.plan.finished:
        return bool(short)
    right = skill.classes and skill.shortfall > max(_MIN_SLIGHT_SHORTFALL[0], _ERRORS * skill.error)
    apart = skill.explained_shortfall > max(_MIN_SLIGHT_SHORTFALL[1], _ERRORS * skill.explained_error)
    return bool(right or (apart and not (skill.classes and skill.network > _ALL_RIGHT)))


def severity_of_shortfall(case: Case) -> Severity:
    """Return how bad it is that the network falls short, where that is all that is wrong.

    Args:
        case: a training that falls short.

    Returns:
        NOTE where the network has learnt three quarters of what a simple method learns, and is behind by a tenth of the
        rows or of the variance at most (of classes, by 0.3 of the variance of their indicators): longer or other
        training would help, and nothing need be wrong. Else WARN.

    Example:
        >>> from netwright.doctor.case import Plan
        >>> case = Case(skill=Skill(0.89, 0.5, baseline=0.96, shortfall=0.07, error=0.01), plan=Plan(finished=True))
        >>> falls_short(case), severity_of_shortfall(case)
        (True, 'NOTE')
    """
    skill = case.skill
    if skill is None or not case.history.ends_finite or not skill.shortfall <= _CLOSE:
        return "WARN"
    if skill.explained_shortfall > _CLOSE_EXPLAINED:
        return "WARN"
    learnt = skill.network - skill.trivial >= _MOST * (skill.baseline - skill.trivial)
    return "NOTE" if learnt and skill.baseline > skill.trivial else "WARN"


def _fails_on_few_rows(case: Case, skill: Skill) -> bool | None:
    if case.rows is None or len(case.rows) >= MIN_ROWS or case.rows.total > len(case.rows):
        return None
    if case.rows.tokens or not skill.consistent:
        return None
    return skill.network < _FIT_FEW[0 if skill.classes else 1]


def shortfall_text(skill: Skill) -> str:
    """Return a sentence on how the network does compared with a simple method."""
    quantity = "of the training rows are right" if skill.classes else "of the target's variance is explained"
    text = f"{skill.network:.1%} {quantity}"
    if not skill.classes and skill.network < _NO_BETTER:  # a share below zero says little to most readers
        worse = skill.network < -_NO_BETTER
        text = f"The network does {'worse' if worse else 'no better'} than the mean of the targets"
        text += f" (its squared error is {1 - skill.network:.2g} times as large)" if worse else ""
    if not np.isnan(skill.baseline):
        explains = "reaches" if skill.classes or skill.network >= _NO_BETTER else "explains"
        of_variance = "" if explains == "reaches" else " of their variance"
        text += f", and a simple method {explains} {skill.baseline:.1%}{of_variance} on rows that it has not seen"
    return text + "."


def harmless_difference(skill: Skill) -> str:
    """Return why a network that does not fall short may be behind a simple method; empty where it is not behind.

    Example:
        >>> harmless_difference(Skill(0.76, 0.5, baseline=0.82, shortfall=0.06, error=0.03))
        'The difference, 6.0% ± 3.0%, may be chance.'
    """
    if not skill.shortfall > _SEEN:
        return ""
    reason = "may be chance" if skill.shortfall <= _ERRORS * skill.error else "is small"
    return f"The difference, {skill.shortfall:.1%} ± {skill.error:.1%}, {reason}."


def with_shortfall(case: Case, text: str) -> str:
    """Return a sentence, and how the network does compared with a simple method, where that is known."""
    return text if case.skill is None else f"{text} {shortfall_text(case.skill)}"
