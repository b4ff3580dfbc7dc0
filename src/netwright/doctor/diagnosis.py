"""From symptoms to causes: one finding for each cause, the most likely first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from netwright.doctor.case import Case, History
from netwright.doctor.registry import SYMPTOMS
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, Severity, worst_first

__all__ = ["diagnose", "diagnose_heads"]

_ALARMS = {"FAIL", "WARN"}
_SURE = 0.5  # confidence from which a cause explains other symptoms
_BEHIND = 0.9  # times the confidence of what explains it, of a fault that stays
# which rows and program show, whatever the training does: nothing explains these that explains everything
_STATIC = {"output and loss", "features not finite", "words as amounts"}


def diagnose(case: Case, symptoms: Iterable[Symptom] = SYMPTOMS) -> list[Finding]:
    """Examine a case for all symptoms, and leave out those that another one explains.

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
    applicable = [symptom for symptom in symptoms if all(_is_known(case, need) for need in symptom.needs)]
    findings = [(symptom, finding) for symptom in applicable for finding in symptom.examine(case)]
    static_causes = (
        _causes_before_training(case, applicable) if any(map(_explains_everything, findings)) else frozenset[str]()
    )
    left = []
    for number, (symptom, finding) in enumerate(findings):
        causes = _causes_of(number, findings, static_causes)
        if not causes:
            left.append(finding)
        elif symptom.stays is not None:
            left.append(_behind(finding, symptom.stays, causes))
    return _unique(_calibrated(_with_rule(finding)) for finding in left)


def _behind(finding: Finding, stays: Severity, causes: Sequence[tuple[Symptom, Finding]]) -> Finding:
    """Put a fault of the program behind the causes that explain its effects: it is left when these are fixed."""
    confidence = min(finding.confidence, _BEHIND * min(cause.confidence for _, cause in causes))
    is_alarm = stays in _ALARMS and not any(map(_explains_everything, causes))
    return replace(finding, confidence=confidence, severity=finding.severity if is_alarm else "NOTE")


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
    """Diagnose the heads of a network.

    Args:
        cases: one for each head.

    Returns:
        Findings, most likely cause first; a cause that several heads have is one finding, and names the heads where
        not all have it.

    Example:
        >>> diagnose_heads([Case(head="top"), Case(head="mass")])
        []
    """
    findings = [(case.head, finding) for case in cases for finding in diagnose(case)]
    causes: dict[str, list[str]] = {}
    for head, finding in findings:
        causes.setdefault(finding.cause, []).append(head)
    return _unique(
        finding
        if len(set(causes[finding.cause])) == len(cases)
        else replace(finding, evidence=f"{head}: {finding.evidence}")
        for head, finding in findings
    )


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """Put the most likely first, and of those with the same cause leave the surest."""
    order = sorted(findings, key=worst_first)
    alarms = sorted((finding for finding in order if finding.severity in _ALARMS), key=lambda alarm: -alarm.confidence)
    seen: set[str] = set()
    unique = []
    notes = [finding for finding in order if finding.severity not in _ALARMS]
    for finding in [*alarms, *notes]:
        if finding.cause not in seen:
            unique.append(replace(finding, see=f"docs/doctor/{finding.symptom.replace(' ', '-')}.md"))
        seen.add(finding.cause)
    return unique


def _is_known(case: Case, need: str) -> bool:
    value = getattr(case, need)
    return value.epochs > 0 if need == "history" else value is not None and value != () and value != {}


def _causes_of(
    number: int, findings: list[tuple[Symptom, Finding]], static_causes: frozenset[str]
) -> list[tuple[Symptom, Finding]]:
    """Return the other findings that are the cause of this one.

    Where symptoms explain each other, directly or round a circle, the one that is looked for first is the cause. What
    is seen before the training is no effect of what breaks all of it: both are to be fixed.
    """
    return [
        findings[other]
        for other in range(len(findings))
        if _explains(findings[other], findings[number])
        and not (number < other and _leads(number, other, findings))
        and not (_explains_everything(findings[other]) and findings[number][1].cause in static_causes)
    ]


def _causes_before_training(case: Case, symptoms: Iterable[Symptom]) -> frozenset[str]:
    """Return the causes of alarms that are raised before the training, however it goes then."""
    before = replace(
        case, plan=replace(case.plan, finished=False), history=History(), skill=None, vitals=case.vitals[:1]
    )
    ready = [symptom for symptom in symptoms if all(_is_known(before, need) for need in symptom.needs)]
    findings = [finding for symptom in ready for finding in symptom.examine(before)]
    return frozenset(finding.cause for finding in findings if finding.severity in _ALARMS)


def _explains_everything(symptom_and_finding: tuple[Symptom, Finding]) -> bool:
    symptom, finding = symptom_and_finding
    return "*" in symptom.explains and finding.severity == "FAIL"


def _leads(start: int, end: int, findings: list[tuple[Symptom, Finding]]) -> bool:
    """Whether a symptom explains another one, directly or by way of others."""
    reached, waiting = {start}, [start]
    while waiting:
        cause = waiting.pop()
        effects = {other for other in range(len(findings)) if _explains(findings[cause], findings[other])} - reached
        reached |= effects
        waiting += effects
    return end in reached


def _explains(cause: tuple[Symptom, Finding], effect: tuple[Symptom, Finding]) -> bool:
    (symptom, finding), (other, explained) = cause, effect
    weaker = finding.severity not in _ALARMS and explained.severity in _ALARMS
    if other is symptom or weaker or finding.confidence < _SURE:
        return False
    everything = _explains_everything(cause) and other.name not in _STATIC
    return everything or other.name in symptom.explains
