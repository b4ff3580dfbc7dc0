"""The members of a run, each trained by a worker of a cluster: in its own folder, from which the run continues."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from netwright.atomic_files import make_folder, write_text
from netwright.config import ClusterSection
from netwright.data import Description, describe_folds
from netwright.doctor import Doctor, in_keys
from netwright.errors import NetwrightError
from netwright.finding import Finding
from netwright.lab import (
    Checkpoints,
    Run,
    RunLock,
    checked_findings,
    history_writer,
    locked,
    open_checkpointing,
    separation_writer,
    vitals_writer,
    warnings_writer,
)
from netwright.models import import_custom_layers
from netwright.progress import Progress, silent
from netwright.strict_json import json_or_none, json_text
from netwright.training import Hooks, TrainingPlan
from netwright.workflow._cluster import work_by_workers
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._value_of_key import with_value
from netwright.workflow.findings.of_run import no_warning
from netwright.workflow.members.prepare import Member, members_of_experiments, train_on_rows

__all__ = ["members_on_cluster"]

_PARTS = "parts"
_WARNINGS = "warnings.jsonl"


def members_on_cluster(
    run: Run,
    lock: RunLock,
    cluster: str,
    jobs: int,
    members: int,
    progress: Progress,
    *,
    parameter: str = "",
    values: Sequence[float] = (),
    warn: Callable[[Finding], None] = no_warning,
) -> None:
    """Train the members of a run on a cluster, and bring what they wrote into the run.

    The run's training then goes on from there, and finds all members at their end. A member is trained by itself, to
    the bits of ``training.members: one-by-one``. What was interrupted goes on from the checkpoints of each member.

    Args:
        run: the run, with its experiment.
        lock: that of the run, which the caller holds.
        cluster: ``local``, ``dask://ADDRESS``, ``slurm`` or ``htcondor``.
        jobs: number of workers.
        members: number of members.
        progress: callback for progress updates.
        parameter: the key that a scan varies, if this is one.
        values: of the parameter; each has the same number of members.
        warn: called with each warning of the doctor once, when all members are trained.

    Raises:
        RunError: there is no such cluster, or a worker could not go on.
    """
    if run.has_checkpoints and not (run.path / _PARTS).exists():
        return  # the run began without a cluster, or all of them are there
    section = run.experiment.cluster or ClusterSection()
    arguments = [(str(run.path.resolve()), number, run.trust, parameter, [*values]) for number in range(members)]
    work_by_workers(cluster, section, run.path, jobs, _train_member, arguments, progress)
    _merge_members(run, lock, members)
    path = run.path / _WARNINGS
    for finding in checked_findings(path, _records(path)):
        warn(finding)


def _train_member(run: str, number: int, trust: bool, parameter: str, values: Sequence[float]) -> str:  # noqa: FBT001
    """Train a member in another process, as the only one of a run; return the message of what ended it."""
    try:
        member_run = _member_run(Run(Path(run), trust), number)
        make_folder(member_run.path)
        with locked(member_run.path) as lock:
            data, descriptions, members = _prepared(run, trust, parameter, tuple(values))
            member = replace(members[number], number=0)
            write_warning = warnings_writer(member_run.path / _WARNINGS)
            doctor = Doctor(
                warn=lambda finding: write_warning(in_keys(member.experiment, finding)),
                record=vitals_writer(member_run.path / "vitals.jsonl"),
                separate=separation_writer(member_run.path / "separation.jsonl"),
            )
            observers = (history_writer(member_run.path / "history.jsonl"), doctor)
            scanned = bool(parameter)  # a value whose loss is not finite leaves the others to be compared
            hooks = Hooks(observers, name_row=data.dataset.locate, tolerates=lambda _number, _error: scanned)
            checkpointing = open_checkpointing(member_run, lock, lambda _: None)
            train_on_rows([member], data.rows, descriptions, hooks, checkpointing)
    except NetwrightError as error:  # its class may need more than one argument, and would not come back
        return str(error)
    return ""


@lru_cache(1)
def _prepared(
    run: str,
    trust: bool,  # noqa: FBT001  # by position, as a key
    parameter: str,
    values: tuple[float, ...],
) -> tuple[ExperimentData, Sequence[Description], Sequence[Member]]:
    """Return rows, descriptions of folds and all members, which a worker reads once."""
    experiment = Run(Path(run), trust).experiment
    import_custom_layers(experiment.model, trust=trust)
    data = load_data(experiment, silent)
    descriptions = describe_folds(data.rows, data.division, experiment, name_row=data.dataset.locate)
    experiments = [with_value(experiment, parameter, value) for value in values] or [experiment]
    return data, descriptions, members_of_experiments(experiments, data.rows, data.division)


def _merge_members(run: Run, lock: RunLock, members: int) -> None:
    """Bring what the members wrote and their checkpoints into the run, and remove what is left of them."""
    member_runs = [_member_run(run, number) for number in range(members)]
    of_causes: dict[str, dict[str, Any]] = {}
    for record in [record for member_run in member_runs for record in _records(member_run.path / _WARNINGS)]:
        of_causes.setdefault(record["cause"], record)
    write_text(run.path / _WARNINGS, "".join(f"{json_text(record)}\n" for record in of_causes.values()))
    for name in ("history.jsonl", "vitals.jsonl", "separation.jsonl"):
        lines = [_numbered(member_run.path / name, number) for number, member_run in enumerate(member_runs)]
        write_text(run.path / name, "".join(lines))
    plan = TrainingPlan("one-by-one", tuple((number,) for number in range(members)), 1)
    run.write_json("plan.json", asdict(plan))
    for number, member_run in enumerate(member_runs):
        history = run.path / "history.jsonl"
        latest = Checkpoints(member_run.checkpoints / "team-0", history).latest()
        if latest is not None:
            (epochs,) = latest.values["epochs"].values()
            store = Checkpoints(run.checkpoints / f"team-{number}", history, lock)
            store.save(replace(latest, values={**latest.values, "epochs": {str(number): epochs}}))
            store.close()
    shutil.rmtree(run.path / _PARTS)


def _numbered(path: Path, number: int) -> str:
    """Return lines of JSON of the only member of a part with its number in the run."""
    return "".join(json_text({**record, "member": number}) + "\n" for record in _records(path))


def _records(path: Path) -> list[dict[str, Any]]:
    """Return the lines of JSON of a file that need not exist, but for one that a killed worker left half written."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [record for line in lines if (record := json_or_none(line)) is not None]


def _member_run(run: Run, number: int) -> Run:
    return Run(run.path / _PARTS / f"member-{number}", run.trust)
