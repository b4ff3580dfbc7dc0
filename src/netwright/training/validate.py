"""The validation of a team: losses, and what early stopping watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.training.compiled.objective import total_loss
from netwright.training.compiled.program import of_member
from netwright.training.compiled.state import EvaluationSums, TrainState
from netwright.training.diagnose import raise_non_finite_validation
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.kept_rows import kept_in_memory
from netwright.training.feed.loader import Loader
from netwright.training.feed.order import Order, plain_order, stacked, window_steps
from netwright.training.feed.streamed_loader import StreamedLoader
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team

__all__ = ["Validated", "Validation", "monitored_weights"]

_ROUNDING = 1e-6  # of Σ|w|, of weights in float32
_ROWS_AT_ONCE = 1024  # of all inner networks together, whose numbers then stay in a processor's cache


@dataclass(frozen=True)
class Validated:
    """The validation of one member after an epoch.

    Attributes:
        loss: Σ λ L, weighted mean over the rows, dimensionless.
        head_losses: L by head, dimensionless.
        monitored: what early stopping watches, in its unit.
        cost: the same with the sign that makes lower better.
    """

    loss: float
    head_losses: dict[str, float]
    monitored: float
    cost: float


class Validation:
    """The validation rows of a team, and the program that evaluates them.

    Args:
        team: the members.
        loader: all rows.
        name_row: the name of a row in messages, by its number.

    Raises:
        DataError: the weights of the validation rows that count for a head do not add up to a positive number.
    """

    def __init__(self, team: Team, loader: Loader, name_row: Callable[[int], str]) -> None:
        self.team, self.loader, self.name_row = team, loader, name_row
        _check(team, loader.host)
        self.batch = _rows_at_once(team.members[0].raw)

    def evaluate(self, state: TrainState) -> EvaluationSums:
        """Evaluate the rows of all members.

        Args:
            state: of all members.

        Returns:
            What was found, step by step.
        """
        chunks = []
        loader, order = self._loader_and_order
        for chunk in loader.chunks(order, self.team.numbers):
            evaluated = self.team.program.evaluate(
                state, chunk.arrays, self.team.hyperparameters, chunk.indices, chunk.count
            )
            chunks.append(jax.tree.map(lambda values, n=chunk.count: np.asarray(values)[:, :n], evaluated))
        all_steps: EvaluationSums = jax.tree.map(lambda *values: np.concatenate(values, axis=1), *chunks)
        return all_steps

    @cached_property
    def _loader_and_order(self) -> tuple[Loader, Order]:
        """The rows and their order; those of files that are not converted are read once, if they fit in memory."""
        loader, by_member = self.loader, [member.valid_rows for member in self.team.members]
        if isinstance(loader, StreamedLoader):
            rows = np.unique(np.concatenate(by_member))
            kept = kept_in_memory(loader.host, rows)
            if kept is not None:
                loader, by_member = (
                    StreamedLoader(kept, loader.sharding),
                    [np.searchsorted(rows, of) for of in by_member],
                )
        window = window_steps(self.batch, loader.host.row_bytes)
        return loader, stacked([plain_order(rows, self.batch, window) for rows in by_member])

    def head_losses(self, index: int, evaluated: EvaluationSums) -> dict[str, float]:
        """Return the validation loss of every head of one member.

        Args:
            index: of the member in the team.
            evaluated: of `evaluate`.

        Returns:
            L by head: Σ w l / Σ w over the rows, dimensionless.
        """
        return {
            head: float(losses[index].sum(dtype=np.float64) / evaluated.weights[head][index].sum(dtype=np.float64))
            for head, losses in evaluated.losses.items()
        }

    def of_member(self, index: int, evaluated: EvaluationSums, state: TrainState, epoch: int) -> Validated:
        """Return the validation of one member.

        Args:
            index: of the member in the team.
            evaluated: of `evaluate`.
            state: that was evaluated.
            epoch: after which it was.

        Returns:
            Losses, and what is monitored.

        Raises:
            NonFiniteLossError: a loss is not finite (raised by `raise_non_finite_validation`).
        """
        member, host, head_losses = self.team.members[index], self.loader.host, self.head_losses(index, evaluated)
        loss = total_loss(member.objective, head_losses)
        if not np.isfinite(loss):
            raise_non_finite_validation(
                member.raw, of_member(state, index), host, member.valid_rows, epoch=epoch, name_row=self.name_row
            )
        monitor = member.monitor
        if monitor is None:
            return Validated(loss, head_losses, loss, loss)
        raw = np.asarray(evaluated.outputs[monitor.head][index])
        monitored = monitor.measure(
            member.objective[monitor.head],
            raw.reshape(-1, raw.shape[-1])[: len(member.valid_rows)],
            host.values[monitor.head][member.valid_rows],
            monitored_weights(monitor.head, host, member),
        )
        return Validated(loss, head_losses, monitored, monitor.cost(member.objective[monitor.head], monitored))


def monitored_weights(head: str, arrays: RowArrays, member: PreparedMember) -> NDArray[np.floating]:
    """Return the weights with which a metric or a result of validation rows is measured: event weights, as in the end.

    Balance and importance are factors of the loss. Were they in a metric such as the accuracy, values of trainings with
    other factors could not be compared, nor any with those of ``evaluation.json``.

    Args:
        head: its name.
        arrays: all rows.
        member: the member.

    Returns:
        Shape (n,), for each validation row of the member, dimensionless; 0 for rows that do not count for the head.
    """
    weights = np.asarray(arrays.weights[head][member.number][member.valid_rows])
    return weights if arrays.events is None else np.where(weights != 0, arrays.events[member.valid_rows], 0.0)


def _rows_at_once(raw: keras.Model) -> int:
    """Return how many rows are evaluated at once: a power of two, the smaller the more inner networks there are."""
    networks = max(output.shape[1] if len(output.shape) == 3 else 1 for output in raw.output.values())
    return max(_ROWS_AT_ONCE >> (networks - 1).bit_length(), 128)


def _check(team: Team, arrays: RowArrays) -> None:
    """Refuse validation rows over which no mean can be taken."""
    for head, weights in arrays.weights.items():
        for member in team.members:
            of_rows = weights[member.number][member.valid_rows].astype(np.float64)
            total = float(of_rows.sum())
            if not total > _ROUNDING * float(np.abs(of_rows).sum()):
                msg = (
                    f"targets.{head}: the weights of the validation rows that count add up to {total:g}, and a "
                    "weighted mean needs a positive sum. Take more rows for validation, or look at the weights."
                )
                raise DataError(msg)
