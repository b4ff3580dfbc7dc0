"""Blocks of rows in the form that networks take: a few are kept in memory, the others are read when they are needed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy.typing as npt

__all__ = ["BlockCache"]

_Block = Mapping[str, npt.NDArray[Any]]


class BlockCache:
    """The blocks that were used last, within a number of bytes.

    Args:
        make: reads a block: by group, shape (rows of the block, ...), in raw units; several threads call it at once.
        at_most: bytes that blocks may take together; one of them is always kept.
        readers: how many blocks are read at once.
    """

    def __init__(self, make: Callable[[int], _Block], at_most: int, readers: int = 1) -> None:
        self._make, self._at_most, self.readers = make, at_most, readers
        self._kept: dict[int, _Block] = {}  # the latest last
        self._unused: set[int] = set()  # those of them that were read ahead and not asked for yet
        self._asked: deque[int] = deque()
        self._reading: dict[int, Future[_Block]] = {}
        self._changing = threading.RLock()
        self._threads = ThreadPoolExecutor(readers, "netwright-blocks")

    def get(self, block: int) -> _Block:
        """Return a block, and read it first if it is not there.

        Args:
            block: its number.

        Returns:
            By group, shape (rows of the block, ...), in raw units.

        Raises:
            DataError: it cannot be read, or has a value that cannot be used.
        """
        with self._changing:
            if block in self._kept:
                values = self._kept[block] = self._kept.pop(block)
                self._unused.discard(block)
                self._read_ahead()
                return values
            reading = self._reading.get(block) or self._start(block)
        values = reading.result()
        with self._changing:
            self._unused.discard(block)
            self._read_ahead()
        return values

    def ask(self, blocks: Iterable[int]) -> None:
        """Begin to read blocks that will be needed soon; they wait while those that were read take half of the bytes.

        Args:
            blocks: their numbers, in the order in which they are read.
        """
        with self._changing:
            self._asked.extend(block for block in blocks if block not in self._kept and block not in self._asked)
            self._read_ahead()

    def forget(self) -> None:
        """Read nothing more ahead."""
        with self._changing:
            self._asked.clear()
            self._unused.clear()

    def _start(self, block: int) -> Future[_Block]:
        """Let a thread read a block; called while nothing else changes, as are the methods below."""
        reading = self._reading[block] = self._threads.submit(self._read, block)
        return reading

    def _read(self, block: int) -> _Block:
        """Read a block, and give up others for it: those that were used least recently, then those read ahead."""
        try:
            values = self._make(block)
        except BaseException:  # is raised where the block is needed
            with self._changing:
                del self._reading[block]
                self.forget()
            raise
        with self._changing:
            del self._reading[block]
            size = sum(map(_bytes, self._kept.values())) + _bytes(values)
            for least in sorted(self._kept, key=lambda kept: kept in self._unused):  # stable: the oldest first
                if size <= self._at_most:
                    break
                self._unused.discard(least)
                size -= _bytes(self._kept.pop(least))
            self._kept[block] = values
            self._unused.add(block)
            self._read_ahead()
        return values

    def _read_ahead(self) -> None:
        """Begin with the next blocks that were asked for, as far as threads are free and the bytes allow."""
        while self._asked and len(self._reading) < self.readers:
            block = self._asked[0]
            if block not in self._kept and block not in self._reading:
                waiting = [_bytes(self._kept[one]) for one in self._unused]
                if sum(waiting) + len(self._reading) * max(waiting, default=0) >= self._at_most / 2:
                    return
                self._start(block)
            self._asked.popleft()


def _bytes(block: _Block) -> int:
    return sum(values.nbytes for values in block.values())
