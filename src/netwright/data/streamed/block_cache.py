"""Blocks of rows in the form that networks take: a few are kept in memory, the others are read when they are needed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy.typing as npt

from netwright.errors import DataError

__all__ = ["BlockCache"]

_Block = Mapping[str, npt.NDArray[Any]]


class BlockCache:
    """The blocks that were used last, within a number of bytes.

    Args:
        make: reads a block: by group, shape (rows of the block, ...), in raw units.
        at_most: bytes that blocks may take together; one of them is always kept.
    """

    def __init__(self, make: Callable[[int], _Block], at_most: int) -> None:
        self._make, self._at_most = make, at_most
        self._kept: dict[int, _Block] = {}  # the latest last
        self._unused: set[int] = set()  # those of them that were read ahead and not asked for yet
        self._changing, self._reading = threading.Lock(), threading.Lock()
        self._asked: deque[int] = deque()
        self._reader = ThreadPoolExecutor(1, "netwright-blocks")
        self._is_reading = False  # ahead

    def get(self, block: int) -> _Block:
        """Return a block, and read it first if it is not there.

        Args:
            block: its number.

        Returns:
            By group, shape (rows of the block, ...), in raw units.

        Raises:
            DataError: it cannot be read, or has a value that cannot be used.
        """
        values = self._kept_block(block)
        if values is None:
            with self._reading:
                values = self._kept_block(block) or self._read(block)
                with self._changing:
                    if block in self._asked:
                        self._asked.remove(block)
                    self._go_on()
        return values

    def ask(self, blocks: Iterable[int]) -> None:
        """Begin to read blocks that will be needed soon; they wait while those that were read take half of the bytes.

        Args:
            blocks: their numbers, in the order in which they are read.
        """
        with self._changing:
            self._asked.extend(block for block in blocks if block not in self._kept and block not in self._asked)
            self._go_on()

    def forget(self) -> None:
        """Read nothing more ahead."""
        with self._changing:
            self._asked.clear()
            self._unused.clear()

    def _kept_block(self, block: int) -> _Block | None:
        with self._changing:
            values = self._kept.pop(block, None)
            if values is not None:
                self._kept[block] = values
                if block in self._unused:
                    self._unused.discard(block)
                    self._go_on()
            return values

    def _go_on(self) -> None:
        """Let the reader continue if it has stopped; called while nothing else changes."""
        if self._asked and not self._is_reading:
            self._is_reading = True
            self._reader.submit(self._read_ahead)

    def _read(self, block: int, *, ahead: bool = False) -> _Block:
        """Read a block, and give up others for it: those that were used least recently, then those read ahead."""
        values = self._make(block)
        with self._changing:
            size = sum(map(_bytes, self._kept.values())) + _bytes(values)
            for least in sorted(self._kept, key=lambda kept: kept in self._unused):  # stable: the oldest first
                if size <= self._at_most:
                    break
                self._unused.discard(least)
                size -= _bytes(self._kept.pop(least))
            self._kept[block] = values
            if ahead:
                self._unused.add(block)
        return values

    def _read_ahead(self) -> None:
        try:
            while self._read_next():
                pass
        except DataError:  # is raised again where the block is needed
            self.forget()
            self._is_reading = False

    def _read_next(self) -> bool:
        """Read one block ahead; False to stop."""
        with self._reading:  # from the choice on: a block chosen before would be read twice where `get` is faster
            block = self._next()
            if block is not None:
                self._read(block, ahead=True)
        return block is not None

    def _next(self) -> int | None:
        """Return the block to read ahead now; None to stop."""
        with self._changing:
            while self._asked and self._asked[0] in self._kept:
                self._asked.popleft()
            waiting = sum(_bytes(self._kept[block]) for block in self._unused)
            self._is_reading = bool(self._asked) and waiting < self._at_most / 2
            return self._asked.popleft() if self._is_reading else None


def _bytes(block: _Block) -> int:
    return sum(values.nbytes for values in block.values())
