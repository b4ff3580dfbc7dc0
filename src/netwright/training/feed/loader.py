"""How rows reach the device: all of them once, or a few steps' worth at a time while the device works."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import jax

from netwright.config import TrainingSection
from netwright.data import Ragged
from netwright.training.compiled.devices import batch_sharding, replicated
from netwright.training.feed.arrays import RowArrays
from netwright.training.feed.chunk import Chunk
from netwright.training.feed.order import Order
from netwright.training.feed.resident_loader import ResidentLoader
from netwright.training.feed.streamed_loader import StreamedLoader

__all__ = ["Loader", "make_loader"]

_PADDING_BYTES = 2**28  # of ragged inputs with their padding: larger ones are padded batch by batch
_SHARE_OF_DEVICE = 0.6  # of its memory that rows may take


class Loader(Protocol):
    """Rows on their way to the device.

    Attributes:
        host: all rows, as NumPy has them.
    """

    host: RowArrays

    def chunks(self, order: Order, weight_lines: Sequence[int], start: int = 0) -> Iterator[Chunk]:
        """Cut an order into chunks of one shape, so that one program serves all.

        While steps of a chunk run, the next one may be asked for; with the one after it, the memory of the first may be
        used again.

        Args:
            order: of several members, shape (members, steps, batch).
            weight_lines: which line of the arrays' weights each of them has.
            start: the first step that is wanted.

        Yields:
            The chunks, from the one with this step on.
        """


def make_loader(arrays: RowArrays, section: TrainingSection) -> Loader:
    """Make the loader that the experiment asks for; by default resident where the rows fit on the device.

    Args:
        arrays: all rows.
        section: how to train.

    Returns:
        The loader.

    Raises:
        ExperimentError: there are fewer devices than wanted, or a batch cannot be divided among them.
    """
    sharding = replicated(batch_sharding(section))
    feed = section.feed
    if feed == "auto":
        feed = "resident" if _fits(arrays) else "streamed"
    return ResidentLoader(arrays, sharding) if feed == "resident" else StreamedLoader(arrays, sharding)


def _fits(arrays: RowArrays) -> bool:
    """Return whether rows fit on the device; on a CPU they do if they lie in memory."""
    if arrays.mapped or _padding_bytes(arrays) > _PADDING_BYTES:
        return False
    device = jax.devices()[0]
    statistics = None if device.platform == "cpu" else device.memory_stats()
    if not statistics or "bytes_limit" not in statistics:
        return True
    free = statistics["bytes_limit"] - statistics.get("bytes_in_use", 0)
    return bool(arrays.row_bytes * arrays.rows < _SHARE_OF_DEVICE * free)


def _padding_bytes(arrays: RowArrays) -> int:
    """Return the size of ragged inputs with their padding, which they have on the device."""
    ragged = [values for values in arrays.inputs.values() if isinstance(values, Ragged)]
    return sum(math.prod(values.shape) * values.dtype.itemsize for values in ragged)
