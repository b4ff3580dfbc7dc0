"""What validation rows say of the members of a team."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jax
import numpy as np

from netwright.errors import DataError
from netwright.training.compiled.program import Program, Trainee, of_member
from netwright.training.compiled.step import Knobs, Looked, TrainState
from netwright.training.diagnose import raise_non_finite_validation
from netwright.training.feed.arrays import Feed
from netwright.training.feed.loader import Supply
from netwright.training.feed.order import plain_order, stacked, window_steps
from netwright.training.monitor import make_monitor

__all__ = ["Validated", "Validation"]

_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Validated:
    """What validation rows said of a member after an epoch.

    Attributes:
        loss: Σ λ L, weighted mean over the rows, dimensionless.
        heads: L by head, dimensionless.
        monitored: what early stopping watches, in its unit.
        cost: the same with the sign that makes lower better.
    """

    loss: float
    heads: dict[str, float]
    monitored: float
    cost: float


class Validation:
    """The validation rows of a team, and the program that looks at them.

    Args:
        team: the members.
        supply: all rows.
        program: theirs.
        name_row: how a row is called in messages.

    Raises:
        DataError: the weights of the validation rows that count for a head do not add up to a positive number.
    """

    def __init__(
        self, team: Sequence[Trainee], supply: Supply, program: Program, name_row: Callable[[int], str]
    ) -> None:
        self.team, self.supply, self.program, self.name_row = team, supply, program, name_row
        _check(team, supply.host)
        window = window_steps(_ROWS_AT_ONCE, supply.host.row_bytes)
        self.order = stacked([plain_order(one.valid_rows, _ROWS_AT_ONCE, window) for one in team])

    def look(self, state: TrainState, knobs: Knobs) -> Looked:
        """Look at the rows of all members.

        Args:
            state: of all members.
            knobs: of all members.

        Returns:
            What was found, step by step.
        """
        found = []
        for part in self.supply.parts(self.order, [one.number for one in self.team]):
            looked = self.program.look(state, part.feed, knobs, part.places, part.count)
            found.append(jax.tree.map(lambda values, n=part.count: np.asarray(values)[:, :n], looked))
        together: Looked = jax.tree.map(lambda *values: np.concatenate(values, axis=1), *found)
        return together

    def head_losses(self, place: int, looked: Looked) -> dict[str, float]:
        """Return the validation loss of every head of one member.

        Args:
            place: of the member in the team.
            looked: of `look`.

        Returns:
            L by head: Σ w l / Σ w over the rows, dimensionless.
        """
        return {
            head: float(losses[place].sum(dtype=np.float64) / looked.weights[head][place].sum(dtype=np.float64))
            for head, losses in looked.losses.items()
        }

    def of_member(self, place: int, looked: Looked, state: TrainState, epoch: int) -> Validated:
        """Say what was found of one member.

        Args:
            place: of the member in the team.
            looked: of `look`.
            state: that was looked at.
            epoch: after which it was.

        Returns:
            Losses, and what is monitored.

        Raises:
            NonFiniteLossError: a loss is not finite (raised by `raise_non_finite_validation`).
        """
        one, host, heads = self.team[place], self.supply.host, self.head_losses(place, looked)
        learned = {head: objective.loss_weight for head, objective in one.objective.items() if objective.loss_weight}
        loss = sum(weight * heads[head] for head, weight in learned.items())
        if not np.isfinite(loss):
            raise_non_finite_validation(
                one.raw, of_member(state, place), host, one.valid_rows, epoch=epoch, name_row=self.name_row
            )
        monitor = make_monitor(one.section.early_stopping.monitor)
        if monitor is None:
            return Validated(loss, heads, loss, loss)
        raw = np.asarray(looked.outputs[monitor.head][place])
        monitored = monitor.measure(
            one.objective[monitor.head],
            raw.reshape(-1, raw.shape[-1])[: len(one.valid_rows)],
            host.values[monitor.head][one.valid_rows],
            host.weights[monitor.head][one.number][one.valid_rows],
        )
        return Validated(loss, heads, monitored, monitor.cost(one.objective[monitor.head], monitored))


def _check(team: Sequence[Trainee], feed: Feed) -> None:
    """Refuse validation rows over which no mean can be taken."""
    for head, weights in feed.weights.items():
        for one in team:
            total = float(weights[one.number][one.valid_rows].sum(dtype=np.float64))
            if not total > 0:
                msg = (
                    f"targets.{head}: the weights of the validation rows that count add up to {total:g}, and a "
                    "weighted mean needs a positive sum. Take more rows for validation, or look at the weights."
                )
                raise DataError(msg)
