"""How the training of a run is saved and resumed: its plan, checkpoints of each team, and a history that fits them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.lab.checkpoints import Checkpoints
from netwright.lab.history import rewind_history
from netwright.lab.lines import rewind_lines
from netwright.lab.lock import RunLock
from netwright.lab.run import Run
from netwright.training import Checkpointing, EpochRecord, TrainingPlan

__all__ = ["open_checkpointing", "read_plan"]

_PLAN = "plan.json"


def open_checkpointing(
    run: Run, lock: RunLock, remark: Callable[[str], None], *, finish: bool = False
) -> Checkpointing:
    """Find what the training of a run goes on from, and where it saves its state.

    Args:
        run: the run; new, or with checkpoints.
        lock: that of the run.
        remark: called with a sentence for each damaged checkpoint that was skipped.
        finish: whether to take the best weights so far instead of training on.

    Returns:
        What the training needs; history and vitals of the run are taken back to its checkpoints.

    Raises:
        RunError: there are checkpoints that cannot be read, or, to finish, a member has no weights yet.
    """
    plan = read_plan(run)
    stores: dict[int, Checkpoints] = {}

    def store(numbers: Sequence[int]) -> Checkpoints:
        first = min(numbers)
        if first not in stores:
            stores[first] = Checkpoints(run.checkpoints / f"team-{first}", run.path / "history.jsonl", lock)
        return stores[first]

    epochs: dict[int, int] = {}
    for team in plan.teams if plan else ():
        latest = store(team).latest()
        epochs |= {int(number): count for number, count in latest.values["epochs"].items()} if latest else {}
    untrained = [number for team in (plan.teams if plan else ()) for number in team if not epochs.get(number)]
    if finish and (plan is None or untrained):
        msg = (
            f"{run.path}: {f'members {untrained}' if plan else 'no member'} ended an epoch, so there are no weights to "
            f"evaluate. Go on: netwright train --resume {in_command(run.path)}"
        )
        raise RunError(msg)
    for skipped in (text for checkpoints in stores.values() for text in checkpoints.remarks):
        remark(skipped)
    for name in ("vitals.jsonl", "separation.jsonl"):
        rewind_lines(run.path / name, epochs)
    records = [EpochRecord(**line) for line in rewind_history(run.path / "history.jsonl", epochs)]
    return Checkpointing(
        store=store,
        history=lambda number: [record for record in records if record.member == number],
        plan=plan,
        save_plan=lambda plan: run.write_json(_PLAN, asdict(plan)),
    )


def read_plan(run: Run) -> TrainingPlan | None:
    """Read how the members of a run are trained.

    Args:
        run: the run.

    Returns:
        The plan; None where the training did not begin.

    Raises:
        RunError: there are checkpoints and no plan, or it cannot be read.
    """
    if not (run.path / _PLAN).exists():
        if run.has_checkpoints:
            msg = (
                f"{run.path / _PLAN} is missing: it says which members the checkpoints belong to. Restore the file "
                f"from a backup, or remove {run.checkpoints} to train from the beginning."
            )
            raise RunError(msg)
        return None
    values = run.read_json(_PLAN)
    workers = values.get("workers", values.get("lanes"))  # lanes: in runs of netwright 0.1
    return TrainingPlan(
        values["way"], tuple(tuple(team) for team in values["teams"]), workers, values["steps_per_second"]
    )
