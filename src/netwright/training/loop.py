"""The training loop: epochs of compiled steps, validation, decay on plateau, early stopping, best weights."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from netwright.errors import NonFiniteLossError
from netwright.training.best_weights import with_best_weights
from netwright.training.compiled.program import initial_state, of_member
from netwright.training.compiled.state import EvaluationSums, StepSums
from netwright.training.diagnose import raise_non_finite
from netwright.training.epoch_steps import EpochSteps, NonFiniteStepsError, Pace
from netwright.training.feed.loader import Loader
from netwright.training.feed.order import Order
from netwright.training.hooks import Hooks
from netwright.training.member_state import MemberState
from netwright.training.probe import Probe
from netwright.training.records import EpochRecord, StepsRecord
from netwright.training.snapshot import CheckpointStore
from netwright.training.team import Team, width_of
from netwright.training.team_probes import TeamProbes
from netwright.training.team_state import TeamState
from netwright.training.trained import TrainedModel
from netwright.training.validate import Validation

__all__ = ["train_team"]

_SNAPSHOT_SECONDS = 180.0


def train_team(
    team: Team,
    loader: Loader,
    hooks: Hooks,
    *,
    store: CheckpointStore | None = None,
    histories: Sequence[list[EpochRecord]] | None = None,
    epoch_loader: Callable[[int], Loader] | None = None,
    probes: Sequence[Probe] = (),
    narrows: bool = False,
) -> list[TrainedModel]:
    """Fit the weights of members that one program trains at once, and keep those of each one's best validation.

    Best is the lowest weighted validation loss, or the best value of the metric that `training.select` names, measured
    on validation rows that count for the head with event weights alone. With `weight_ema` it is the moving average of
    the weights that is validated and kept. A member that has stopped stays as it is while the others continue. In the
    end the last biases of regressions are set so that their training rows have no bias
    (`netwright.training.bias_correction`). The same seed, machine and versions give the same weights, to the last bit,
    also if the training was interrupted and continued from a snapshot.

    Args:
        team: the members.
        loader: all rows, with the weights of these members.
        hooks: what the training calls while it runs.
        store: keeps the state; the training goes on from its latest snapshot, where there is one.
        histories: the records that belong to the latest snapshot, of each member.
        epoch_loader: gives other rows for the training of an epoch, with the same row numbers; validation stays with
            `loader`.
        probes: what observers look at inside of the steps.
        narrows: whether members go on as a smaller team once half of it has ended; not with a store or probes. Sums
            are then taken in another order. Teams of all sizes have one of a few widths, each of which is compiled once
            for a `Program`; places that are left over do nothing.

    Returns:
        The networks with their best weights; where what is watched never was a number, with their last ones.
        Interrupted, the store has the state, and all members that were not at their end say so.

    Raises:
        NonFiniteLossError: a loss is not finite, and the learning rate was halved as often as it may be; the message
            has the layer, the step and the rows.
        DataError: the weights of the validation rows that count for a head do not add up to a positive number.
    """
    loop = _Loop(team, loader, hooks, store=store, epoch_loader=epoch_loader, probes=probes, narrows=narrows)
    latest = store.latest() if store else None
    if latest is not None:
        loop.state = TeamState.from_snapshot(latest, histories or [[] for _ in team.members], loop.state.current)
    return loop.run()


class _Loop:
    """The training of a team, epoch by epoch."""

    def __init__(
        self,
        team: Team,
        loader: Loader,
        hooks: Hooks,
        *,
        store: CheckpointStore | None,
        epoch_loader: Callable[[int], Loader] | None,
        probes: Sequence[Probe],
        narrows: bool,
    ) -> None:
        self.count = len(team)  # of members; places behind them do nothing
        self.team = team = team.widened() if narrows else team
        self.loader, self.hooks, self.narrows = loader, hooks, narrows
        self.store, self.epoch_loader = store, epoch_loader
        first = initial_state(team.members, team.program)
        members = [MemberState(stopped=None if n < self.count else "pruned") for n in range(len(team))]
        self.state = TeamState(first, first, first, first.trainable, members)
        self.pace, self.probes = Pace(), TeamProbes(probes, team, loader)
        self.orders: Sequence[Order] | None = None  # of the epoch that comes next
        self.began = self.saved = time.monotonic()
        self.validation = Validation(team, loader, hooks.name_row)

    def run(self) -> list[TrainedModel]:
        """Train until early stopping, the last epoch or an interruption."""
        try:
            self._train_epochs()
        finally:
            if self.store:
                self.store.close()
        return with_best_weights(self.team, self.loader, self.state, self.validation, self.count)

    def _train_epochs(self) -> None:
        while running := self.state.running:
            if self.narrows and 2 * len(running) <= len(self.team):
                self._train_smaller_team(running)
                return
            going_on = not self.hooks.interrupted() and self._train_epoch()
            self._save()
            if not going_on:
                return

    def _train_smaller_team(self, indices: Sequence[int]) -> None:
        """Train some members to their end, as a smaller team; others fill up its places."""
        ended = [index for index in range(len(self.team)) if index not in indices]
        indices = [*indices, *ended[: width_of(len(indices)) - len(indices)]]
        team = Team(tuple(self.team.members[index] for index in indices), self.team.program)
        epoch_loader = self.epoch_loader
        smaller = _Loop(team, self.loader, self.hooks, store=None, epoch_loader=epoch_loader, probes=(), narrows=True)
        smaller.state, smaller.pace = self.state.select(indices, self._seconds()), self.pace
        smaller._train_epochs()
        self.state.merge(smaller.state, indices)

    def _seconds(self) -> float:
        return self.state.seconds + time.monotonic() - self.began

    def _save(self) -> None:
        """Hand the whole state to the store."""
        self.saved = time.monotonic()
        if self.store is not None:
            self.store.save(self.state.snapshot(self.team, self._seconds()))

    def _train_epoch(self) -> bool:
        """Do the steps of an epoch that are left, and end it; return False where it was interrupted."""
        loader = self.loader if self.epoch_loader is None else self.epoch_loader(self.state.epoch)
        steps = EpochSteps(self.team, self.state, loader, self.pace, self.probes, self.orders)
        self.orders = None
        while True:
            try:
                if not self._do_steps(steps):
                    return False
            except NonFiniteStepsError as error:
                if self._halve_or_stop(error, steps):
                    if not self.state.running:
                        return True
                    steps = EpochSteps(self.team, self.state, loader, self.pace, self.probes)
            else:
                if self.epoch_loader is None:
                    self.orders = steps.next_orders
                self._end_epoch(steps)
                return True

    def _do_steps(self, steps: EpochSteps) -> bool:
        """Do steps until the end of the epoch; return False where they were interrupted."""
        for _ in steps.calls():
            self._report_steps(steps)
            if self.hooks.interrupted():
                return False
            if time.monotonic() - self.saved > _SNAPSHOT_SECONDS:
                self._save()
        return True

    def _halve_or_stop(self, error: NonFiniteStepsError, steps: EpochSteps) -> bool:
        """Go back to the end of the epoch before, with half the learning rate of the members that went wrong.

        Return whether a member ended, because its learning rate was halved as often as it may be.

        The steps before the one whose loss is not finite were on their way there; that epoch was validated. The
        other members do the same steps again, to the same bits.
        """
        halved = []
        for index, step in error.first.items():
            if self.state.members[index].halvings < self.team.members[index].section.halvings:
                halved.append(index)
                continue
            try:
                self._raise_non_finite(index, step, error, steps)
            except NonFiniteLossError as reason:
                self._end_member_or_raise(index, reason)
        self.state.back_to_epoch_start(halved)
        return len(halved) < len(error.first)

    def _end_member_or_raise(self, index: int, reason: NonFiniteLossError) -> None:
        """End a member whose loss is not finite alone, if the hooks let the others go on."""
        if not self.hooks.tolerates(self.team.numbers[index], reason):
            raise reason
        self.state.members[index].stopped = "not finite"

    def _raise_non_finite(self, index: int, step: int, error: NonFiniteStepsError, steps: EpochSteps) -> None:
        """Raise the error that names layer, step and rows of a member whose loss is not finite."""
        number = self.state.step + step
        saved = ""
        if self.store:
            self._save()
            saved = " The state before is kept in the run's checkpoints."
        raise_non_finite(
            self.team.members[index].raw,
            of_member(error.state_before(step), index),
            steps.loader.host,
            steps.order.take(number, number + 1).rows[index, 0],
            step=self.state.members[index].steps + number + 1,
            saved=saved,
            name_row=self.hooks.name_row,
        )

    def _report_steps(self, steps: EpochSteps) -> None:
        running, sums = self.state.running, steps.sums()
        record = StepsRecord(
            members=tuple(self.team.numbers[index] for index in running),
            epoch=self.state.epoch,
            epochs=max(self.team.members[index].section.epochs for index in running),
            step=self.state.step,
            steps=steps.order.steps,
            loss=float(np.mean([steps.means(sums, index).loss for index in running])),
            rows_per_second=steps.rows_per_second(running),
        )
        for observer in self.hooks.observers:
            observer.on_steps(record)

    def _end_epoch(self, steps: EpochSteps) -> None:
        """Validate, decide for each member what follows, and report."""
        seconds, sums = steps.seconds, steps.sums()
        self.state.average(self.team.betas)
        evaluated = self.validation.evaluate(self.state.validated)
        improved = np.zeros(len(self.team), np.bool_)
        records = {}
        for index in self.state.running:
            try:
                record = records[index] = self._record(index, steps, sums, evaluated, seconds)
            except NonFiniteLossError as reason:
                self._end_member_or_raise(index, reason)
                continue
            improved[index] = record.best
            for observer in self.hooks.observers:
                observer.on_epoch(record)
        pruned = self.hooks.pruned(tuple(records.values()))
        for index, record in records.items():
            if record.member in pruned and self.state.members[index].stopped is None:
                self.state.members[index].stopped = "pruned"
        self.state.end_epoch(improved)

    def _record(
        self, index: int, steps: EpochSteps, sums: StepSums, evaluated: EvaluationSums, seconds: float
    ) -> EpochRecord:
        """Take note of the epoch of a member."""
        prepared, member, epoch = self.team.members[index], self.state.members[index], self.state.epoch
        section = prepared.section
        means = steps.means(sums, index)
        valid = self.validation.of_member(index, evaluated, self.state.validated, epoch)
        member.steps += steps.totals[index]
        member.patience = member.patience.after(valid.cost, valid.loss, epoch, section.schedule, section.early_stopping)
        record = EpochRecord(
            member=prepared.number,
            epoch=epoch,
            steps=member.steps,
            loss=means.loss,
            head_losses=means.head_losses,
            valid_loss=valid.loss,
            valid_head_losses=valid.head_losses,
            gradient_norm=means.gradient_norm,
            learning_rate=steps.last_rate(index),
            seconds=self._seconds(),
            rows_per_second=steps.rows_per_second(index, seconds),
            monitored=valid.monitored,
            best=member.patience.best_epoch == epoch,
            halvings=member.halvings,
            penalty=means.penalty,
        )
        member.history.append(record)
        if member.patience.since_progress >= section.early_stopping.patience:
            member.stopped = "early stopping"
        elif epoch >= section.epochs:
            member.stopped = "last epoch"
        return record
