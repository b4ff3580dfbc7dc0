"""The members of a run: trained, starting from its checkpoints if there are any, combined, examined and saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from netwright.atomic_files import sha256_of
from netwright.data import Description, describe_folds
from netwright.doctor import Doctor, VitalsRecord, in_keys
from netwright.errors import NonFiniteLossError
from netwright.evaluation import membership_of
from netwright.finding import Finding
from netwright.lab import (
    Run,
    RunLock,
    history_writer,
    open_checkpointing,
    separation_writer,
    vitals_writer,
    warnings_writer,
)
from netwright.progress import Progress, step
from netwright.training import Checkpointing, EpochRecord, Hooks, Observer, TrainedModel, interruptible
from netwright.workflow._data import ExperimentData
from netwright.workflow.findings.files import file_findings
from netwright.workflow.findings.leaks import LEAK
from netwright.workflow.findings.of_run import checkpoint_finding, no_warning
from netwright.workflow.findings.rows import row_findings
from netwright.workflow.members.combined import combined_network, combining_findings, member_losses
from netwright.workflow.members.prepare import Member, members_of_division, train_on_rows

__all__ = ["train_run"]


def _ignore_vitals(record: VitalsRecord) -> None:
    """Take no note of what was measured of layers."""
    del record


def train_run(
    run: Run,
    data: ExperimentData,
    lock: RunLock,
    observers: Sequence[Observer],
    progress: Progress,
    *,
    finish: bool = False,
    findings: Sequence[Finding] = (),
    warn: Callable[[Finding], None] = no_warning,
    on_vitals: Callable[[VitalsRecord], None] = _ignore_vitals,
) -> None:
    """Train all members, starting from the run's checkpoints if there are any, and write the network.

    Args:
        run: the run, where everything is written.
        data: the data of its experiment.
        lock: the lock of the run.
        observers: callbacks for the events of the training.
        progress: callback for progress updates.
        finish: use the best weights so far instead of training further.
        findings: findings on earlier changes to the experiment.
        warn: called with each warning of the doctor while the training runs, and before it with each input that gives
            the answer.
        on_vitals: called with what the doctor measured of the layers of a network.

    Raises:
        TrainingInterruptedError: a signal ended the training, which can be resumed.
        NetwrightError: the experiment cannot be carried out as specified.
    """
    experiment, rows, division = run.experiment, data.rows, data.division
    all_findings = [*file_findings(data.dataset), *findings]
    checkpointing = open_checkpointing(
        run, lock, lambda text: all_findings.append(checkpoint_finding(text)), finish=finish
    )
    members = members_of_division(experiment, rows, division)
    with step(progress, "Describing"):
        descriptions = describe_folds(rows, division, experiment, name_row=data.dataset.locate)
    warn_and_record = _recorded_warnings(run, warn)
    all_findings += (of_data := row_findings(data.dataset, experiment, rows, descriptions[0]))
    for finding in of_data:
        if finding.symptom == LEAK:
            warn_and_record(finding)
    earlier = [epoch for member in members for epoch in checkpointing.history(member.number)]
    doctor = _recording_doctor(run, earlier, warn_and_record, on_vitals)
    everyone: tuple[Observer, ...] = (history_writer(run.path / "history.jsonl"), doctor, *observers)
    try:
        trained = _trained(run, data, members, descriptions, everyone, checkpointing, finish=finish)
    except NonFiniteLossError:
        run.write_findings([*all_findings, *(in_keys(experiment, finding) for finding in doctor.findings)])
        raise
    losses = member_losses(experiment, trained)
    run.save(combined_network(experiment, trained, losses))
    run.write_membership(membership_of(experiment, rows, division))
    all_findings += combining_findings(experiment, losses)
    with step(progress, "Examining"):
        all_findings += [in_keys(experiment, finding) for finding in doctor.findings]
    _write_training(run, members, trained, all_findings)


def _trained(
    run: Run,
    data: ExperimentData,
    members: Sequence[Member],
    descriptions: Sequence[Description],
    observers: Sequence[Observer],
    checkpointing: Checkpointing,
    *,
    finish: bool,
) -> list[TrainedModel]:
    """Train members to their end; with `finish`, give them their best weights so far.

    Raises:
        TrainingInterruptedError: a signal ended the training.
    """
    with interruptible() as stop_signal:
        hooks = Hooks(tuple(observers), interrupted=lambda: finish or stop_signal(), name_row=data.dataset.locate)
        trained = train_on_rows(members, data.rows, descriptions, hooks, checkpointing)
    if stop_signal.signal:  # also behind the last epoch, while networks are calibrated
        raise run.interrupted(stop_signal.signal)
    return trained


def _write_training(
    run: Run, members: Sequence[Member], trained: Sequence[TrainedModel], findings: Sequence[Finding]
) -> None:
    """Write ``training.json``, which says that the training ended, with the checksums of what was written before."""
    content = {
        "members": [_member_record(*pair) for pair in zip(members, trained, strict=True)],
        "plan": run.read_json("plan.json"),
        "findings": [asdict(finding) for finding in findings],
        "sha256": {name: sha256_of(run.path / name) for name in ("model.keras", "identity.npy")},
    }
    run.write_json("training.json", content)


def _recording_doctor(
    run: Run,
    earlier: Sequence[EpochRecord],
    warn: Callable[[Finding], None],
    on_vitals: Callable[[VitalsRecord], None],
) -> Doctor:
    """Return a doctor that writes down what it measures."""
    write_vitals = vitals_writer(run.path / "vitals.jsonl")

    def record(vitals: VitalsRecord) -> None:
        write_vitals(vitals)
        on_vitals(vitals)

    return Doctor(warn=warn, record=record, separate=separation_writer(run.path / "separation.jsonl"), earlier=earlier)


def _recorded_warnings(run: Run, warn: Callable[[Finding], None]) -> Callable[[Finding], None]:
    """Return what warns in the keys of the experiment file, and writes each warning down."""
    write_warning = warnings_writer(run.path / "warnings.jsonl")

    def warn_and_record(finding: Finding) -> None:
        in_file_keys = in_keys(run.experiment, finding)
        write_warning(in_file_keys)
        warn(in_file_keys)

    return warn_and_record


def _member_record(member: Member, trained: TrainedModel) -> dict[str, object]:
    """Return the record of a member's training for ``training.json``."""
    return {
        "member": member.number,
        "fold": member.fold,
        "seed": member.experiment.training.seed,
        "best_epoch": trained.best_epoch,
        "stopped": trained.stopped,
        "remarks": trained.remarks,
        "valid_head_losses": trained.valid_head_losses,
        "moved": trained.moved,
        "calibration": trained.calibration,
    }
