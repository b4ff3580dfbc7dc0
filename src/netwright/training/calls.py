"""Steps cut into calls of the compiled program, of one length so that it is compiled once."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np
import numpy.typing as npt

from netwright.training.feed import Feed, Order
from netwright.training.step import StepRecord, Steps, TrainState

__all__ = ["Call", "cut"]

_STEPS_AT_ONCE = 64  # the screen and Ctrl-C are looked at between calls


@dataclass(frozen=True)
class Call:
    """What one call of the compiled program does.

    Attributes:
        order: rows of each step.
        rates: learning rate of each step, shape (steps,), dimensionless.
        count: how many steps there are; those after them change nothing.
    """

    order: Order
    rates: npt.NDArray[np.float32]
    count: int

    def run(self, steps: Steps, feed: Feed, state: TrainState) -> tuple[TrainState, StepRecord]:
        """Do the steps.

        Args:
            steps: the compiled program.
            feed: rows on the device.
            state: before them.

        Returns:
            The state after them, and their records as NumPy arrays of shape (count,).
        """
        after, record = steps(state, feed, self.order.rows, self.order.factors, self.rates)
        return after, jax.tree.map(lambda values: np.asarray(values)[: self.count], record)

    def once(self, steps: Steps, feed: Feed, state: TrainState, number: int) -> tuple[TrainState, StepRecord]:
        """Do a single one of the steps.

        Args:
            steps: the compiled program.
            feed: rows on the device.
            state: before it.
            number: which one, from 0.

        Returns:
            The state after it, and its record.
        """
        one = slice(number, number + 1)
        return steps(state, feed, self.order.rows[one], self.order.factors[one], self.rates[one])


def cut(order: Order, rates: npt.NDArray[np.float64]) -> list[Call]:
    """Cut steps into calls of one length; the last is filled up with steps that change nothing.

    Args:
        order: rows of every step.
        rates: learning rate of every step, shape (steps,), dimensionless.

    Returns:
        The calls.
    """
    steps = len(order.rows)
    calls = -(-steps // _STEPS_AT_ONCE)
    length = -(-steps // calls)
    missing = calls * length - steps
    rows = np.concatenate([order.rows, np.repeat(order.rows[:1], missing, axis=0)])
    factors = np.concatenate([order.factors, np.zeros((missing, order.factors.shape[1]), np.float32)])
    filled = np.concatenate([rates, np.zeros(missing)]).astype(np.float32)
    return [
        Call(Order(rows[i : i + length], factors[i : i + length]), filled[i : i + length], min(length, steps - i))
        for i in range(0, len(rows), length)
    ]
