"""All members of an experiment: made ready, put into teams, and trained lane by lane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Event, Lock

from netwright.config import Experiment
from netwright.data import Description, Rows, prepare
from netwright.models import build
from netwright.simulation import generated
from netwright.training.backend import check_backend
from netwright.training.compiled.program import Program, Trainee, compile_program
from netwright.training.feed.arrays import make_feed
from netwright.training.feed.loader import Streamed, Supply, supply_of
from netwright.training.hooks import Company
from netwright.training.loop import train_team
from netwright.training.members.members import Member, trainee, weights_of
from netwright.training.members.plan import Plan, choose, kinds, lanes, plan_of
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.snapshot import Keeper
from netwright.training.trained import TrainedModel

__all__ = ["Safety", "train_members"]


@dataclass(frozen=True)
class Safety:
    """What keeps a training's work.

    Attributes:
        keeper: gives the keeper of a team, by the numbers of its members.
        history: gives the records of a member that belong to its keeper's latest snapshot.
        plan: the one that the training began with; None where it begins now.
        planned: is told the plan, before the training begins.
    """

    keeper: Callable[[Sequence[int]], Keeper]
    history: Callable[[int], list[EpochRecord]]
    plan: Plan | None
    planned: Callable[[Plan], None]


def train_members(
    members: Sequence[Member],
    rows: Rows,
    descriptions: Sequence[Description],
    company: Company,
    safety: Safety | None = None,
) -> list[TrainedModel]:
    """Build and train all members of an experiment.

    Args:
        members: who they are.
        rows: all rows.
        descriptions: constants of the training rows of each fold.
        company: who goes along; its keeper is not asked.
        safety: what keeps the work; nothing if not given.

    Returns:
        The networks, in the order of members, with their best weights, computing in float32.

    Raises:
        RunError: Keras runs on another backend than JAX.
    """
    check_backend()
    first = members[0].experiment
    supply = supply_of(make_feed(rows, [weights_of(member, rows) for member in members]), first.training)
    trainees = [trainee(member, rows, descriptions[member.fold]) for member in members]
    of_kinds = kinds(trainees)
    programs = _programs(trainees, of_kinds)
    plan = safety.plan if safety and safety.plan else _plan(first, trainees, of_kinds, programs, supply)
    if safety:
        safety.planned(plan)
    fresh = _fresh(members, rows)
    company = replace(company, observers=(_InTurn(company.observers),))

    def work(team: Sequence[int], interrupted: Callable[[], bool]) -> list[TrainedModel]:
        numbers = [members[place].number for place in team]
        return train_team(
            [trainees[place] for place in team],
            supply,
            programs[team[0]],
            replace(company, keeper=safety.keeper(numbers) if safety else None, interrupted=interrupted),
            fresh=fresh,
            histories=[safety.history(number) for number in numbers] if safety else None,
        )

    trained: dict[int, TrainedModel] = {}
    for team, models in zip(plan.teams, _in_lanes(plan, work, company.interrupted), strict=True):
        trained |= dict(zip(team, models, strict=True))
    return [_in_float32(member, trained[place], descriptions) for place, member in enumerate(members)]


def _programs(trainees: Sequence[Trainee], of_kinds: Sequence[Sequence[int]]) -> list[Program]:
    """Compile one program for each kind, and return that of each member."""
    found: dict[int, Program] = {}
    for kind in of_kinds:
        program = compile_program([trainees[place] for place in kind])
        found |= dict.fromkeys(kind, program)
    return [found[place] for place in range(len(trainees))]


def _plan(
    experiment: Experiment,
    trainees: Sequence[Trainee],
    of_kinds: Sequence[Sequence[int]],
    programs: Sequence[Program],
    supply: Supply,
) -> Plan:
    """Take the way that the experiment says, or the fastest; streamed and divided rows go to one member at a time."""
    way = experiment.training.members
    if way != "auto":
        return plan_of(way, of_kinds, lanes())
    if isinstance(supply, Streamed) or experiment.training.devices > 1:
        return plan_of("one-by-one", of_kinds, 1)
    return choose(trainees, of_kinds, programs, supply)


def _in_lanes(
    plan: Plan,
    work: Callable[[Sequence[int], Callable[[], bool]], list[TrainedModel]],
    interrupted: Callable[[], bool],
) -> list[list[TrainedModel]]:
    """Train the teams of a plan, so many at a time; where one fails, the others end as if interrupted."""
    if plan.lanes == 1:
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

    with ThreadPoolExecutor(plan.lanes, "netwright-team") as pool:
        running = [pool.submit(watched, team) for team in plan.teams]
        try:
            return [one.result() for one in running]
        finally:
            failed.set()  # a second Ctrl-C comes here: nobody goes on without being watched


def _fresh(members: Sequence[Member], first: Rows) -> Callable[[int], Supply] | None:
    """Return the maker of other rows like the first for each epoch, where rows are generated on the fly."""
    experiment = members[0].experiment
    generate = experiment.data.generate
    if generate is None:
        return None

    def supply(epoch: int) -> Supply:
        dataset = generated(generate, epoch).derive(experiment.data.derived)
        rows = prepare(dataset, experiment, first.forms)
        return supply_of(make_feed(rows, [weights_of(member, rows) for member in members]), experiment.training)

    return supply


def _in_float32(member: Member, trained: TrainedModel, descriptions: Sequence[Description]) -> TrainedModel:
    """Give a network's weights to one that computes in float32, if it does not."""
    if member.experiment.training.precision == "float32":
        return trained
    model = build(member.experiment, descriptions[member.fold])
    model.set_weights(trained.model.get_weights())
    return replace(trained, model=model)


class _InTurn:
    """Tells observers of several teams, one record at a time."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self.observers, self.lock = observers, Lock()

    def on_steps(self, record: StepsRecord) -> None:
        with self.lock:
            for observer in self.observers:
                observer.on_steps(record)

    def on_epoch(self, record: EpochRecord) -> None:
        with self.lock:
            for observer in self.observers:
                observer.on_epoch(record)
