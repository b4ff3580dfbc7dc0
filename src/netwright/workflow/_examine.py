"""Examine: the doctor's verdict on a run, or on an experiment before its training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from netwright.config import Experiment
from netwright.data import describe_folds
from netwright.doctor import Doctor, VitalsRecord, in_keys
from netwright.finding import Finding
from netwright.lab import Run, read_plan
from netwright.models import member_networks
from netwright.progress import Progress, silent, step
from netwright.readers import Files
from netwright.training import (
    EndRecord,
    EpochRecord,
    MemberEnd,
    PreparedMember,
    StartRecord,
    TrainingPlan,
    start_record,
)
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._open_experiment import experiment_or_run, open_experiment
from netwright.workflow._run_data import open_trained
from netwright.workflow.members.prepare import Member, member_arrays, members_of_division, prepare_member

__all__ = ["Examination", "examine"]


@dataclass(frozen=True)
class Examination:
    """What the doctor found.

    Attributes:
        findings: alarms, the likeliest cause first, or the verdict that all is well; then notes.
        vitals: the layers of each member, as they are now.
        changes: how the data of a run has changed since its training, in sentences.
    """

    findings: tuple[Finding, ...]
    vitals: tuple[VitalsRecord, ...]
    changes: tuple[str, ...] = ()


def examine(
    source: Run | Experiment | str | Path,
    *,
    own_files: Files | None = None,
    trust: bool = False,
    progress: Progress = silent,
) -> Examination:
    """Examine a trained run, or an experiment before its training; nothing is changed.

    Args:
        source: a run or its directory; or an experiment or its file.
        own_files: current location of a run's files, if they have moved.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        What the doctor found.

    Raises:
        RunError: the training of the run did not end.
        NetwrightError: the data cannot be read.

    Example:
        >>> import netwright as nw
        >>> nw.examine("runs/top-tagging").findings[0].severity  # doctest: +SKIP
        'PASS'
    """
    opened = experiment_or_run(source, trust=trust)
    if isinstance(opened, Experiment):
        return _before(opened, trust=trust, progress=progress)
    run, data, changes = open_trained(opened, own_files, trust=trust, progress=progress)
    with step(progress, "Examining"):
        return _after(run, data, changes)


def _before(experiment: Experiment, *, trust: bool, progress: Progress) -> Examination:
    """Examine the first network of an experiment and its rows."""
    experiment, attached = open_experiment(experiment, trust=trust, progress=progress)
    data = load_data(experiment, progress)
    members = members_of_division(experiment, data.rows, data.division)[:1]
    vitals: list[VitalsRecord] = []
    doctor = Doctor(record=vitals.append)
    with step(progress, "Examining"):
        record, _ = _start(members, data, TrainingPlan("one-by-one", ((0,),), 1))
        doctor.on_start(record)
        findings = [*doctor.before(), *attached]
    return Examination(tuple(in_keys(experiment, finding) for finding in findings), tuple(vitals))


def _after(run: Run, data: ExperimentData, changes: Sequence[str]) -> Examination:
    """Show the doctor a training that has ended: its start, its history, and the networks as they are."""
    members = members_of_division(run.experiment, data.rows, data.division)
    plan = read_plan(run) or TrainingPlan("one-by-one", tuple((member.number,) for member in members), 1)
    vitals: list[VitalsRecord] = []
    doctor = Doctor(record=vitals.append)
    record, prepared = _start(members, data, plan)
    doctor.on_start(record)
    history = [EpochRecord(**line) for line in run.history]
    for epoch in history:
        doctor.on_epoch(epoch)
    for member, trained in zip(prepared, member_networks(run.model), strict=True):
        member.model.set_weights(trained.get_weights())
    recorded = run.read_json("training.json")["members"]
    ends = tuple(
        MemberEnd(
            ended["member"],
            ended["stopped"],
            sum(epoch.member == ended["member"] for epoch in history),
            ended["best_epoch"],
        )
        for ended in recorded
    )
    doctor.on_end(EndRecord(ends))
    findings = tuple(in_keys(run.experiment, finding) for finding in doctor.findings)
    return Examination(findings, tuple(vital for vital in vitals if vital.step), tuple(changes))


def _start(
    members: Sequence[Member], data: ExperimentData, plan: TrainingPlan
) -> tuple[StartRecord, list[PreparedMember]]:
    """Build the networks with their first weights, as a training does."""
    experiment = members[0].experiment
    descriptions = describe_folds(data.rows, data.division, experiment, name_row=data.dataset.locate)
    prepared = [prepare_member(member, data.rows, descriptions[member.fold]) for member in members]
    arrays = member_arrays(members, data.rows)
    return start_record(plan, prepared, arrays), prepared
