"""Pieces of rows in the form that networks take: a few are kept in memory, the others are read when they are needed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy.typing as npt

from netwright.errors import DataError

__all__ = ["PieceStore"]

_Piece = Mapping[str, npt.NDArray[Any]]


class PieceStore:
    """The pieces that were used last, within a number of bytes.

    Args:
        make: reads a piece: by group, shape (rows of the piece, ...), in raw units.
        at_most: bytes that pieces may take together; one of them is always kept.
    """

    def __init__(self, make: Callable[[int], _Piece], at_most: int) -> None:
        self._make, self._at_most = make, at_most
        self._kept: dict[int, _Piece] = {}  # the latest last
        self._changing, self._reading = threading.Lock(), threading.Lock()
        self._asked: deque[int] = deque()
        self._reader = ThreadPoolExecutor(1, "netwright-pieces")
        self._task: Future[None] | None = None

    def get(self, piece: int) -> _Piece:
        """Return a piece, and read it first if it is not there.

        Args:
            piece: its number.

        Returns:
            By group, shape (rows of the piece, ...), in raw units.

        Raises:
            DataError: it cannot be read, or has a value that cannot be used.
        """
        found = self._known(piece)
        if found is None:
            with self._reading:
                found = self._known(piece) or self._read(piece)
        return found

    def ask(self, pieces: Iterable[int]) -> None:
        """Begin to read pieces that will be needed soon.

        Args:
            pieces: their numbers, in the order in which they are read.
        """
        with self._changing:
            self._asked.extend(piece for piece in pieces if piece not in self._kept and piece not in self._asked)
        if self._task is None or self._task.done():
            self._task = self._reader.submit(self._read_ahead)

    def forget(self) -> None:
        """Read nothing more ahead."""
        with self._changing:
            self._asked.clear()

    def _known(self, piece: int) -> _Piece | None:
        with self._changing:
            found = self._kept.pop(piece, None)
            if found is not None:
                self._kept[piece] = found
            return found

    def _read(self, piece: int) -> _Piece:
        found = self._make(piece)
        with self._changing:
            self._kept[piece] = found
            size = sum(map(_bytes, self._kept.values()))
            while size > self._at_most and len(self._kept) > 1:
                size -= _bytes(self._kept.pop(next(iter(self._kept))))
        return found

    def _read_ahead(self) -> None:
        try:
            while (piece := self._next()) is not None:
                self.get(piece)
        except DataError:  # is raised again where the piece is needed
            self.forget()

    def _next(self) -> int | None:
        with self._changing:
            return self._asked.popleft() if self._asked else None


def _bytes(piece: _Piece) -> int:
    return sum(values.nbytes for values in piece.values())
