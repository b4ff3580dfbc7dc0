"""How several members are trained: who goes with whom, and how many at a time; chosen by measuring."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import jax
import numpy as np

from netwright.cpu_count import cpu_count
from netwright.training.compiled.program import Program, Trainee, initial_state, kind_of, knobs_of, orders_of
from netwright.training.feed.loader import Part, Supply
from netwright.training.feed.order import stacked

__all__ = ["Plan", "Way", "choose", "kinds", "lanes", "plan_of"]

Way = Literal["one-by-one", "side-by-side", "together"]

_SECONDS = 0.3  # that each way is tried for
_HOPE = {True: 0.15, False: 0.8}  # part of the time that another way may save, on several cores and on a GPU


@dataclass(frozen=True)
class Plan:
    """Who is trained with whom.

    Attributes:
        way: how.
        teams: places of members that one program trains at once.
        lanes: how many teams are trained at a time.
        steps_per_second: of all members, for each way that was tried.
    """

    way: Way
    teams: tuple[tuple[int, ...], ...]
    lanes: int
    steps_per_second: Mapping[str, float] = field(default_factory=dict)


def lanes() -> int:
    """Return how many programs run well beside each other: one for each core of a CPU, one on a GPU.

    Returns:
        Their number.
    """
    return cpu_count() if jax.default_backend() == "cpu" else 1


def kinds(trainees: Sequence[Trainee]) -> list[list[int]]:
    """Find the members that one program can train.

    Args:
        trainees: all members.

    Returns:
        Places of members, kind by kind.
    """
    found: dict[str, list[int]] = {}
    for place, one in enumerate(trainees):
        found.setdefault(kind_of(one), []).append(place)
    return list(found.values())


def plan_of(way: Way, of_kinds: Sequence[Sequence[int]], beside: int) -> Plan:
    """Make the teams of one way.

    Args:
        way: the way.
        of_kinds: places of members, kind by kind.
        beside: how many programs run well beside each other.

    Returns:
        The plan.

    Example:
        >>> plan_of("together", [[0, 1, 2, 3, 4]], beside=2).teams
        ((0, 1, 2), (3, 4))
    """
    if way == "together":
        teams = [
            tuple(int(place) for place in team)
            for kind in of_kinds
            for team in np.array_split(np.asarray(kind), min(beside, len(kind)))
        ]
    else:
        teams = sorted((place,) for kind in of_kinds for place in kind)
    return Plan(way, tuple(teams), 1 if way == "one-by-one" else min(beside, len(teams)))


def choose(
    trainees: Sequence[Trainee], of_kinds: Sequence[Sequence[int]], programs: Sequence[Program], supply: Supply
) -> Plan:
    """Try each way for a moment on the first steps of the training, and take the fastest.

    Where the training is so short that trying costs more than it can save, members go side by side.
    What is tried changes nothing: programs are pure functions, and their results are thrown away.

    Args:
        trainees: all members.
        of_kinds: of `kinds`.
        programs: of each member.
        supply: the rows.

    Returns:
        The plan, with what was measured.
    """
    beside = lanes()
    if len(trainees) == 1:
        return plan_of("one-by-one", of_kinds, 1)
    alone = plan_of("one-by-one", of_kinds, beside)
    began = time.monotonic()
    speed = _speed(alone, trainees, programs, supply)
    cost = time.monotonic() - began
    steps = sum(one.section.epochs * -(-len(one.train_rows.rows) // one.section.batch_size) for one in trainees)
    if _HOPE[beside > 1] * steps / speed < 2 * cost:
        cautious = plan_of("side-by-side", of_kinds, beside)
        return Plan(cautious.way, cautious.teams, cautious.lanes, {alone.way: speed})
    plans = {way: plan_of(way, of_kinds, beside) for way in get_args(Way)}
    if beside == 1:
        del plans["side-by-side"]
    if all(len(kind) == 1 for kind in of_kinds):
        del plans["together"]
    del plans[alone.way]
    speeds = {alone.way: speed} | {way: _speed(plan, trainees, programs, supply) for way, plan in plans.items()}
    plan = max((alone, *plans.values()), key=lambda plan: speeds[plan.way])
    return Plan(plan.way, plan.teams, plan.lanes, speeds)


def _speed(plan: Plan, trainees: Sequence[Trainee], programs: Sequence[Program], supply: Supply) -> float:
    """Return the steps a second of all members together, with as many teams at work as there are lanes."""
    calls = [
        _first_call([trainees[place] for place in team], programs[team[0]], supply) for team in plan.teams[: plan.lanes]
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

    with ThreadPoolExecutor(plan.lanes) as pool:
        steps = sum(pool.map(work, calls))
    return steps / (time.monotonic() - began)


def _first_call(team: Sequence[Trainee], program: Program, supply: Supply) -> Callable[[], int]:
    """Return a function that does the first few steps of a team and says how many that were."""
    orders = orders_of(team, 1, supply.host.row_bytes)
    part: Part = next(iter(supply.parts(stacked(orders), [one.number for one in team])))
    state, knobs = initial_state(team, program), knobs_of(team)
    rates = np.full(np.shape(part.places.rows)[:2], 1e-6, np.float32)
    count = 1

    def call() -> int:
        nonlocal count
        began = time.monotonic()
        done: Any = program.steps(state, part.feed, knobs, part.places, rates, 0, count)
        jax.block_until_ready(done)  # type: ignore[no-untyped-call]  # of JAX
        steps = count * len(team)
        if time.monotonic() - began < _SECONDS / 4:
            count = min(2 * count, part.count)
        return steps

    return call
