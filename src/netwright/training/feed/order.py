"""The order in which training sees its rows: a new one for each epoch, decided by seed and epoch alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from netwright.data import Blocks, TrainingRows
from netwright.errors import ExperimentError
from netwright.training.feed.shuffle import Shuffled
from netwright.training.feed.shuffle_blocks import ShuffledBlocks

__all__ = ["Order", "StepRows", "epoch_order", "plain_order", "stacked", "window_steps"]

Integers = npt.NDArray[np.integer]

_WINDOW_BYTES = 2**25  # of inputs that are shuffled row by row; what fits into a cache is gathered faster
_WINDOW_ROWS = 2**15  # at the least


class StepRows(NamedTuple):
    """What some steps take.

    Attributes:
        rows: row numbers, shape (steps, batch); of several members, shape (members, steps, batch).
        factors: by what the weight of each row is multiplied, of the same shape: 1, or what corrects for rows that
            come more or less often than they occur; 0 for a row that only fills up the last batch.
    """

    rows: npt.NDArray[np.int32]
    factors: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Order:
    """Which rows each step takes, given for some steps at a time: the row numbers of all would be large.

    Attributes:
        steps: how many there are.
        batch: rows of a step.
        window: how many steps follow one another whose rows lie in a few places of the data.
        take: gives the rows of the steps from one number to before another.
    """

    steps: int
    batch: int
    window: int
    take: Callable[[int, int], StepRows]

    def whole(self) -> StepRows:
        """Return the rows of all steps."""
        return self.take(0, self.steps)


def epoch_order(
    train_rows: TrainingRows,
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    row_bytes: int = 1,
    blocks: Blocks | None = None,
) -> Order:
    """Shuffle the training rows for one epoch, in an order that seed and epoch alone decide.

    Without groups every row comes once. With groups every batch has ⌊batch_size / groups⌋ rows of each, what remains
    of the batch size is not used, and the epoch ends when every row of the largest group came once; smaller groups
    are gone through again, in a new order each time. Data larger than a window is shuffled as
    `netwright.training.feed.shuffle` describes; where rows are read from files in blocks, as
    `netwright.training.feed.shuffle_blocks` does.

    Args:
        train_rows: the training rows, shape (n,).
        batch_size: rows of a step.
        seed: of the training.
        epoch: number of the epoch.
        row_bytes: size of the inputs of a row.
        blocks: which rows are read together; None for any.

    Returns:
        The rows of every step; the last batch is filled up with rows of the first that do not count.

    Raises:
        ExperimentError: a batch has fewer rows than there are groups, or there are groups of rows read in blocks.

    Source: definition.

    Example:
        >>> order = epoch_order(TrainingRows(np.arange(5)), 2, seed=1, epoch=1)
        >>> rows, factors = order.whole()
        >>> rows.shape, sorted(rows[factors > 0].tolist())
        ((3, 2), [0, 1, 2, 3, 4])
    """
    window = window_steps(batch_size, row_bytes)
    if blocks is not None and len(train_rows.rows) > window * batch_size:
        window, order = _order_of_blocks(train_rows, batch_size, blocks, (seed, epoch))
    elif train_rows.groups is None:
        shuffled = Shuffled(len(train_rows.rows), window * batch_size, (seed, epoch))
        order = _in_batches(shuffled.between, len(train_rows.rows), min(batch_size, len(train_rows.rows)), window)
    else:
        order = _collocated_order(train_rows.groups, batch_size, window, (seed, epoch))

    def take(start: int, stop: int) -> StepRows:
        positions, factors = order.take(start, stop)
        if train_rows.corrections is not None:
            factors *= train_rows.corrections[positions].astype(np.float32)
        return StepRows(train_rows.rows[positions].astype(np.int32, copy=False), factors)

    return Order(order.steps, order.batch, window, take)


def _order_of_blocks(
    train_rows: TrainingRows, batch_size: int, blocks: Blocks, key: tuple[int, int]
) -> tuple[int, Order]:
    """Return the steps of a window, and the positions of rows that are read from files block by block."""
    if train_rows.groups is not None:
        msg = (
            "targets: balance: collocated takes rows of all classes from everywhere in the files, and data.cache: "
            "false reads them block by block. Use balance: weights or down-sampling, or leave data.cache out."
        )
        raise ExperimentError(msg)
    count = len(train_rows.rows)
    windows = -(-int(blocks.bounds[-1]) // blocks.window)  # of equal length: a short one would have few blocks
    window = -(-count // (windows * batch_size))
    bounds = np.searchsorted(train_rows.rows, blocks.bounds).astype(np.int64)
    shuffled = ShuffledBlocks(bounds, window * batch_size, key)
    return window, _in_batches(shuffled.between, count, batch_size, window)


def plain_order(rows: Integers, batch_size: int, window: int = 1) -> Order:
    """Take rows in the order given, batch by batch.

    Args:
        rows: row numbers, shape (n,).
        batch_size: rows of a step.
        window: how many steps have rows that lie together.

    Returns:
        The rows of every step; the last batch is filled up with rows from the start that do not count.
    """
    return _in_batches(lambda start, stop: rows[start:stop].astype(np.int32), len(rows), batch_size, window)


def window_steps(batch_size: int, row_bytes: int) -> int:
    """Return the length of a window: 32 MiB of inputs, and 32,768 rows at the least.

    Args:
        batch_size: rows of a step.
        row_bytes: size of the inputs of a row.

    Returns:
        Its steps.
    """
    return max(1, max(_WINDOW_BYTES // row_bytes, _WINDOW_ROWS) // batch_size)


def stacked(orders: Sequence[Order], running: Sequence[bool] | None = None) -> Order:
    """Put the orders of members side by side; a member with fewer steps gets ones whose rows do not count.

    Args:
        orders: of each member, with batches of one size.
        running: which members go on; rows of the others do not count. All if not given.

    Returns:
        Their order, shape (members, steps, batch).
    """
    steps = max(order.steps for order in orders)
    counts = np.ones(len(orders), np.float32) if running is None else np.asarray(running, np.float32)

    def take(start: int, stop: int) -> StepRows:
        shape = (len(orders), min(stop, steps) - start, orders[0].batch)
        rows, factors = np.zeros(shape, np.int32), np.zeros(shape, np.float32)
        for member, order in enumerate(orders):
            if start < order.steps:
                step_rows = order.take(start, min(stop, order.steps))
                rows[member, : len(step_rows.rows)] = step_rows.rows
                factors[member, : len(step_rows.rows)] = step_rows.factors * counts[member]
        return StepRows(rows, factors)

    return Order(steps, orders[0].batch, orders[0].window, take)


def _in_batches(positions: Callable[[int, int], npt.NDArray[np.int32]], count: int, batch: int, window: int) -> Order:
    """Cut a sequence of positions into steps; the last is filled up with those from the start, which do not count."""

    def take(start: int, stop: int) -> StepRows:
        first, last = start * batch, min(stop * batch, count)
        rows, missing = positions(first, last), min(stop, steps) * batch - last
        factors = np.ones(len(rows) + missing, np.float32)
        if missing:
            rows = np.concatenate([rows, np.resize(positions(0, min(missing, count)), missing)])
            factors[-missing:] = 0
        return StepRows(rows.reshape(-1, batch), factors.reshape(-1, batch))

    steps = -(-count // batch)
    return Order(steps, batch, window, take)


def _collocated_order(groups: Integers, batch_size: int, window: int, key: tuple[int, int]) -> Order:
    """Take the positions of rows so that every batch has the same number of each group."""
    counts = np.bincount(groups).tolist()
    if batch_size < len(counts):
        msg = (
            f"training.batch_size: {batch_size} rows cannot hold one of each of {len(counts)} groups of collocated "
            f"batches (classes, and rows outside of where). Take at least {len(counts)}."
        )
        raise ExperimentError(msg)
    longest, rows_per_group = max(counts), batch_size // len(counts)
    orders = []
    for group, count in enumerate(counts):
        group_rows = np.flatnonzero(groups == group).astype(np.int32)
        shuffled = Shuffled(count, window * rows_per_group, key, stream=group, needed=longest)
        orders.append(
            _in_batches(partial(_group_positions, group_rows, shuffled), longest, min(rows_per_group, longest), window)
        )

    def take(start: int, stop: int) -> StepRows:
        by_group = [order.take(start, stop) for order in orders]
        return StepRows(
            np.concatenate([group.rows for group in by_group], 1),
            np.concatenate([group.factors for group in by_group], 1),
        )

    return Order(orders[0].steps, orders[0].batch * len(orders), window, take)


def _group_positions(
    group_rows: npt.NDArray[np.int32], shuffled: Shuffled, start: int, stop: int
) -> npt.NDArray[np.int32]:
    return group_rows[shuffled.between(start, stop)]
