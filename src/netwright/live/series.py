"""The curves of one member: numbers by epoch, thinned for the page without losing a spike."""

from __future__ import annotations

import base64
import math
from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.live.epoch_columns import BY_HEAD, PLAIN, EpochColumns

__all__ = ["Series"]


class Series:
    """The epochs of one member, in the order in which they were written."""

    def __init__(self) -> None:
        self.columns: dict[str, array[float]] = {name: array("d") for name in PLAIN}
        self.best = math.inf
        self.best_epoch = 0

    def __len__(self) -> int:
        return len(self.columns["epoch"])

    def last(self, name: str) -> float:
        """Return the last value of a column; NaN before the first epoch.

        Args:
            name: of the column.
        """
        return self.columns[name][-1] if len(self) else math.nan

    def extend(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Append epochs.

        Args:
            records: lines of ``history.jsonl``; what is not a number becomes NaN.
        """
        before = len(self)
        for name in PLAIN:
            self.columns[name].extend(_numbers([record.get(name) for record in records]))
        for group in BY_HEAD:
            losses = [by_head if isinstance(by_head := record.get(group), Mapping) else {} for record in records]
            heads = dict.fromkeys(
                head for losses_of_epoch in losses if len(losses_of_epoch) > 1 for head in losses_of_epoch
            )
            for head in heads:
                column = self.columns.setdefault(f"{group}.{head}", array("d", [math.nan] * before))
                column.extend(_numbers([losses_of_epoch.get(head) for losses_of_epoch in losses]))
        bests = [index for index, record in enumerate(records) if record.get("best") is True]
        self._end(before, bests[-1] if bests else None)

    def append(self, epochs: EpochColumns) -> None:
        """Append epochs that were read at once.

        Args:
            epochs: of the member.
        """
        before = len(self)
        for name, values in epochs.values.items():
            self.columns.setdefault(name, array("d", [math.nan] * before)).frombytes(values.tobytes())
        self._end(before, epochs.best)

    def _end(self, before: int, best: int | None) -> None:
        """Fill up columns that the new epochs lack, and note the best one, counted from the number of epochs before."""
        for column in self.columns.values():
            column.extend([math.nan] * (len(self) - len(column)))
        if best is not None:
            self.best = self.columns["valid_loss"][before + best]
            self.best_epoch = int(self.columns["epoch"][before + best])

    def packed(self, start: int, most: int) -> dict[str, Any]:
        """Return epochs as the page takes them.

        Args:
            start: the first of them.
            most: how many at most; of each stretch the lowest and the highest validation loss stay.

        Returns:
            ``keys``; ``n``, how many; and ``data``, base64 of float32 of shape (keys, n).
        """
        values = np.array([column[start:] for column in self.columns.values()], np.float64)
        chosen = _thinned(values[list(self.columns).index("valid_loss")], most)
        with np.errstate(over="ignore"):
            data = np.ascontiguousarray(values[:, chosen], "<f4")
        return {"keys": list(self.columns), "n": len(chosen), "data": base64.b64encode(data.tobytes()).decode()}


def _numbers(values: list[Any]) -> list[float]:
    return values if all(type(value) is float for value in values) else [_number(value) for value in values]


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except OverflowError:  # a whole number of hundreds of digits, which JSON can hold
        return math.nan


def _thinned(values: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.intp]:
    """Return which points stay: of each of most/2 stretches the lowest and the highest, and the last point."""
    count = len(values)
    if count <= most:
        return np.arange(count)
    edges = np.linspace(0, count, max(1, most // 2) + 1).astype(np.intp)
    low, high = (np.where(np.isfinite(values), values, instead) for instead in (np.inf, -np.inf))
    lowest = [start + int(np.argmin(low[start:end])) for start, end in pairwise(edges)]
    highest = [start + int(np.argmax(high[start:end])) for start, end in pairwise(edges)]
    return np.unique([*lowest, *highest, count - 1])
