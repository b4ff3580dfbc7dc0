"""Rows that are copied to the device a few steps at a time, while it works on the steps before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import jax
import numpy as np
import numpy.typing as npt
from jax.sharding import Sharding

from netwright.data import Ragged, RowValues, StreamedRows, allocate, whole
from netwright.training.compiled.state import BatchIndices
from netwright.training.feed.arrays import RowArrays, stacked_weights
from netwright.training.feed.chunk import STEPS_AT_ONCE, Chunk, pad_steps
from netwright.training.feed.order import Order
from netwright.training.feed.read_ahead import read_ahead

__all__ = ["StreamedLoader"]

_Buffers = tuple[dict[str, npt.NDArray[Any]], ...]  # memory of a chunk: of inputs and of values

_CHUNK_BYTES = 2**25  # of inputs
_CHUNKS_AHEAD = 4  # chunks that are made ready while one is worked on


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
        """Cut an order into chunks of one shape; see `netwright.training.feed.loader.Loader`.

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
        """Gather the rows of some steps, one after another; every member has its own rows."""
        window, start, stop, length = step_range
        prefetcher.prefetch(window)
        rows, factors = order.take(start, stop)
        members, count, batch = rows.shape
        size = members * length * batch
        weights = {
            head: pad_steps(
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
            BatchIndices(np.zeros(members, np.int32), numbers, pad_steps(factors, length)),
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
