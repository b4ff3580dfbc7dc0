"""The training loop: epochs of compiled steps, validation, decay on plateau, early stopping, best weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import numpy as np
import numpy.typing as npt

from netwright.training.calibrate import calibrated
from netwright.training.compiled.program import (
    Program,
    Trainee,
    assign,
    initial_state,
    knobs_of,
    of_member,
    orders_of,
)
from netwright.training.compiled.rates import learning_rates
from netwright.training.compiled.step import Looked, StepRecord, TrainState
from netwright.training.diagnose import raise_non_finite
from netwright.training.feed.loader import STEPS_AT_ONCE, Part, Supply
from netwright.training.feed.order import Order, stacked
from netwright.training.hooks import Company
from netwright.training.means import Means, joined, means_of
from netwright.training.member_state import Course
from netwright.training.observer import EpochRecord, StepsRecord
from netwright.training.snapshot import Snapshot
from netwright.training.snapshot_arrays import packed, unpacked
from netwright.training.trained import TrainedModel
from netwright.training.validate import Validation

__all__ = ["train_team"]

_CALL_SECONDS = 0.5  # Ctrl-C and the screen wait for a call
_SNAPSHOT_SECONDS = 180.0

Floats = npt.NDArray[np.float32]


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
    stopped stays as it is while the others go on. In the end the last biases of regressions are set to where their
    training rows have no bias (`netwright.training.calibrate`). The same seed, machine and versions give the same
    weights, to the last bit, also where the training was interrupted and goes on from a snapshot.

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
        self.batch = 1  # rows of a step
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
        return self._trained()

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
        self.began, self.done = time.monotonic(), np.zeros(len(self.team), np.int64)
        self.totals, order = self._orders()
        self.batch = order.batch
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
        self.done += np.count_nonzero(factors, axis=(1, 2))

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
        record = joined(self.records)
        losses = [self._means(record, place, self.position).loss for place in running]
        speed = float(self.done[running].sum()) / (time.monotonic() - self.began)
        epochs = max(self.team[place].section.epochs for place in running)
        members = tuple(self.numbers[place] for place in running)
        for observer in self.company.observers:
            observer.on_steps(
                StepsRecord(members, self.epoch, epochs, self.position, length, float(np.mean(losses)), speed)
            )

    def _means(self, record: StepRecord, place: int, steps: int) -> Means:
        """Return the means over the first steps of this epoch of a member, which may have fewer."""
        return means_of(record, place, min(steps, self.totals[place]), self.team[place].objective, self.batch)

    def _end_epoch(self) -> None:
        """Validate, decide for each member what follows, and tell."""
        seconds = time.monotonic() - self.began
        records = joined(self.records)
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
        means = self._means(records, place, total)
        valid = self.validation.of_member(place, looked, self.state, self.epoch)
        course.steps += total
        course.patience = course.patience.after(valid.cost, self.epoch, section.schedule, section.early_stopping)
        record = EpochRecord(
            member=one.number,
            epoch=self.epoch,
            steps=course.steps,
            loss=means.loss,
            head_losses=means.heads,
            valid_loss=valid.loss,
            valid_head_losses=valid.heads,
            gradient_norm=means.gradient_norm,
            learning_rate=float(self.rates[place, total - 1]) * 0.5**course.halvings,
            seconds=self._seconds(),
            rows_per_second=float(self.done[place]) / seconds,
            monitored=valid.monitored,
            best=course.patience.best_epoch == self.epoch,
            halvings=course.halvings,
            penalty=means.penalty,
        )
        course.history.append(record)
        if course.patience.since_best >= section.early_stopping.patience:
            course.stopped = "early stopping"
        elif self.epoch >= section.epochs:
            course.stopped = "last epoch"
        return record

    def _trained(self) -> list[TrainedModel]:
        """Give the members their best weights, with the last biases where they belong."""
        found = np.array([course.patience.best_epoch > 0 for course in self.courses])
        state = _chosen(found, self.best, self.state)
        if not any(course.history for course in self.courses):
            return [self._of_member(place, state, {}, {}) for place in range(len(self.team))]
        state, moved = calibrated(self.team, self.supply, self.program, self.knobs, state)
        looked = self.validation.look(state, self.knobs)
        losses = [self.validation.head_losses(place, looked) for place in range(len(self.team))]
        return [self._of_member(place, state, *pair) for place, pair in enumerate(zip(losses, moved, strict=True))]

    def _of_member(
        self, place: int, state: TrainState, losses: Mapping[str, float], moved: Mapping[str, float]
    ) -> TrainedModel:
        """Give a member its weights, and say how it came to them."""
        one, course = self.team[place], self.courses[place]
        assign(one.raw, of_member(state, place))
        remarks = one.train_rows.remarks
        if course.halvings:
            remarks = (*remarks, f"The learning rate was halved {course.halvings} times: the loss was not finite.")
        best_epoch = course.patience.best_epoch or len(course.history)
        stopped = course.stopped or "interrupted"
        return TrainedModel(one.model, tuple(course.history), best_epoch, stopped, remarks, losses, moved)


def _chosen(members: npt.NDArray[np.bool_], new: TrainState, old: TrainState) -> TrainState:
    """Take the new state of some members, and the old of the others."""
    if members.all():
        return new

    def chosen(one: jax.Array, other: jax.Array) -> jax.Array:
        return jax.numpy.where(members.reshape(-1, *(1,) * (one.ndim - 1)), one, other)

    state: TrainState = jax.tree.map(chosen, new, old)
    return state
