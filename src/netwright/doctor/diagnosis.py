"""From symptoms to causes: one finding for each cause, the most likely first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from netwright.doctor.case import Case
from netwright.doctor.registry import SYMPTOMS
from netwright.doctor.symptom import Symptom
from netwright.finding import Finding, worst_first

__all__ = ["diagnose"]

_ALARMS = {"FAIL", "WARN"}
_SURE = 0.5  # confidence from which a cause explains other symptoms


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
    wanted = [symptom for symptom in symptoms if all(_there(case, need) for need in symptom.needs)]
    found = [(symptom, finding) for symptom in wanted for finding in symptom.look(case)]
    kept = [finding for symptom, finding in found if not _explained(symptom, finding, found)]
    order = sorted(kept, key=worst_first)
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


def _explained(symptom: Symptom, finding: Finding, found: list[tuple[Symptom, Finding]]) -> bool:
    """Whether another alarm, which nothing else explains, is the cause of this one."""
    if finding.severity not in _ALARMS:
        return False
    static = {"output and loss", "features not finite"}
    later = False
    for other, cause in found:
        later = later or other is symptom
        if other is symptom or cause.severity not in _ALARMS or cause.confidence < _SURE:
            continue
        if later and other.name in symptom.explains:
            continue  # each explains the other: the one that is looked for first is the cause
        everything = "*" in other.explains and cause.severity == "FAIL" and symptom.name not in static
        if everything or symptom.name in other.explains:
            return True
    return False
