"""From the cases of heads and members to one list of findings, the likeliest cause first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netwright.doctor._gate import falls_short, shortfall_text
from netwright.doctor.case import Case, MemberLoss
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.quantities.losses import row_losses
from netwright.doctor.registry import SYMPTOMS
from netwright.doctor.symptom import Symptom
from netwright.doctor.symptoms.members import FOLDS_DISAGREE, MEMBER_UNLIKE
from netwright.finding import Finding, worst_first

__all__ = ["ENGINE_SYMPTOMS", "VERDICT", "Patient", "likeliest", "verdict"]

VERDICT = "verdict of the doctor"
_ALARMS = {"FAIL", "WARN"}
# what our engine does right by its construction, or what another check of the workflow finds with names of columns
_NEVER = {
    "output and loss", "features not finite", "features not scaled", "targets not scaled", "metric", "rows in order",
    "selu", "dropout placement", "words as amounts",
}  # fmt: skip
ENGINE_SYMPTOMS: tuple[Symptom, ...] = tuple(one for one in SYMPTOMS if one.name not in _NEVER)
"""The symptoms that are looked for in trainings of our engine."""


@dataclass(frozen=True)
class Patient:
    """One head of one member.

    Attributes:
        member: number of the member, from 0.
        head: name of the head.
        case: what is known of it.
    """

    member: int
    head: str
    case: Case


def likeliest(findings: Iterable[Finding]) -> Finding | None:
    """Return what the doctor says first: the likeliest cause of what is wrong, else its verdict.

    Args:
        findings: of a run, in any order.

    Returns:
        One finding; None where the doctor said nothing.
    """
    own = [one for one in findings if one.see.startswith("docs/doctor")]
    alarms = [one for one in own if one.severity in _ALARMS]
    said = next((one for one in own if one.symptom == VERDICT), None)
    return max(alarms, key=lambda one: one.confidence, default=said)


def verdict(patients: Sequence[Patient]) -> list[Finding]:
    """Say what is wrong with a training, or that it is healthy.

    A cause that several heads or members share is one finding.

    Args:
        patients: every head of every member.

    Returns:
        Alarms, the likeliest cause first; where there is none, the verdict, PASS for a healthy training or NOTE where
        that cannot be told, and then notes.
    """
    found: dict[tuple[str, str], list[tuple[Patient, Finding]]] = {}
    for patient in patients:
        for finding in diagnose(patient.case, ENGINE_SYMPTOMS):
            found.setdefault((finding.symptom, finding.cause), []).append((patient, finding))
    joined = [_joined(each, patients) for each in found.values()]
    joined += [one for head in dict.fromkeys(one.head for one in patients) for one in _of_members(patients, head)]
    alarms = sorted((one for one in joined if one.severity in _ALARMS), key=lambda one: -one.confidence)
    notes = sorted((one for one in joined if one.severity not in _ALARMS), key=worst_first)
    return alarms or [_healthy(patients), *notes]


def _of_members(patients: Sequence[Patient], head: str) -> list[Finding]:
    """Compare the members of an ensemble or a cross-validation by their validation losses."""
    losses = []
    for patient in patients:
        rows, given = patient.case.validation, patient.case.vitals[-1].validation if patient.case.vitals else None
        if patient.head != head or rows is None or given is None or rows.target is None or not len(rows):
            continue
        found = row_losses(given, rows.target, patient.case.objective)
        if found is not None and np.isfinite(found).all():
            key = hashlib.sha256(rows.inputs.tobytes() + rows.target.tobytes()).hexdigest()
            losses.append(
                MemberLoss(patient.member, key, float(found.mean()), float(found.std() / np.sqrt(len(found))))
            )
    return diagnose(Case(members=tuple(losses)), (MEMBER_UNLIKE, FOLDS_DISAGREE)) if len(losses) > 1 else []


def _joined(each: Sequence[tuple[Patient, Finding]], patients: Sequence[Patient]) -> Finding:
    """Make one finding of those with the same cause: the surest, with the heads and members that have it."""
    patient, finding = min(each, key=lambda pair: worst_first(pair[1]))
    heads = dict.fromkeys(one.head for one, _ in each)
    members = dict.fromkeys(one.member for one, _ in each)
    where = list(finding.where)
    if len(heads) < len({one.head for one in patients}):
        where += [f"targets.{head}" for head in heads]
    several = len({one.member for one in patients}) > 1
    if len(members) < len({one.member for one in patients}):
        where += [f"member {number}" for number in members]
    many = len({one.head for one in patients}) > 1
    told = ", ".join([*([patient.head] if many else []), *([f"member {patient.member}"] if several else [])])
    return replace(finding, where=tuple(where), evidence=f"{told}: {finding.evidence}" if told else finding.evidence)


def _healthy(patients: Sequence[Patient]) -> Finding:
    """Say that nothing is wrong, or why that is not known."""
    said, unsure = _by_head(patients)
    text = " ".join(said)
    if unsure:
        return Finding(
            VERDICT,
            "NOTE",
            f"Nothing wrong was found, but nothing tells whether {', '.join(unsure)} could be better. {text}".strip(),
            threshold="A simple method finds something to learn in these rows, or there are rows enough for it.",
            see="docs/doctor.md",
            confidence=0.5,
        )
    return Finding(
        VERDICT,
        "PASS",
        f"The training is healthy. {text}".strip(),
        threshold="The network does at least as well as a simple method, within the statistics of these rows, and "
        "shows none of the symptoms.",
        see="docs/doctor.md",
        confidence=0.95,
    )


def _by_head(patients: Sequence[Patient]) -> tuple[list[str], list[str]]:
    """Return how each head does, in its worst member, and the heads of which that is not known."""
    heads: Mapping[str, list[Patient]] = {one.head: [] for one in patients}
    for patient in patients:
        heads[patient.head].append(patient)
    said, unsure = [], []
    for head, each in heads.items():
        measured = [one.case.skill for one in each if one.case.skill is not None]
        if measured:
            text = shortfall_text(min(measured, key=lambda one: one.network))
            said.append(f"{head}: {text}" if len(heads) > 1 else text)
        if any(falls_short(one.case) is None for one in each):
            unsure.append(head)
    return said, unsure
