"""Data that stays on the device, and the order in which training sees its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from netwright.config import Target
from netwright.data.balance import importance
from netwright.data.choice import TrainingRows
from netwright.data.rows import Rows
from netwright.errors import DataError, ExperimentError

__all__ = ["Feed", "Order", "epoch_order", "make_feed", "plain_order"]


@dataclass(frozen=True)
class Feed:
    """Rows on the device.

    Attributes:
        inputs: by group, shape (rows, ...), in raw units.
        values: by head, shape (rows,): labels, or targets in their unit.
        weights: by head, shape (rows,): event weights times the importance that balance gives to classes or bins,
            over the mean of this product in the training rows, so that the mean of weight · loss over training
            rows is the weighted mean of the loss; 0 where the row does not count for the head.
    """

    inputs: Mapping[str, jax.Array]
    values: Mapping[str, jax.Array]
    weights: Mapping[str, jax.Array]


jax.tree_util.register_dataclass(Feed, data_fields=["inputs", "values", "weights"], meta_fields=[])


@dataclass(frozen=True)
class Order:
    """Which rows each step takes.

    Attributes:
        rows: row numbers, shape (steps, batch).
        factors: by what the weight of each row is multiplied, shape (steps, batch): 1, or what corrects for rows that
            come more or less often than they occur; 0 for a row that only fills up the last batch.
    """

    rows: npt.NDArray[np.int32]
    factors: npt.NDArray[np.float32]


def make_feed(rows: Rows, among: npt.NDArray[np.int64], targets: Mapping[str, Target]) -> Feed:
    """Put rows onto the device, with the importance that heads give to them.

    Args:
        rows: all rows.
        among: numbers of all training rows, shape (n,), from which importance follows and over which weights are
            normalised.
        targets: the heads of an experiment.

    Returns:
        The rows on the device.

    Raises:
        DataError: the weights of the training rows that count for a head do not add up to a positive number.
    """
    weights = {}
    for name, factors in importance(rows, among, targets).items():
        counting = np.where(rows.heads[name].counts, rows.weights * factors, 0.0)
        total = counting[among].sum()
        if not total > 0:
            msg = (
                f"targets.{name}: the weights of the training rows that count add up to {total:g}; "
                "a weighted mean needs a positive sum. Look at the weights and at the condition in where."
            )
            raise DataError(msg)
        weights[name] = jnp.asarray(counting * (len(among) / total), dtype=jnp.float32)
    return Feed(
        inputs={name: jnp.asarray(values) for name, values in rows.inputs.items()},
        values={name: jnp.asarray(head.values) for name, head in rows.heads.items()},
        weights=weights,
    )


def epoch_order(chosen: TrainingRows, batch_size: int, *, seed: int, epoch: int) -> Order:
    """Shuffle the training rows for one epoch, in an order that seed and epoch alone decide.

    Without groups every row comes once. With groups every batch has ⌊batch_size / groups⌋ rows of each, what remains
    of the batch size is not used, and the epoch ends when every row of the largest group came once; smaller groups
    are gone through again, in a new order each time.

    Args:
        chosen: the training rows, shape (n,).
        batch_size: rows of a step.
        seed: of the training.
        epoch: number of the epoch.

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
    if chosen.groups is None:
        order = plain_order(random.permutation(len(chosen.rows)), batch_size)
    else:
        order = _collocated_order(chosen.groups, batch_size, random)
    if chosen.corrections is not None:
        order = Order(order.rows, order.factors * chosen.corrections[order.rows].astype(np.float32))
    return Order(chosen.rows[order.rows].astype(np.int32), order.factors)


def plain_order(among: npt.NDArray[np.int64], batch_size: int) -> Order:
    """Take rows in the order given, batch by batch.

    Args:
        among: row numbers, shape (n,).
        batch_size: rows of a step.

    Returns:
        The rows of every step; the last batch is filled up with rows from the start that do not count.
    """
    batch = min(batch_size, len(among))
    steps = -(-len(among) // batch)
    factors = (np.arange(steps * batch) < len(among)).astype(np.float32).reshape(steps, batch)
    return Order(np.resize(among, steps * batch).astype(np.int32).reshape(steps, batch), factors)


def _collocated_order(groups: npt.NDArray[np.int64], batch_size: int, random: np.random.Generator) -> Order:
    """Take the places of rows so that every batch has the same number of each group."""
    counts = np.bincount(groups)
    if batch_size < len(counts):
        msg = (
            f"training.batch_size: {batch_size} rows cannot hold one of each of {len(counts)} groups of collocated "
            f"batches (classes, and rows outside of where). Say at least {len(counts)}."
        )
        raise ExperimentError(msg)
    longest = int(counts.max())
    orders = []
    for group, count in enumerate(counts):
        places = np.flatnonzero(groups == group)
        passes = [random.permutation(places) for _ in range(-(-longest // int(count)))]
        orders.append(plain_order(np.concatenate(passes)[:longest], batch_size // len(counts)))
    return Order(
        np.concatenate([order.rows for order in orders], axis=1),
        np.concatenate([order.factors for order in orders], axis=1),
    )
