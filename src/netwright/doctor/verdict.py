"""From the cases of heads and members to one list of findings, the likeliest cause first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from netwright.doctor._shortfall import falls_short, harmless_difference, shortfall_text
from netwright.doctor.case import Case, MemberLoss
from netwright.doctor.diagnosis import diagnose
from netwright.doctor.quantities.losses import mean_loss, row_losses
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
ENGINE_SYMPTOMS: tuple[Symptom, ...] = tuple(symptom for symptom in SYMPTOMS if symptom.name not in _NEVER)
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
    own = [finding for finding in findings if finding.see.startswith("docs/doctor")]
    alarms = [finding for finding in own if finding.severity in _ALARMS]
    verdict_finding = next((finding for finding in own if finding.symptom == VERDICT), None)
    return max(alarms, key=lambda alarm: alarm.confidence, default=verdict_finding)


def verdict(patients: Sequence[Patient]) -> list[Finding]:
    """Say what is wrong with a training, or that it is healthy.

    A cause that several heads or members share is one finding.

    Args:
        patients: every head of every member.

    Returns:
        Alarms, the likeliest cause first; where there is none, the verdict, PASS for a healthy training or NOTE where
        that cannot be told, and then notes.
    """
    by_cause: dict[tuple[str, str], list[tuple[Patient, Finding]]] = {}
    for patient in patients:
        for finding in diagnose(patient.case, ENGINE_SYMPTOMS):
            by_cause.setdefault((finding.symptom, finding.cause), []).append((patient, finding))
    joined = [_joined(same, patients) for same in by_cause.values()]
    for head in dict.fromkeys(patient.head for patient in patients):
        joined += _member_findings(patients, head)
    alarms = sorted((finding for finding in joined if finding.severity in _ALARMS), key=lambda alarm: -alarm.confidence)
    notes = sorted((finding for finding in joined if finding.severity not in _ALARMS), key=worst_first)
    return alarms or [_healthy(patients), *notes]


def _member_findings(patients: Sequence[Patient], head: str) -> list[Finding]:
    """Compare the members of an ensemble or a cross-validation by their validation losses."""
    losses = []
    for patient in patients:
        rows, outputs = patient.case.validation, patient.case.vitals[-1].validation if patient.case.vitals else None
        if patient.head != head or rows is None or outputs is None or rows.target is None or not len(rows):
            continue
        row_loss = row_losses(outputs, rows.target, patient.case.objective)
        if row_loss is not None and np.isfinite(row_loss).all():
            key = hashlib.sha256(rows.inputs.tobytes() + rows.target.tobytes()).hexdigest()
            loss, error = mean_loss(row_loss, rows.weight)
            if np.isfinite(loss):
                losses.append(MemberLoss(patient.member, key, loss, error))
    return diagnose(Case(members=tuple(losses)), (MEMBER_UNLIKE, FOLDS_DISAGREE)) if len(losses) > 1 else []


def _joined(same: Sequence[tuple[Patient, Finding]], patients: Sequence[Patient]) -> Finding:
    """Make one finding of those with the same cause: the surest, with the heads and members that have it."""
    patient, finding = min(same, key=lambda pair: worst_first(pair[1]))
    heads = dict.fromkeys(patient.head for patient, _ in same)
    members = dict.fromkeys(patient.member for patient, _ in same)
    all_heads, all_members = {patient.head for patient in patients}, {patient.member for patient in patients}
    where = list(finding.where)
    if len(heads) < len(all_heads):
        where += [f"targets.{head}" for head in heads]
    if len(members) < len(all_members):
        where += [f"member {number}" for number in members]
    names = [patient.head] if len(all_heads) > 1 else []
    names += [f"member {patient.member}"] if len(all_members) > 1 else []
    prefix = f"{', '.join(names)}: " if names else ""
    return replace(finding, where=tuple(where), evidence=prefix + finding.evidence)


def _healthy(patients: Sequence[Patient]) -> Finding:
    """Say that nothing is wrong, or why that is not known."""
    texts, unsure = _by_head(patients)
    text = " ".join(texts)
    behind = list(dict.fromkeys(patient.head for patient in patients if falls_short(patient.case)))
    if behind:
        return Finding(
            VERDICT,
            "NOTE",
            f"Nothing wrong was found, but {', '.join(behind)} could be better: see the notes. {text}",
            threshold="Healthy: The network does at least as well as a simple method, within the statistics of these "
            "rows.",
            see="docs/doctor.md",
            confidence=0.5,
        )
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
    heads: Mapping[str, list[Patient]] = {patient.head: [] for patient in patients}
    for patient in patients:
        heads[patient.head].append(patient)
    texts, unsure = [], []
    for head, of_head in heads.items():
        measured = [patient.case.skill for patient in of_head if patient.case.skill is not None]
        short = [falls_short(patient.case) for patient in of_head]
        if measured:
            worst = min(measured, key=lambda skill: skill.network)
            text = " ".join(filter(None, [shortfall_text(worst), "" if any(short) else harmless_difference(worst)]))
            texts.append(f"{head}: {text}" if len(heads) > 1 else text)
        if None in short:
            unsure.append(head)
    return texts, unsure
