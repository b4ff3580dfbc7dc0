"""The training loop: epochs of compiled steps, validation, decay on plateau, early stopping, best weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import keras
import numpy as np
import numpy.typing as npt

from netwright.config import TrainingSection
from netwright.data.choice import TrainingRows
from netwright.errors import RunError
from netwright.training.company import Company
from netwright.training.course import Course, Stopped
from netwright.training.diagnose import raise_non_finite
from netwright.training.feed import Feed
from netwright.training.interrupt import interruptible
from netwright.training.objective import HeadObjective
from netwright.training.observer import EpochRecord, Observer, StepsRecord
from netwright.training.order import Order, stacked
from netwright.training.packing import packed, unpacked
from netwright.training.program import (
    Program,
    Trainee,
    assign,
    compile_program,
    initial_state,
    knobs_of,
    of_member,
    orders_of,
)
from netwright.training.rates import learning_rates
from netwright.training.snapshot import Snapshot
from netwright.training.step import Looked, StepRecord, TrainState
from netwright.training.supply import STEPS_AT_ONCE, Part, Supply, supply_of
from netwright.training.validate import Validation

__all__ = ["TrainedModel", "check_backend", "train", "train_team"]

_CALL_SECONDS = 0.5  # Ctrl-C and the screen wait for a call
_SNAPSHOT_SECONDS = 180.0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class TrainedModel:
    """A network with its best weights, and how it came to them.

    Attributes:
        model: the network, a plain Keras model.
        history: one record per epoch.
        best_epoch: the epoch whose weights the model has; 0 where no epoch ended.
        stopped: why the training ended.
        remarks: what the choice of its rows costs, and how often the learning rate was halved, in sentences.
    """

    model: keras.Model
    history: tuple[EpochRecord, ...]
    best_epoch: int
    stopped: Stopped
    remarks: tuple[str, ...] = ()


def train(
    model: keras.Model,
    objective: Mapping[str, HeadObjective],
    feed: Feed,
    *,
    train_rows: TrainingRows,
    valid_rows: npt.NDArray[np.integer],
    section: TrainingSection,
    observers: Sequence[Observer] = (),
    name_row: Callable[[int], str] = "row {}".format,
) -> TrainedModel:
    """Fit the weights of one network, and keep those of the best validation; Ctrl-C ends with the best so far.

    Args:
        model: a network of `netwright.models.build`; its weights are changed.
        objective: loss of each head.
        feed: all rows.
        train_rows: the rows that weights are fitted to, of `netwright.data.choice.chosen_rows`.
        valid_rows: numbers of the rows that say when to stop, shape (n,).
        section: how to train.
        observers: who is told of it.
        name_row: how a row is called in messages.

    Returns:
        The network with its best weights; where what is watched never was a number, with its last ones.

    Raises:
        RunError: Keras runs on another backend than JAX.
    """
    check_backend()
    trainee = Trainee(0, model, objective, train_rows, valid_rows, section)
    with interruptible() as interrupted:
        company = Company(tuple(observers), interrupted=interrupted, name_row=name_row)
        return train_team([trainee], supply_of(feed, section), compile_program([trainee]), company)[0]


def train_team(
    team: Sequence[Trainee],
    supply: Supply,
    program: Program,
    company: Company,
    *,
    fresh: Callable[[int], Supply] | None = None,
    histories: Sequence[list[EpochRecord]] | None = None,
) -> list[TrainedModel]:
    """Fit the weights of members that one program trains at once, and keep those of each one's best validation.

    Best is the lowest weighted validation loss, or the best value of the metric that early stopping monitors,
    measured on validation rows that count for its head, with event weights times importance. A member that has
    stopped stays as it is while the others go on. The same seed, machine and versions give the same weights, to the
    last bit, also where the training was interrupted and goes on from a snapshot.

    Args:
        team: members of one kind (`kind_of`).
        supply: all rows, with the weights of these members.
        program: compiled for them.
        company: who goes along; its keeper's latest snapshot, where there is one, is where the training goes on.
        fresh: gives other rows for the training of an epoch, with the same row numbers; validation stays with
            `supply`.
        histories: the records that belong to the keeper's latest snapshot, of each member.

    Returns:
        The networks with their best weights; where what is watched never was a number, with their last ones.
        Interrupted, the keeper has the state and all that were not at their end say so.

    Raises:
        NonFiniteLossError: a loss is not finite, and the learning rate was halved as often as it may be; the message
            has the layer, the step and the rows.
        DataError: the weights of the validation rows that count for a head do not add up to a positive number.
    """
    loop = _Loop(team, supply, program, company, fresh)
    latest = company.keeper.latest() if company.keeper else None
    if latest is not None:
        loop.restore(latest, histories or [[] for _ in team])
    return loop.run()


def check_backend() -> None:
    """Refuse to train on another backend of Keras than JAX.

    Raises:
        RunError: Keras runs on another one.
    """
    if keras.config.backend() != "jax":
        msg = (
            f"Training runs on Keras's jax backend, but Keras was imported with {keras.config.backend()}. "
            "Import netwright before keras, or set KERAS_BACKEND=jax."
        )
        raise RunError(msg)


class _StartOverError(Exception):
    """The epoch begins again, because the losses of some members were not finite."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__(places)
        self.places = places


class _Loop:
    """One training of a team: where it is, and the methods that take it further, epoch by epoch."""

    def __init__(
        self,
        team: Sequence[Trainee],
        supply: Supply,
        program: Program,
        company: Company,
        fresh: Callable[[int], Supply] | None,
    ) -> None:
        self.team, self.supply, self.program, self.company, self.fresh = team, supply, program, company, fresh
        self.numbers = tuple(one.number for one in team)
        self.state = self.start = self.best = initial_state(team, program)  # start: of the epoch
        self.knobs = knobs_of(team)
        self.courses = [Course() for _ in team]
        self.epoch, self.position, self.step = 1, 0, 0  # what comes next, and how many steps came before the epoch
        self.records: list[StepRecord] = []  # of this epoch
        self.before = 0.0  # seconds before this process
        self.pace = 1  # steps of the next call
        self.started = self.kept = time.monotonic()
        self.validation = Validation(team, supply, program, company.name_row)

    def run(self) -> list[TrainedModel]:
        """Train until patience, epochs or the user's patience end."""
        try:
            while any(course.stopped is None for course in self.courses):
                if self.company.interrupted() or not self._train_epoch():
                    self._save()
                    break
                self._end_epoch()
                self._save()
        finally:
            if self.company.keeper:
                self.company.keeper.close()
        return [self._trained(place) for place in range(len(self.team))]

    def restore(self, snapshot: Snapshot, histories: Sequence[list[EpochRecord]]) -> None:
        """Go back to where a snapshot was taken."""
        self.state, self.start, self.best, self.records = unpacked(snapshot.arrays, self.state)
        values = snapshot.values
        self.epoch, self.position, self.before = values["epoch"], values["position"], values["seconds"]
        self.step = values["step"] - self.position
        self.courses = [Course.again(v, h) for v, h in zip(values["courses"], histories, strict=True)]

    def _seconds(self) -> float:
        return self.before + time.monotonic() - self.started

    def _save(self) -> None:
        """Hand the whole state to the keeper."""
        self.kept = time.monotonic()
        if self.company.keeper is None:
            return
        values: dict[str, Any] = {
            "step": self.step + self.position,
            "epoch": self.epoch,
            "position": self.position,
            "seconds": self._seconds(),
            "epochs": {str(n): len(c.history) for n, c in zip(self.numbers, self.courses, strict=True)},
            "courses": [course.values() for course in self.courses],
        }
        self.company.keeper.save(Snapshot(packed(self.state, self._start(), self.best, self.records), values))

    def _start(self) -> TrainState | None:
        """Return the state at the start of the epoch, where somebody may have to go back to it."""
        may = any(one.section.halvings for one in self.team)
        return self.start if may and self.position else None

    def _running(self) -> list[int]:
        return [place for place, course in enumerate(self.courses) if course.stopped is None]

    def _orders(self) -> tuple[list[int], Order]:
        """Return how many steps each member has in this epoch, and the rows of all."""
        orders = orders_of(self.team, self.epoch, self.supply.host.row_bytes)
        running = [course.stopped is None for course in self.courses]
        return [order.steps for order in orders], stacked(orders, running)

    def _rates(self, totals: Sequence[int], length: int) -> npt.NDArray[np.float64]:
        """Return the learning rate of every step of this epoch, shape (members, steps)."""
        rates = np.zeros((len(self.team), length))
        for place, (one, total) in enumerate(zip(self.team, totals, strict=True)):
            numbers = (self.epoch - 1) * total + np.arange(total)
            decays = self.courses[place].patience.decays
            rates[place, :total] = learning_rates(one.section, numbers, steps_per_epoch=total, decays=decays)
        return rates

    def _train_epoch(self) -> bool:
        """Do the steps of an epoch that are left; say whether nobody interrupted them."""
        self.began, self.done = time.monotonic(), 0
        self.totals, order = self._orders()
        self.rates = self._rates(self.totals, order.steps)
        supply = self.supply if self.fresh is None else self.fresh(self.epoch)
        while True:
            try:
                return self._go_through(order, supply)
            except _StartOverError as wish:
                self._start_over(wish.places)

    def _go_through(self, order: Order, supply: Supply) -> bool:
        """Do the steps of an epoch that are left, from one part of its rows to the next."""
        for part in supply.parts(order, self.numbers, self.position):
            while self.position < part.start + part.count:
                self._call(part, order, supply)
                self._tell_steps(order.steps)
                if self.company.interrupted():
                    return False
                if time.monotonic() - self.kept > _SNAPSHOT_SECONDS:
                    self._save()
        return True

    def _call(self, part: Part, order: Order, supply: Supply) -> None:
        """Do a few steps."""
        first = self.position - part.start
        stop = min(first + self.pace, part.count)
        factors = np.asarray(part.places.factors)[:, first:stop]
        live: npt.NDArray[np.bool_] = np.asarray(factors.any(axis=2))
        began = time.monotonic()
        arguments = (self.state, part.feed, self.knobs, part.places, self._rates_now(part), first)
        after, record = self.program.steps(*arguments, stop)
        record = jax.tree.map(lambda values: np.asarray(values)[:, first:stop], record)
        bad = live & ~(np.isfinite(record.loss) & np.isfinite(record.gradient_norm))
        if bad.any():
            places = np.flatnonzero(bad.any(axis=1)).tolist()
            for place in places:
                if self.courses[place].halvings >= self.team[place].section.halvings:
                    step = int(bad[place].argmax())
                    state, _ = self.program.steps(*arguments, first + step)
                    rows = order.take(self.position + step, self.position + step + 1).rows[place, 0]
                    self._give_up(place, state, rows, step, supply)
            raise _StartOverError(places)
        self._set_pace(time.monotonic() - began)
        self.state = after
        self.records.append(record)
        self.position += stop - first
        self.done += int(np.count_nonzero(factors))

    def _start_over(self, places: Sequence[int]) -> None:
        """Go back to the end of the epoch before, with half the learning rate of some members.

        The steps before the one whose loss is not finite were on their way there; that epoch was validated. The
        other members do the same steps again, to the same bits.
        """
        for place in places:
            self.courses[place].halvings += 1
        self.state, self.position, self.records = self.start, 0, []

    def _rates_now(self, part: Part) -> Floats:
        """Return the learning rates of a part, shape (members, steps), halved as often as had to be."""
        halved = np.array([0.5**course.halvings for course in self.courses])[:, None]
        rates = np.zeros(np.shape(part.places.rows)[:2], np.float32)
        rates[:, : part.count] = halved * self.rates[:, part.start : part.start + part.count]
        return rates

    def _set_pace(self, seconds: float) -> None:
        """Let calls take about half a second, however long a step is; the steps themselves stay the same."""
        if seconds < _CALL_SECONDS / 2:
            self.pace *= 2
        elif seconds > 2 * _CALL_SECONDS:
            self.pace = max(1, self.pace // 2)
        self.pace = min(self.pace, STEPS_AT_ONCE)

    def _give_up(self, place: int, state: TrainState, rows: npt.NDArray[np.int32], step: int, supply: Supply) -> None:
        """Keep the last good state, and say where the trouble began."""
        kept = ""
        if self.company.keeper:
            self._save()
            kept = " The state before is kept in the run's checkpoints."
        one = self.team[place]
        raise_non_finite(
            one.raw,
            of_member(state, place),
            supply.host,
            rows,
            step=self.courses[place].steps + self.position + step + 1,
            kept=kept,
            name_row=self.company.name_row,
        )

    def _tell_steps(self, length: int) -> None:
        running = self._running()
        loss = float(np.concatenate([record.loss[running] for record in self.records], axis=1).mean())
        speed = self.done / (time.monotonic() - self.began)
        epochs = max(self.team[place].section.epochs for place in running)
        members = tuple(self.numbers[place] for place in running)
        for observer in self.company.observers:
            observer.on_steps(StepsRecord(members, self.epoch, epochs, self.position, length, loss, speed))

    def _end_epoch(self) -> None:
        """Validate, decide for each member what follows, and tell."""
        seconds = time.monotonic() - self.began
        records = jax.tree.map(lambda *values: np.concatenate(values, axis=1), *self.records)
        looked = self.validation.look(self.state, self.knobs)
        improved = np.zeros(len(self.team), np.bool_)
        for place in self._running():
            record = self._record(place, records, looked, seconds)
            improved[place] = record.best
            for observer in self.company.observers:
                observer.on_epoch(record)
        if improved.any():
            self.best = _chosen(improved, self.state, self.best)
        self.start = self.state
        self.step += self.position
        self.epoch, self.position, self.records = self.epoch + 1, 0, []

    def _record(self, place: int, records: StepRecord, looked: Looked, seconds: float) -> EpochRecord:
        """Take note of the epoch of a member."""
        one, course, total = self.team[place], self.courses[place], self.totals[place]
        section = one.section
        valid = self.validation.of_member(place, looked, self.state, self.epoch)
        course.steps += total
        course.patience = course.patience.after(valid.cost, self.epoch, section.schedule, section.early_stopping)
        record = EpochRecord(
            member=one.number,
            epoch=self.epoch,
            steps=course.steps,
            loss=float(records.loss[place, :total].mean()),
            head_losses={head: float(losses[place, :total].mean()) for head, losses in records.head_losses.items()},
            valid_loss=valid.loss,
            valid_head_losses=valid.heads,
            gradient_norm=float(records.gradient_norm[place, :total].mean()),
            learning_rate=float(self.rates[place, total - 1]) * 0.5**course.halvings,
            seconds=self._seconds(),
            rows_per_second=self.done / len(self._running()) / seconds,
            monitored=valid.monitored,
            best=course.patience.best_epoch == self.epoch,
            halvings=course.halvings,
        )
        course.history.append(record)
        if course.patience.since_best >= section.early_stopping.patience:
            course.stopped = "early stopping"
        elif self.epoch >= section.epochs:
            course.stopped = "last epoch"
        return record

    def _trained(self, place: int) -> TrainedModel:
        """Give a member its best weights."""
        one, course = self.team[place], self.courses[place]
        assign(one.raw, of_member(self.best if course.patience.best_epoch else self.state, place))
        remarks = one.train_rows.remarks
        if course.halvings:
            remarks = (*remarks, f"The learning rate was halved {course.halvings} times: the loss was not finite.")
        best_epoch = course.patience.best_epoch or len(course.history)
        return TrainedModel(one.model, tuple(course.history), best_epoch, course.stopped or "interrupted", remarks)


def _chosen(members: npt.NDArray[np.bool_], new: TrainState, old: TrainState) -> TrainState:
    """Take the new state of some members, and the old of the others."""
    if members.all():
        return new

    def chosen(one: jax.Array, other: jax.Array) -> jax.Array:
        return jax.numpy.where(members.reshape(-1, *(1,) * (one.ndim - 1)), one, other)

    state: TrainState = jax.tree.map(chosen, new, old)
    return state
