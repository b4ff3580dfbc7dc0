"""The steps of one epoch of a team, from one call of the compiled program to the next."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import jax
import numpy as np
import numpy.typing as npt

from netwright.training.compiled.program import orders_of
from netwright.training.compiled.rates import learning_rates
from netwright.training.compiled.state import StepSums, TrainState
from netwright.training.feed.chunk import STEPS_AT_ONCE, Chunk
from netwright.training.feed.loader import Loader
from netwright.training.feed.order import Order, stacked
from netwright.training.means import Means, joined, means_of
from netwright.training.team import Team
from netwright.training.team_probes import TeamProbes
from netwright.training.team_state import TeamState

__all__ = ["EpochSteps", "NonFiniteStepsError", "Pace"]

_CALL_SECONDS = 0.5  # Ctrl-C and the screen wait for a call


class Pace:
    """How many steps a call does, so that it takes about half a second; the steps themselves stay the same.

    Attributes:
        steps: of the next call.
    """

    def __init__(self) -> None:
        self.steps = 1

    def adapt(self, seconds: float) -> None:
        """Do more steps after a short call, and fewer after a long one.

        Args:
            seconds: what the last call took.
        """
        if seconds < _CALL_SECONDS / 2:
            self.steps = min(2 * self.steps, STEPS_AT_ONCE)
        elif seconds > 2 * _CALL_SECONDS:
            self.steps = max(1, self.steps // 2)


class NonFiniteStepsError(Exception):
    """Losses or gradients of a call are not finite; the state is still that before the call.

    Attributes:
        first: by index of the member, the first such step of the call, from 0.
    """

    def __init__(self, first: dict[int, int], steps: partial[tuple[TrainState, StepSums]], start: int) -> None:
        super().__init__(first)
        self.first, self._steps, self._start = first, steps, start

    def state_before(self, step: int) -> TrainState:
        """Return the state of the team before a step of the call.

        Args:
            step: its number, from 0.

        Returns:
            The state.
        """
        return self._steps(self._start, self._start + step)[0]


@dataclass(frozen=True)
class _Call:
    """Steps that were handed to the device.

    Attributes:
        steps: the program with all arguments but the steps to do.
        first: the first step, by its number in the chunk.
        stop: the step to end before.
        factors: of their rows, shape (members, steps, batch), dimensionless; 0 for rows that only fill up.
        after: the state of the team after them.
        sums: what they measured.
        began: when they were handed over.
    """

    steps: partial[tuple[TrainState, StepSums]]
    first: int
    stop: int
    factors: npt.NDArray[np.float32]
    after: TrainState
    sums: StepSums
    began: float


class EpochSteps:
    """The steps of one epoch of a team: their rows, their learning rates, and what they measured.

    Args:
        team: the members.
        state: how far they are; every call takes it further.
        loader: rows of this epoch.
        pace: how many steps a call does.
        probes: what observers look at.
        orders: of the rows of each member, where the epoch before has shuffled them.

    Attributes:
        order: the rows of all steps.
        next_orders: of the next epoch, shuffled while the device did the last steps; None before that.
        totals: how many steps each member has.
        seconds: since the epoch began, or went on.
    """

    def __init__(
        self,
        team: Team,
        state: TeamState,
        loader: Loader,
        pace: Pace,
        probes: TeamProbes,
        orders: Sequence[Order] | None = None,
    ) -> None:
        self.team, self.state, self.loader = team, state, loader
        self.pace, self.probes = pace, probes
        orders = orders_of(team.members, state.epoch, loader.host) if orders is None else orders
        self.next_orders: Sequence[Order] | None = None
        self.totals = [order.steps for order in orders]
        self.order = stacked(orders, [member.stopped is None for member in state.members])
        self._rates = self._scheduled_rates()
        self._hyperparameters = team.hyperparameters_in(state.epoch)
        self._began = self._ended = time.monotonic()
        self._rows_done = np.zeros(len(team), np.int64)

    @property
    def seconds(self) -> float:
        """How long the epoch has taken in this process."""
        return time.monotonic() - self._began

    def calls(self) -> Iterator[None]:
        """Do the steps that are left, and yield after each call of the program.

        A call is handed to the device before what the one before it measured is read, so that the device does not wait.
        Where probes are due, there is no call ahead.

        Yields:
            Nothing; the state has gone on.

        Raises:
            NonFiniteStepsError: losses of the last call are not finite.
        """
        ahead: _Call | None = None
        current, step = self.state.current, self.state.step
        for chunk in self.loader.chunks(self.order, self.team.numbers, step):
            rates = self._rates_of(chunk)
            while step < chunk.start + chunk.count:
                number = self.state.steps_before + step
                first = step - chunk.start
                if self.probes.due(number, step):
                    if ahead is not None:
                        self._collect(ahead)
                        ahead = None
                        yield
                    self.probes.run(self.state, chunk, rates, first)
                stop = min(first + min(self.pace.steps, self.probes.steps_until_due(number)), chunk.count)
                call = self._dispatch(current, chunk, rates, first, stop)
                current, step = call.after, chunk.start + stop
                if step == self.order.steps:
                    self.next_orders = self._shuffled_ahead()
                if ahead is not None:
                    self._collect(ahead)
                    yield
                ahead = call
        if ahead is not None:
            self._collect(ahead)
            yield

    def rows_per_second(self, index: int | Sequence[int], seconds: float | None = None) -> float:
        """Return the training speed since the epoch began.

        Args:
            index: of a member, or of several, which count together.
            seconds: the time it took; until now if not given.

        Returns:
            Rows per second.
        """
        return float(self._rows_done[index].sum()) / (self.seconds if seconds is None else seconds)

    def last_rate(self, index: int) -> float:
        """Return the learning rate of a member in its last step of the epoch.

        Args:
            index: of the member.

        Returns:
            The rate, dimensionless.
        """
        return float(self._rates[index, self.totals[index] - 1]) * 0.5 ** self.state.members[index].halvings

    def means(self, sums: StepSums, index: int) -> Means:
        """Return the means of a member over the steps of this epoch so far; it may have fewer than others.

        Args:
            sums: of all steps so far.
            index: of the member.

        Returns:
            The means.
        """
        steps = min(self.state.step, self.totals[index])
        return means_of(sums, index, steps, self.team.members[index].objective, self.order.batch)

    def sums(self) -> StepSums:
        """Return the sums of all steps of this epoch so far."""
        return joined(self.state.sums)

    def _shuffled_ahead(self) -> Sequence[Order]:
        """Shuffle the rows that the next epoch begins with."""
        orders = orders_of(self.team.members, self.state.epoch + 1, self.loader.host)
        for order in orders:
            order.take(0, 1)
        return orders

    def _dispatch(
        self, current: TrainState, chunk: Chunk, rates: npt.NDArray[np.float32], first: int, stop: int
    ) -> _Call:
        """Hand a few steps to the device."""
        began = time.monotonic()
        steps = partial(
            self.team.program.train_steps, current, chunk.arrays, self._hyperparameters, chunk.indices, rates
        )
        after, sums = steps(first, stop)
        return _Call(steps, first, stop, np.asarray(chunk.indices.factors)[:, first:stop], after, sums, began)

    def _collect(self, call: _Call) -> None:
        """Wait for steps, and take note of what they measured."""
        sums: StepSums = jax.tree.map(lambda values: np.asarray(values)[:, call.first : call.stop], call.sums)
        live = call.factors.any(axis=2)
        non_finite = live & ~(np.isfinite(sums.loss) & np.isfinite(sums.gradient_norm))
        if non_finite.any():
            raise NonFiniteStepsError(
                {int(index): int(non_finite[index].argmax()) for index in np.flatnonzero(non_finite.any(axis=1))},
                call.steps,
                call.first,
            )
        now = time.monotonic()
        self.pace.adapt(now - max(call.began, self._ended))
        self._ended = now
        self.state.current = call.after
        self.state.sums.append(sums)
        self.state.step += call.stop - call.first
        self._rows_done += np.count_nonzero(call.factors, axis=(1, 2))

    def _scheduled_rates(self) -> npt.NDArray[np.float64]:
        """Return the learning rate of every step of this epoch by schedule and warm-up, shape (members, steps)."""
        rates = np.zeros((len(self.team), self.order.steps))
        for index, (member, total) in enumerate(zip(self.team.members, self.totals, strict=True)):
            numbers = (self.state.epoch - 1) * total + np.arange(total)
            decays = self.state.members[index].patience.decays
            rates[index, :total] = learning_rates(member.section, numbers, steps_per_epoch=total, decays=decays)
        return rates

    def _rates_of(self, chunk: Chunk) -> npt.NDArray[np.float32]:
        """Return the learning rates of a chunk, shape (members, steps), halved as often as had to be."""
        halved = np.array([0.5**member.halvings for member in self.state.members])[:, None]
        rates = np.zeros(np.shape(chunk.indices.rows)[:2], np.float32)
        rates[:, : chunk.count] = halved * self._rates[:, chunk.start : chunk.start + chunk.count]
        return rates
