"""The order in which training sees its rows: for each epoch another one, that seed and epoch alone decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.data.choice import TrainingRows
from netwright.errors import ExperimentError

__all__ = ["Order", "epoch_order", "plain_order", "shuffled", "stacked", "window_steps"]

Whole = npt.NDArray[np.int64]

_WINDOW_BYTES = 2**25  # of inputs that are shuffled row by row; what fits into a cache is gathered faster
_WINDOW_ROWS = 2**15  # at the least
_BLOCKS = 512  # of consecutive rows, which a window is made of


@dataclass(frozen=True)
class Order:
    """Which rows each step takes.

    Attributes:
        rows: row numbers, shape (steps, batch); of several members, shape (members, steps, batch).
        factors: by what the weight of each row is multiplied, of the same shape: 1, or what corrects for rows that
            come more or less often than they occur; 0 for a row that only fills up the last batch.
        window: how many steps follow one another whose rows lie in a few places of the data.
    """

    rows: npt.NDArray[np.int32]
    factors: npt.NDArray[np.float32]
    window: int


def epoch_order(chosen: TrainingRows, batch_size: int, *, seed: int, epoch: int, row_bytes: int = 1) -> Order:
    """Shuffle the training rows for one epoch, in an order that seed and epoch alone decide.

    Without groups every row comes once. With groups every batch has ⌊batch_size / groups⌋ rows of each, what remains
    of the batch size is not used, and the epoch ends when every row of the largest group came once; smaller groups
    are gone through again, in a new order each time. Data larger than a window is shuffled as `shuffled` says.

    Args:
        chosen: the training rows, shape (n,).
        batch_size: rows of a step.
        seed: of the training.
        epoch: number of the epoch.
        row_bytes: size of the inputs of a row.

    Returns:
        The rows of every step; the last batch is filled up with rows of the first that do not count.

    Raises:
        ExperimentError: a batch has fewer rows than there are groups.

    Source: definition; the generator is Philox (doi:10.1145/2063384.2063405).

    Example:
        >>> order = epoch_order(TrainingRows(np.arange(5)), 2, seed=1, epoch=1)
        >>> order.rows.shape, sorted(order.rows[order.factors > 0].tolist())
        ((3, 2), [0, 1, 2, 3, 4])
    """
    random = np.random.Generator(np.random.Philox(key=[seed, epoch]))
    window = window_steps(batch_size, row_bytes)
    if chosen.groups is None:
        order = plain_order(shuffled(len(chosen.rows), window * batch_size, random), batch_size, window)
    else:
        order = _collocated_order(chosen.groups, batch_size, window, random)
    for start in range(0, len(order.rows), window):
        part = slice(start, start + window)
        if chosen.corrections is not None:
            order.factors[part] *= chosen.corrections[order.rows[part]].astype(np.float32)
        order.rows[part] = chosen.rows[order.rows[part]]  # in place: an epoch of many rows is large
    return order


def plain_order(among: npt.NDArray[np.integer], batch_size: int, window: int = 1) -> Order:
    """Take rows in the order given, batch by batch.

    Args:
        among: row numbers, shape (n,).
        batch_size: rows of a step.
        window: how many steps have rows that lie together.

    Returns:
        The rows of every step; the last batch is filled up with rows from the start that do not count.
    """
    batch = min(batch_size, len(among))
    steps = -(-len(among) // batch)
    rows, factors = np.empty(steps * batch, np.int32), np.zeros(steps * batch, np.float32)
    rows[: len(among)], factors[: len(among)] = among, 1
    rows[len(among) :] = among[: steps * batch - len(among)]
    return Order(rows.reshape(steps, batch), factors.reshape(steps, batch), window)


def window_steps(batch_size: int, row_bytes: int) -> int:
    """Return the length of a window: 32 MiB of inputs, and 32,768 rows at the least.

    Args:
        batch_size: rows of a step.
        row_bytes: size of the inputs of a row.

    Returns:
        Its steps.
    """
    return max(1, max(_WINDOW_BYTES // row_bytes, _WINDOW_ROWS) // batch_size)


def shuffled(count: int, window: int, random: np.random.Generator) -> npt.NDArray[np.int32]:
    """Shuffle places so that a window of them lies in a few hundred blocks, which a disk reads at once.

    Up to a window, this is a permutation in which every order is as likely. Beyond, blocks of consecutive places are
    shuffled, 512 of them make a window, and each window is permuted. Where classes lie in files of their own, their
    share then differs from window to window by 1 / sqrt(512) of a deviation of a row, 2% for two equal classes.

    Args:
        count: n.
        window: places that are permuted together.
        random: the generator.

    Returns:
        Every place from 0 once, shape (n,).
    """
    if count <= window:
        return random.permutation(np.arange(count, dtype=np.int32))
    length = -(-window // _BLOCKS)
    starts = random.permutation(np.arange(0, count, length, dtype=np.int32))
    places = np.concatenate([np.arange(start, min(start + length, count), dtype=np.int32) for start in starts.tolist()])
    for start in range(0, count, window):
        random.shuffle(places[start : start + window])
    return places


def stacked(orders: Sequence[Order]) -> Order:
    """Put the orders of members side by side; who has fewer steps gets ones whose rows do not count.

    Args:
        orders: of each member, with batches of one size.

    Returns:
        Their order, shape (members, steps, batch).
    """
    if len(orders) == 1:
        return Order(orders[0].rows[None], orders[0].factors[None], orders[0].window)
    steps = max(len(order.rows) for order in orders)

    def filled(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        return np.concatenate([values, np.zeros((steps - len(values), *values.shape[1:]), values.dtype)])

    return Order(
        np.stack([filled(order.rows) for order in orders]),
        np.stack([filled(order.factors) for order in orders]),
        orders[0].window,
    )


def _collocated_order(groups: Whole, batch_size: int, window: int, random: np.random.Generator) -> Order:
    """Take the places of rows so that every batch has the same number of each group."""
    counts = np.bincount(groups)
    if batch_size < len(counts):
        msg = (
            f"training.batch_size: {batch_size} rows cannot hold one of each of {len(counts)} groups of collocated "
            f"batches (classes, and rows outside of where). Say at least {len(counts)}."
        )
        raise ExperimentError(msg)
    longest, each = int(counts.max()), batch_size // len(counts)
    orders = []
    for group, count in enumerate(counts):
        places = np.flatnonzero(groups == group)
        passes = [places[shuffled(int(count), window * each, random)] for _ in range(-(-longest // int(count)))]
        orders.append(plain_order(np.concatenate(passes)[:longest], each))
    return Order(
        np.concatenate([order.rows for order in orders], axis=1),
        np.concatenate([order.factors for order in orders], axis=1),
        window,
    )
