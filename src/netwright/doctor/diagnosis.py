"""From symptoms to causes: one finding for each cause, the most likely first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from netwright.doctor.case import Case, Course
from netwright.doctor.registry import SYMPTOMS
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, worst_first

__all__ = ["diagnose", "diagnose_heads"]

_ALARMS = {"FAIL", "WARN"}
_SURE = 0.5  # confidence from which a cause explains other symptoms
_STATIC = {"output and loss", "features not finite"}  # which nothing explains that explains everything


def diagnose(case: Case, symptoms: Iterable[Symptom] = SYMPTOMS) -> list[Finding]:
    """Look at a case for all symptoms, and leave out those that another one explains.

    Args:
        case: a training, or a model before its training.
        symptoms: to look for.

    Returns:
        Findings, most likely cause first; of findings with the same cause, the surest. Each names the page of its
        symptom.

    Example:
        >>> diagnose(Case())
        []
    """
    applicable = [symptom for symptom in symptoms if all(_there(case, need) for need in symptom.needs)]
    findings = [(symptom, finding) for symptom in applicable for finding in symptom.examine(case)]
    facts = _seen_before(case, applicable) if any(map(_breaks_everything, findings)) else frozenset[str]()
    unexplained = [finding for number, (_, finding) in enumerate(findings) if not _explained(number, findings, facts)]
    return _unique(_calibrated(_with_rule(one)) for one in unexplained)


def _with_rule(finding: Finding) -> Finding:
    """Say that the rule of a symptom is about healthy trainings, as it stands between what was found and the cause."""
    return replace(finding, threshold=f"Healthy: {finding.threshold}") if finding.threshold else finding


def _calibrated(finding: Finding) -> Finding:
    """State the probability that an alarm is true, where a symptom states how strong its evidence is.

    On trainings for development, alarms with evidence c were true in about 1 - (1 - c)² of the cases.
    """
    if finding.severity not in _ALARMS:
        return finding
    return replace(finding, confidence=round(1 - (1 - finding.confidence) ** 2, 2))


def diagnose_heads(cases: Sequence[Case]) -> list[Finding]:
    """Look at the heads of a network.

    Args:
        cases: one for each head.

    Returns:
        Findings, most likely cause first; a cause that several heads have is one finding, and names the heads where
        not all have it.

    Example:
        >>> diagnose_heads([Case(head="top"), Case(head="mass")])
        []
    """
    each = [(case.head, finding) for case in cases for finding in diagnose(case)]
    causes: dict[str, list[str]] = {}
    for head, finding in each:
        causes.setdefault(finding.cause, []).append(head)
    return _unique(
        finding
        if len(set(causes[finding.cause])) == len(cases)
        else replace(finding, evidence=f"{head}: {finding.evidence}")
        for head, finding in each
    )


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Put the most likely first, and of those with the same cause leave the surest."""
    order = sorted(findings, key=worst_first)
    alarms = sorted((one for one in order if one.severity in _ALARMS), key=lambda one: -one.confidence)
    seen: set[str] = set()
    unique = []
    for finding in [*alarms, *(one for one in order if one.severity not in _ALARMS)]:
        if finding.cause not in seen:
            unique.append(replace(finding, see=f"docs/doctor/{finding.symptom.replace(' ', '-')}.md"))
        seen.add(finding.cause)
    return unique


def _there(case: Case, need: str) -> bool:
    value = getattr(case, need)
    return value.epochs > 0 if need == "course" else value is not None and value != () and value != {}


def _explained(number: int, found: list[tuple[Symptom, Finding]], facts: frozenset[str]) -> bool:
    """Whether another alarm is the cause of this one.

    Where symptoms explain each other, directly or round a circle, the one that is looked for first is the cause. What
    is seen before the training is no effect of what breaks all of it: both are to be mended.
    """
    if found[number][1].severity not in _ALARMS:
        return False
    return any(
        _explains(found[other], found[number])
        and not (number < other and _leads(number, other, found))
        and not (_breaks_everything(found[other]) and found[number][1].cause in facts)
        for other in range(len(found))
    )


def _seen_before(case: Case, symptoms: Iterable[Symptom]) -> frozenset[str]:
    """Return the causes of alarms that are raised before the training, however it goes then."""
    before = replace(case, plan=replace(case.plan, finished=False), course=Course(), skill=None, vitals=case.vitals[:1])
    ready = [symptom for symptom in symptoms if all(_there(before, need) for need in symptom.needs)]
    found = [finding for symptom in ready for finding in symptom.examine(before)]
    return frozenset(finding.cause for finding in found if finding.severity in _ALARMS)


def _breaks_everything(found: tuple[Symptom, Finding]) -> bool:
    symptom, finding = found
    return "*" in symptom.explains and finding.severity == "FAIL"


def _leads(start: int, end: int, found: list[tuple[Symptom, Finding]]) -> bool:
    """Whether a symptom explains another one, directly or by way of others."""
    reached, waiting = {start}, [start]
    while waiting:
        cause = waiting.pop()
        after = {other for other in range(len(found)) if _explains(found[cause], found[other])} - reached
        reached |= after
        waiting += after
    return end in reached


def _explains(cause: tuple[Symptom, Finding], effect: tuple[Symptom, Finding]) -> bool:
    (symptom, finding), (other, explained) = cause, effect
    if other is symptom or finding.severity not in _ALARMS or finding.confidence < _SURE:
        return False
    everything = _breaks_everything(cause) and other.name not in _STATIC
    return explained.severity in _ALARMS and (everything or other.name in symptom.explains)
