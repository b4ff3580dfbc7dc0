"""All members of an experiment: put into teams, and trained by so many workers at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from netwright.config import TrainingSection
from netwright.training.backend import check_backend
from netwright.training.compiled.program import Program, compile_program, orders_of, program_key
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.loader import Loader, make_loader
from netwright.training.feed.streamed_loader import StreamedLoader
from netwright.training.hooks import Hooks
from netwright.training.loop import train_team
from netwright.training.members.plan import TrainingPlan, choose_plan, group_by_program, plan_of, worker_count
from netwright.training.observer import Observers
from netwright.training.prepared_member import PreparedMember
from netwright.training.records import EndRecord, MemberEnd, MemberStart, StartRecord
from netwright.training.snapshot import Checkpointing
from netwright.training.team import Team
from netwright.training.trained import TrainedModel

__all__ = ["start_record", "train_members"]


def train_members(
    members: Sequence[PreparedMember],
    arrays: RowArrays,
    hooks: Hooks,
    *,
    epoch_arrays: Callable[[int], RowArrays] | None = None,
    checkpointing: Checkpointing | None = None,
    programs: dict[str, Program] | None = None,
    narrows: bool = False,
) -> list[TrainedModel]:
    """Train all members of an experiment.

    How members are fed and grouped (`feed`, `members`, `devices` of the training section) is that of the first.

    Args:
        members: their networks are changed.
        arrays: all rows, with a line of weights for each member.
        hooks: what the training calls while it runs.
        epoch_arrays: gives other rows for the training of an epoch, with the same row numbers; validation stays with
            `arrays`.
        checkpointing: how the state is saved, and what the training goes on from; not at all if not given.
        programs: keeps compiled programs from one call to the next, which has the same rows; what is new is added.
        narrows: whether members go on as a smaller team once half of it has ended; not with checkpointing or probes.

    Returns:
        The networks, in the order of members, with their best weights.

    Raises:
        RunError: Keras runs on another backend than JAX.
        NonFiniteLossError: a loss is not finite.
        DataError: weights of validation rows do not add up to a positive number.
    """
    check_backend()
    section = members[0].section
    loader = make_loader(arrays, section)
    groups = group_by_program(members)
    member_programs = _programs_of_members(members, groups, {} if programs is None else programs)
    plan = (checkpointing.plan if checkpointing else None) or _plan(members, groups, member_programs, loader)
    if checkpointing:
        checkpointing.save_plan(plan)
    observers = Observers(hooks.observers)
    ends: list[MemberEnd] = []
    try:
        probes = observers.on_start(start_record(plan, members, arrays))

        def work(indices: Sequence[int], interrupted: Callable[[], bool]) -> list[TrainedModel]:
            team = Team(tuple(members[index] for index in indices), member_programs[indices[0]])
            return train_team(
                team,
                loader,
                replace(hooks, observers=(observers,), interrupted=interrupted),
                store=checkpointing.store(team.numbers) if checkpointing else None,
                histories=[checkpointing.history(number) for number in team.numbers] if checkpointing else None,
                epoch_loader=_epoch_loader(epoch_arrays, section),
                probes=probes,
                narrows=narrows and checkpointing is None and not probes,
            )

        trained: dict[int, TrainedModel] = {}
        for team, models in zip(plan.teams, _run_teams(plan, work, hooks.interrupted), strict=True):
            trained |= dict(zip(team, models, strict=True))
        ends = [_end(member, trained[index]) for index, member in enumerate(members)]
    finally:
        observers.on_end(EndRecord(tuple(ends), sys.exception()))
    return [trained[index] for index in range(len(members))]


def _programs_of_members(
    members: Sequence[PreparedMember], groups: Sequence[Sequence[int]], compiled: dict[str, Program]
) -> list[Program]:
    """Make one program for each group that has none yet, and return that of each member."""
    by_index: dict[int, Program] = {}
    for group in groups:
        group_members = [members[index] for index in group]
        key = program_key(group_members)
        if key not in compiled:
            compiled[key] = compile_program(group_members)
        by_index |= dict.fromkeys(group, compiled[key])
    return [by_index[index] for index in range(len(members))]


def _plan(
    members: Sequence[PreparedMember], groups: Sequence[Sequence[int]], programs: Sequence[Program], loader: Loader
) -> TrainingPlan:
    """Take the way that the experiment names, or the fastest; streamed and divided rows go to one member at a time."""
    section = members[0].section
    if section.eager:
        return plan_of("one-by-one", groups, 1)
    if section.members != "auto":
        return plan_of(section.members, groups, worker_count())
    if isinstance(loader, StreamedLoader) or section.devices > 1:
        return plan_of("one-by-one", groups, 1)
    return choose_plan(members, groups, programs, loader)


def start_record(plan: TrainingPlan, members: Sequence[PreparedMember], arrays: RowArrays) -> StartRecord:
    """Return what observers get before the first step.

    Args:
        plan: how the members are trained.
        members: with their first weights.
        arrays: all rows, with a line of weights for each member.

    Returns:
        The plan, the start of each member in their order, and the rows.
    """
    starts = (
        MemberStart(
            member.number,
            member.section,
            order.steps,
            member.train_rows.rows,
            member.valid_rows,
            member.raw,
            member.objective,
        )
        for member, order in zip(members, orders_of(members, 1, arrays), strict=True)
    )
    return StartRecord(plan, tuple(starts), arrays)


def _end(member: PreparedMember, trained: TrainedModel) -> MemberEnd:
    return MemberEnd(member.number, trained.stopped, len(trained.history), trained.best_epoch)


def _epoch_loader(
    epoch_arrays: Callable[[int], RowArrays] | None, section: TrainingSection
) -> Callable[[int], Loader] | None:
    return None if epoch_arrays is None else lambda epoch: make_loader(epoch_arrays(epoch), section)


def _run_teams(
    plan: TrainingPlan,
    work: Callable[[Sequence[int], Callable[[], bool]], list[TrainedModel]],
    interrupted: Callable[[], bool],
) -> list[list[TrainedModel]]:
    """Train the teams of a plan, so many at a time; where one fails, the others end as if interrupted."""
    if plan.workers == 1:
        return [work(team, interrupted) for team in plan.teams]
    failed = Event()

    def watched(team: Sequence[int]) -> list[TrainedModel]:
        ended = False
        try:
            trained = work(team, lambda: failed.is_set() or interrupted())
            ended = True
            return trained
        finally:
            if not ended:
                failed.set()

    with ThreadPoolExecutor(plan.workers, "netwright-team") as pool:
        running = [pool.submit(watched, team) for team in plan.teams]
        try:
            return [future.result() for future in running]
        finally:
            failed.set()  # a second Ctrl-C comes here: no team goes on without being watched
