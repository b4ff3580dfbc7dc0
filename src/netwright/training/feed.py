"""Data that stays on the device, and the order in which training sees its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from netwright.data.rows import Rows
from netwright.errors import DataError

__all__ = ["Feed", "Order", "epoch_order", "make_feed", "plain_order"]


@dataclass(frozen=True)
class Feed:
    """Rows on the device.

    Attributes:
        inputs: by group, shape (rows, ...), in raw units.
        values: by head, shape (rows,): labels, or targets in their unit.
        weights: by head, shape (rows,): event weights over their mean of the training rows that count, so that
            the mean of weight · loss over training rows is the weighted mean of the loss; 0 where the row does
            not count for the head.
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
        live: shape (steps, batch): 1 for a row that is there, 0 for one that only fills up the last batch.
    """

    rows: npt.NDArray[np.int32]
    live: npt.NDArray[np.float32]


def make_feed(rows: Rows, among: npt.NDArray[np.int64]) -> Feed:
    """Put rows onto the device.

    Args:
        rows: all rows.
        among: numbers of the training rows, shape (n,), over which weights are normalised.

    Returns:
        The rows on the device.

    Raises:
        DataError: the weights of the training rows that count for a head do not add up to a positive number.
    """
    weights = {}
    for name, head in rows.heads.items():
        counting = np.where(head.counts, rows.weights, 0.0)
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


def epoch_order(among: npt.NDArray[np.int64], batch_size: int, *, seed: int, epoch: int) -> Order:
    """Shuffle the training rows for one epoch: every row once, in an order that seed and epoch alone decide.

    Args:
        among: numbers of the training rows, shape (n,).
        batch_size: rows of a step.
        seed: of the training.
        epoch: number of the epoch.

    Returns:
        The rows of every step; the last batch is filled up with rows of the first that do not count.

    Source: definition; the generator is Philox (doi:10.1145/2063384.2063405).

    Example:
        >>> order = epoch_order(np.arange(5), 2, seed=1, epoch=1)
        >>> order.rows.shape, sorted(order.rows[order.live > 0].tolist())
        ((3, 2), [0, 1, 2, 3, 4])
    """
    shuffled = np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(among)
    return plain_order(shuffled, batch_size)


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
    live = (np.arange(steps * batch) < len(among)).astype(np.float32).reshape(steps, batch)
    return Order(np.resize(among, steps * batch).astype(np.int32).reshape(steps, batch), live)
