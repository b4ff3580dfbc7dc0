"""How several members are trained: which of them at once, and how many teams at a time; chosen by measuring."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import jax
import numpy as np

from netwright.cpu_count import cpu_count
from netwright.training.compiled.program import Program, compilation_key, initial_state, orders_of
from netwright.training.feed.chunk import Chunk
from netwright.training.feed.loader import Loader
from netwright.training.feed.order import stacked
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team

__all__ = ["TrainingPlan", "Way", "choose_plan", "group_by_program", "plan_of", "worker_count"]

Way = Literal["one-by-one", "side-by-side", "together"]

_SECONDS = 0.3  # that each way is tried for
_MAX_SAVED = {True: 0.15, False: 0.8}  # part of the time that another way may save, on several cores and on a GPU


@dataclass(frozen=True)
class TrainingPlan:
    """Which members are trained at once.

    Attributes:
        way: how.
        teams: indices of members that one program trains at once.
        workers: how many teams are trained at a time.
        steps_per_second: of all members, for each way that was tried.
    """

    way: Way
    teams: tuple[tuple[int, ...], ...]
    workers: int
    steps_per_second: Mapping[str, float] = field(default_factory=dict)


def worker_count() -> int:
    """Return how many programs run well at a time: one for each core of a CPU, one on a GPU.

    Returns:
        Their number.
    """
    return cpu_count() if jax.default_backend() == "cpu" else 1


def group_by_program(members: Sequence[PreparedMember]) -> list[list[int]]:
    """Find the members that one program can train.

    Args:
        members: all members.

    Returns:
        Indices of members, group by group.
    """
    groups: dict[str, list[int]] = {}
    for index, member in enumerate(members):
        groups.setdefault(compilation_key(member), []).append(index)
    return list(groups.values())


def plan_of(way: Way, groups: Sequence[Sequence[int]], workers: int) -> TrainingPlan:
    """Make the teams of one way.

    Args:
        way: the way.
        groups: of `group_by_program`.
        workers: how many programs run well at a time.

    Returns:
        The plan.

    Example:
        >>> plan_of("together", [[0, 1, 2, 3, 4]], workers=2).teams
        ((0, 1, 2), (3, 4))
    """
    if way == "together":
        teams = [
            tuple(int(index) for index in team)
            for group in groups
            for team in np.array_split(np.asarray(group), min(workers, len(group)))
        ]
    else:
        teams = sorted((index,) for group in groups for index in group)
    return TrainingPlan(way, tuple(teams), 1 if way == "one-by-one" else min(workers, len(teams)))


def choose_plan(
    members: Sequence[PreparedMember], groups: Sequence[Sequence[int]], programs: Sequence[Program], loader: Loader
) -> TrainingPlan:
    """Try each way for a moment on the first steps of the training, and take the fastest.

    Where the training is so short that trying costs more than it can save, members go side by side.
    What is tried changes nothing: programs are pure functions, and their results are thrown away.

    Args:
        members: all members.
        groups: of `group_by_program`.
        programs: of each member.
        loader: the rows.

    Returns:
        The plan, with what was measured.
    """
    workers = worker_count()
    if len(members) == 1:
        return plan_of("one-by-one", groups, 1)
    alone = plan_of("one-by-one", groups, workers)
    began = time.monotonic()
    speed = _speed(alone, members, programs, loader)
    cost = time.monotonic() - began
    steps = sum(
        member.section.epochs * -(-len(member.train_rows.rows) // member.section.batch_size) for member in members
    )
    if _MAX_SAVED[workers > 1] * steps / speed < 2 * cost:
        return replace(plan_of("side-by-side", groups, workers), steps_per_second={alone.way: speed})
    plans = {way: plan_of(way, groups, workers) for way in get_args(Way)}
    if workers == 1:
        del plans["side-by-side"]
    if all(len(group) == 1 for group in groups):
        del plans["together"]
    del plans[alone.way]
    speeds = {alone.way: speed} | {way: _speed(plan, members, programs, loader) for way, plan in plans.items()}
    plan = max((alone, *plans.values()), key=lambda plan: speeds[plan.way])
    return replace(plan, steps_per_second=speeds)


def _speed(plan: TrainingPlan, members: Sequence[PreparedMember], programs: Sequence[Program], loader: Loader) -> float:
    """Return the steps a second of all members together, with as many teams at work as there are workers."""
    calls = [
        _first_call(Team(tuple(members[index] for index in team), programs[team[0]]), loader)
        for team in plan.teams[: plan.workers]
    ]
    for call in calls:
        call()  # compiles, one after another
    stop = time.monotonic() + _SECONDS
    began = time.monotonic()

    def work(call: Callable[[], int]) -> int:
        steps = 0
        while time.monotonic() < stop or not steps:
            steps += call()
        return steps

    with ThreadPoolExecutor(plan.workers) as pool:
        steps = sum(pool.map(work, calls))
    return steps / (time.monotonic() - began)


def _first_call(team: Team, loader: Loader) -> Callable[[], int]:
    """Return a function that does the first few steps of a team and returns how many that were."""
    orders = orders_of(team.members, 1, loader.host)
    chunk: Chunk = next(iter(loader.chunks(stacked(orders), team.numbers)))
    state = initial_state(team.members, team.program)
    rates = np.full(np.shape(chunk.indices.rows)[:2], 1e-6, np.float32)
    count = 1

    def call() -> int:
        nonlocal count
        began = time.monotonic()
        arguments = (state, chunk.arrays, team.hyperparameters, chunk.indices, rates)
        outputs: Any = team.program.train_steps(*arguments, 0, count)
        jax.block_until_ready(outputs)  # type: ignore[no-untyped-call]  # of JAX
        steps = count * len(team)
        if time.monotonic() - began < _SECONDS / 4:
            count = min(2 * count, chunk.count)
        return steps

    return call
