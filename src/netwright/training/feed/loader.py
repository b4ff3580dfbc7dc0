"""How rows reach the device: all of them once, or a few steps' worth at a time while the device works."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import jax
import numpy as np
import numpy.typing as npt
from jax.sharding import Sharding

from netwright.config import TrainingSection
from netwright.data import Ragged, RowValues, StreamedRows, allocate, whole
from netwright.training.compiled.devices import batch_sharding, replicated
from netwright.training.compiled.state import BatchIndices
from netwright.training.feed.arrays import RowArrays, stacked_weights
from netwright.training.feed.order import Order
from netwright.training.feed.read_ahead import read_ahead

__all__ = ["STEPS_AT_ONCE", "Chunk", "Loader", "ResidentLoader", "StreamedLoader", "make_loader"]

_Buffers = tuple[dict[str, npt.NDArray[Any]], ...]  # memory of a chunk: of inputs and of values

STEPS_AT_ONCE = 64  # the longest call of the compiled program
_CHUNK_BYTES = 2**25  # of streamed inputs
_CHUNKS_AHEAD = 4  # chunks that are made ready while one is worked on
_PADDING_BYTES = 2**28  # of ragged inputs with their padding: larger ones are padded batch by batch
_SHARE_OF_DEVICE = 0.6  # of its memory that rows may take


@dataclass(frozen=True)
class Chunk:
    """Steps that one compiled program can do in one call or in several.

    Attributes:
        arrays: rows on the device.
        indices: which of them each step takes; beyond `count` there is nothing to do.
        start: number of the first step in the epoch, from 0.
        count: how many steps there are.
    """

    arrays: RowArrays
    indices: BatchIndices
    start: int
    count: int


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


def _padded(values: RowValues) -> npt.NDArray[Any]:
    if isinstance(values, StreamedRows):
        return values[:]
    return values.padded() if isinstance(values, Ragged) else values


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
        """Cut an order into chunks of one shape; see `Loader`.

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
                np.asarray(weight_lines, np.int32), _pad_steps(rows, STEPS_AT_ONCE), _pad_steps(factors, STEPS_AT_ONCE)
            )
            yield Chunk(self.arrays, indices, at, rows.shape[1])


class StreamedLoader:
    """Rows stay where they are; a thread reads and gathers those of the next steps while the device works.

    Where inputs lie in a file, a window of steps is read in the order of the file first.

    Args:
        arrays: all rows.
        sharding: where they lie; on the first device if not given.
    """

    def __init__(self, arrays: RowArrays, sharding: Sharding | None = None) -> None:
        self.host, self.sharding = arrays, sharding

    def chunks(self, order: Order, weight_lines: Sequence[int], start: int = 0) -> Iterator[Chunk]:
        """Cut an order into chunks of one shape; see `Loader`.

        Args:
            order: of several members, shape (members, steps, batch).
            weight_lines: which line of the arrays' weights each of them has.
            start: the first step that is wanted.

        Yields:
            The chunks.
        """
        total, step_bytes = order.steps, len(weight_lines) * order.batch * self.host.row_bytes
        length = max(1, min(STEPS_AT_ONCE, order.window, _CHUNK_BYTES // step_bytes))
        ranges = [
            (window, at, min(at + length, window + order.window, total))
            for window in range(0, total, order.window)
            for at in range(window, min(window + order.window, total), length)
        ]
        with ThreadPoolExecutor(1, "netwright-loader") as reader:  # one thread, so that windows come in order
            prefetcher = _Prefetcher(self.host, order)
            pending: deque[Future[tuple[Chunk, _Buffers]]] = deque()
            free_buffers: list[_Buffers] = []  # new memory costs a quarter of what it takes to fill it
            in_use: _Buffers | None = None  # of the chunk before, whose steps may still run
            try:
                remaining = deque(step_range for step_range in ranges if step_range[2] > start)
                while remaining or pending:
                    while remaining and len(pending) <= _CHUNKS_AHEAD:
                        step_range = (*remaining.popleft(), length)
                        pending.append(
                            reader.submit(self._gather_chunk, prefetcher, order, weight_lines, step_range, free_buffers)
                        )
                    chunk, buffers = pending.popleft().result()
                    yield chunk
                    if in_use is not None:
                        free_buffers.append(in_use)
                    in_use = buffers
            finally:
                for future in pending:
                    future.cancel()
                prefetcher.close()

    def _gather_chunk(
        self,
        prefetcher: _Prefetcher,
        order: Order,
        weight_lines: Sequence[int],
        step_range: tuple[int, int, int, int],
        free_buffers: list[_Buffers],
    ) -> tuple[Chunk, _Buffers]:
        """Gather the rows of some steps, one after another; every member has rows of its own."""
        window, start, stop, length = step_range
        prefetcher.prefetch(window)
        rows, factors = order.take(start, stop)
        members, count, batch = rows.shape
        size = members * length * batch
        weights = {
            head: _pad_steps(
                np.stack([values[line][member_rows] for line, member_rows in zip(weight_lines, rows, strict=True)]),
                length,
            )
            for head, values in self.host.weights.items()
        }
        buffers = free_buffers.pop() if free_buffers else self._buffers(size)
        arrays = RowArrays(
            {name: _gather(values, rows, buffers[0][name]) for name, values in self.host.inputs.items()},
            {head: _gather(values, rows, buffers[1][head]) for head, values in self.host.values.items()},
            {head: stacked_weights([values.ravel()]) for head, values in weights.items()},
        )
        numbers = np.arange(size, dtype=np.int32).reshape(members, length, batch)
        chunk = Chunk(
            jax.tree.map(lambda values: jax.device_put(values, self.sharding), arrays),
            BatchIndices(np.zeros(members, np.int32), numbers, _pad_steps(factors, length)),
            start,
            count,
        )
        return chunk, buffers

    def _buffers(self, size: int) -> _Buffers:
        """Return memory for so many rows."""
        return tuple(
            {name: allocate(size, values.shape[1:], values.dtype) for name, values in arrays.items()}
            for arrays in (self.host.inputs, self.host.values)
        )


class _Prefetcher:
    """Lets the disk read the inputs of a window of steps while those of the window before are used."""

    def __init__(self, arrays: RowArrays, order: Order) -> None:
        self.arrays, self.order = arrays, order
        self.requested = -1

    def prefetch(self, window: int) -> None:
        """Let the disk begin with a window that was not requested yet, and with the next."""
        if self.arrays.mapped:
            for start in (window, window + self.order.window):
                if self.requested < start < self.order.steps:
                    self.requested = start
                    rows = np.sort(self.order.take(start, start + self.order.window).rows, axis=None)
                    for values in self.arrays.inputs.values():
                        if isinstance(values, StreamedRows):
                            values.read_ahead(rows)
                        elif not isinstance(values, Ragged):
                            read_ahead(values, rows)

    def close(self) -> None:
        """Read nothing more ahead."""
        for values in self.arrays.inputs.values():
            if isinstance(values, StreamedRows):
                values.store.forget()


def _gather(values: RowValues, rows: npt.NDArray[np.int32], out: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Put rows, shape (members, steps, batch), one after another, each member's to where its steps have room."""
    members, count, batch = rows.shape
    by_step = out.reshape(members, -1, batch, *values.shape[1:])
    for member in range(members):
        if isinstance(values, Ragged | StreamedRows):
            values.fill(by_step[member, :count], rows[member])
        else:
            np.take(values, rows[member], axis=0, out=by_step[member, :count], mode="clip")
    return whole(out)


def _pad_steps(values: npt.NDArray[Any], steps: int) -> npt.NDArray[Any]:
    """Fill up steps with zeros."""
    missing = steps - values.shape[1]
    if not missing:
        return values
    return np.concatenate([values, np.zeros((values.shape[0], missing, *values.shape[2:]), values.dtype)], axis=1)
