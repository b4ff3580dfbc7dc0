"""The learning-rate range test: train with a growing learning rate, and see where the loss falls and where it flies."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt

from netwright.errors import DataError
from netwright.progress import Progress, silent
from netwright.training.backend import check_backend
from netwright.training.compiled.program import compile_program, initial_state, orders_of
from netwright.training.compiled.state import StepSums
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.chunk import Chunk
from netwright.training.feed.loader import Loader, make_loader
from netwright.training.feed.order import stacked
from netwright.training.prepared_member import PreparedMember
from netwright.training.team import Team

__all__ = ["RateSearch", "find_rate", "lowest_rate", "smoothed"]

Floats = npt.NDArray[np.float64]

_BETA = 0.95  # of the running mean of the loss
_SETTLED = 20  # steps after which the running mean holds what its memory of 1 / (1 - β) steps can
_DIVERGED = 4.0  # a loss this many times the smallest ends the search
_BELOW_MINIMUM = 10.0


@dataclass(frozen=True)
class RateSearch:
    """What a range test found.

    Attributes:
        rates: learning rate of every step, shape (n,), dimensionless, growing.
        losses: what every step minimised, shape (n,), dimensionless, with the mean over the rows of the step also where
            they do not fill a batch; the last may be infinite or not a number.
        smoothed: running mean of the losses, shape (n,), dimensionless.
        minimum: the learning rate at which the running mean is smallest, dimensionless.
        suggestion: the learning rate to begin with, a tenth of it, dimensionless.
    """

    rates: Floats
    losses: Floats
    smoothed: Floats
    minimum: float
    suggestion: float


def find_rate(
    member: PreparedMember,
    arrays: RowArrays,
    *,
    start: float = 1e-6,
    stop: float = 1.0,
    steps: int = 300,
    progress: Progress = silent,
) -> RateSearch:
    """Train for a few steps with the learning rate α_k = start · (stop / start)^(k / (n - 1)), and suggest one.

    The batches, the optimizer and the clipping are those of the training; schedule and warm-up are left out. The
    search ends before `stop` where the running mean of the loss exceeds 4 times its smallest value, or a loss is not
    finite: that is what it looks for.

    The suggestion is a tenth of the rate at which the running mean is smallest. The other common choice, the rate of
    the steepest descent, does not hold still: on the masses of real muon pairs the loss falls most steeply at 1e-5 to
    1e-4, where a network learns no more than the mean, while Adam does best at 3e-3 to 1e-2. A tenth of the minimum
    gives 9e-3 there and 8e-3 for real jets (best: 1e-3 to 1e-1), within a factor of three from seed to seed; with
    momentum 1e-2 (best: 1e-2; 3e-2 diverges) and 7e-2 (best: 1e-1).

    Args:
        member: its network has its first weights, which stay as they are; its validation rows are not needed.
        arrays: all rows.
        start: the first learning rate, dimensionless.
        stop: the last one, dimensionless.
        steps: n.
        progress: callback for progress updates.

    Returns:
        Rates, losses and the suggestion.

    Raises:
        DataError: the loss is not finite from the first steps on (raised by `lowest_rate`).
        RunError: Keras runs on another backend than JAX.

    Source: arXiv:1506.01186, section 3.3.
    """
    check_backend()
    team = Team((member,), compile_program([member]))
    state = initial_state(team.members, team.program)
    rates = np.geomspace(start, stop, steps)
    losses = np.zeros(0)
    chunks = _epoch_chunks(make_loader(arrays, member.section), team)
    while len(losses) < steps:
        chunk = next(chunks)
        n_steps = min(chunk.count, steps - len(losses))
        chunk_rates = np.zeros(np.shape(chunk.indices.rows)[:2], np.float32)
        chunk_rates[0, :n_steps] = rates[len(losses) : len(losses) + n_steps]
        arguments = (chunk.arrays, team.hyperparameters, chunk.indices, chunk_rates)
        state, sums = team.program.train_steps(state, *arguments, 0, n_steps)
        losses = np.concatenate([losses, _mean_losses(sums, np.shape(chunk.indices.rows)[2])[:n_steps]])
        progress("Trying learning rates", len(losses), steps, "steps")
        if (length := _steps_until_divergence(losses)) < len(losses):
            losses = losses[:length]
            break
    chunks.close()
    progress("Trying learning rates", steps, steps, "steps")
    minimum = lowest_rate(rates[: len(losses)], losses)
    return RateSearch(rates[: len(losses)], losses, smoothed(losses), minimum, minimum / _BELOW_MINIMUM)


def smoothed(losses: Floats) -> Floats:
    """Return the running mean of losses: s_k = β s_{k-1} + (1 - β) l_k, divided by 1 - β^k, with β = 0.95.

    Args:
        losses: l_k, shape (n,), dimensionless.

    Returns:
        The means, shape (n,), dimensionless; from a loss on that is not finite, they are not finite either.

    Source: arXiv:1412.6980, section 3 (the correction for the start).

    Example:
        >>> smoothed(np.array([2.0, 2.0])).round(6).tolist()
        [2.0, 2.0]
    """
    means, running = np.empty(len(losses)), 0.0
    for k, loss in enumerate(losses, start=1):
        running = _BETA * running + (1 - _BETA) * float(loss)
        means[k - 1] = running / (1 - _BETA**k)
    return means


def lowest_rate(rates: Floats, losses: Floats) -> float:
    """Return the learning rate at which the running mean of the loss is smallest, once it has settled.

    Args:
        rates: α_k, shape (n,), dimensionless.
        losses: l_k, shape (n,), dimensionless; those that are not finite stand at the end.

    Returns:
        The rate, dimensionless.

    Raises:
        DataError: there are not so many finite losses that the mean has settled.

    Source: definition.

    Example:
        >>> rates = np.geomspace(1e-4, 1, 101)
        >>> 0.1 < lowest_rate(rates, np.log10(rates / 0.1) ** 2) < 0.5  # a running mean comes late
        True
    """
    means = smoothed(losses)
    finite = int(np.isfinite(means).sum())
    if finite <= _SETTLED:
        msg = (
            f"The loss was finite in {finite} steps only, at learning rates from {rates[0]:g} on; {_SETTLED + 1} are "
            "needed for a curve. Check the scale of inputs and targets."
        )
        raise DataError(msg)
    return float(rates[_SETTLED + int(np.argmin(means[_SETTLED:finite]))])


def _epoch_chunks(loader: Loader, team: Team) -> Generator[Chunk]:
    """Yield the rows of epoch after epoch."""
    for epoch in count(1):
        yield from loader.chunks(stacked(orders_of(team.members, epoch, loader.host)), team.numbers)


def _mean_losses(sums: StepSums, batch: int) -> Floats:
    """Return the loss of every step as a mean over its rows, plus its penalty, shape (steps,)."""
    loss, penalty, rows = (np.asarray(values)[0].astype(np.float64) for values in (sums.loss, sums.penalty, sums.rows))
    return np.asarray((loss - penalty) * (batch / np.maximum(rows, 1)) + penalty)


def _steps_until_divergence(losses: Floats) -> int:
    """Return how many steps there are up to the first that is not finite, or whose mean is far above the smallest."""
    means = smoothed(losses)
    lowest = np.minimum.accumulate(np.where(np.isfinite(means), means, np.inf)[_SETTLED:])
    is_far = np.zeros(len(losses), np.bool_)
    is_far[_SETTLED:] = means[_SETTLED:] - lowest > (_DIVERGED - 1) * np.abs(lowest)  # also with negative weights
    diverged = np.flatnonzero(~np.isfinite(losses) | is_far)
    return int(diverged[0]) + 1 if len(diverged) else len(losses)
