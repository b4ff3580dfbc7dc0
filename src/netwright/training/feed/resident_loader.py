"""Rows that are on the device for the whole training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np
import numpy.typing as npt
from jax.sharding import Sharding

from netwright.data import Ragged, RowValues, StreamedRows, whole
from netwright.training.compiled.state import BatchIndices
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.chunk import STEPS_AT_ONCE, Chunk, pad_steps
from netwright.training.feed.order import Order

__all__ = ["ResidentLoader"]


class ResidentLoader:
    """All rows lie on the device; a call is given row numbers only. On a CPU the device takes NumPy's memory as it is.

    Args:
        arrays: all rows.
        sharding: where they lie; on the first device if not given.
    """

    def __init__(self, arrays: RowArrays, sharding: Sharding | None = None) -> None:
        self.host = arrays
        self.arrays: RowArrays = jax.tree.map(
            lambda values: jax.device_put(values, sharding),
            RowArrays(
                {name: whole(_padded(values)) for name, values in arrays.inputs.items()},
                {name: whole(values) for name, values in arrays.values.items()},
                arrays.weights,
            ),
        )

    def chunks(self, order: Order, weight_lines: Sequence[int], start: int = 0) -> Iterator[Chunk]:
        """Cut an order into chunks of one shape; see `netwright.training.feed.loader.Loader`.

        Args:
            order: of several members, shape (members, steps, batch).
            weight_lines: which line of the arrays' weights each of them has.
            start: the first step that is wanted.

        Yields:
            The chunks.
        """
        first = start - start % STEPS_AT_ONCE
        for at in range(first, order.steps, STEPS_AT_ONCE):
            rows, factors = order.take(at, at + STEPS_AT_ONCE)
            indices = BatchIndices(
                np.asarray(weight_lines, np.int32), pad_steps(rows, STEPS_AT_ONCE), pad_steps(factors, STEPS_AT_ONCE)
            )
            yield Chunk(self.arrays, indices, at, rows.shape[1])


def _padded(values: RowValues) -> npt.NDArray[Any]:
    if isinstance(values, StreamedRows):
        return values[:]
    return values.padded() if isinstance(values, Ragged) else values
