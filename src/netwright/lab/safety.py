"""What keeps the work of a run's training: its plan, checkpoints of each team, and a history that fits them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

from netwright.errors import RunError
from netwright.lab.checkpoints import Checkpoints
from netwright.lab.history import rewind_history
from netwright.lab.lock import RunLock
from netwright.lab.run import Run
from netwright.training import EpochRecord, Plan, Safety

__all__ = ["read_plan", "safety_of"]

_PLAN = "plan.json"


def safety_of(run: Run, lock: RunLock, remark: Callable[[str], None], *, finish: bool = False) -> Safety:
    """Find what a training of a run goes on from, and say where it keeps its work.

    Args:
        run: the run; new, or with checkpoints.
        lock: that of the run.
        remark: is told which checkpoints were passed over, and why.
        finish: whether to end with the best weights so far.

    Returns:
        What the training needs; the history of the run is taken back to its checkpoints.

    Raises:
        RunError: there are checkpoints that cannot be read, or, to finish, a member has no weights yet.
    """
    plan = read_plan(run)
    keepers: dict[int, Checkpoints] = {}

    def keeper(numbers: Sequence[int]) -> Checkpoints:
        first = min(numbers)
        if first not in keepers:
            keepers[first] = Checkpoints(run.checkpoints / f"team-{first}", run.path / "history.jsonl", lock)
        return keepers[first]

    epochs: dict[int, int] = {}
    for team in plan.teams if plan else ():
        latest = keeper(team).latest()
        epochs |= {int(number): count for number, count in latest.values["epochs"].items()} if latest else {}
    untrained = [number for team in (plan.teams if plan else ()) for number in team if not epochs.get(number)]
    if finish and (plan is None or untrained):
        msg = (
            f"{run.path}: {f'members {untrained}' if plan else 'no member'} ended an epoch, so there are no weights to "
            f"judge. Go on: netwright train --resume {run.path}"
        )
        raise RunError(msg)
    for passed_over in (remark for one in keepers.values() for remark in one.remarks):
        remark(passed_over)
    records = [EpochRecord(**line) for line in rewind_history(run.path / "history.jsonl", epochs)]
    return Safety(
        keeper=keeper,
        history=lambda number: [record for record in records if record.member == number],
        plan=plan,
        planned=lambda plan: run.write_json(_PLAN, asdict(plan)),
    )


def read_plan(run: Run) -> Plan | None:
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
                f"{run.path / _PLAN} is missing: it says which members the checkpoints belong to. Bring the file back "
                f"from a copy, or remove {run.checkpoints} to train from the beginning."
            )
            raise RunError(msg)
        return None
    values = run.read_json(_PLAN)
    return Plan(
        values["way"], tuple(tuple(team) for team in values["teams"]), values["lanes"], values["steps_per_second"]
    )
