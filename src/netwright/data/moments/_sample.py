"""A random sample of bounded size from any number of rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["BoundedSample"]

Floats = npt.NDArray[np.float64]

_VALUES = 2**23  # of all columns together: 64 MiB
_MAX_ROWS, _MIN_ROWS = 65_536, 4_096
_SEED = 5_489


class BoundedSample:
    """Keep the rows with the smallest random keys, drawn once for each row in order.

    If there are few rows, all are kept; of many, every one has the same chance, whatever the size and content of the
    chunks. A share p estimated from n rows has the uncertainty √(p (1 - p) / n): 0.002 for the
    median of 65,536 rows.

    Args:
        columns: number of columns.
    """

    def __init__(self, columns: int) -> None:
        self.size = int(np.clip(_VALUES // max(columns, 1), _MIN_ROWS, _MAX_ROWS))
        self._random = np.random.Generator(np.random.Philox(key=_SEED))
        self._keys: Floats = np.empty(self.size)  # memory that is taken where rows are written
        self._values: Floats = np.empty((self.size, columns))
        self._weights: Floats = np.empty(self.size)
        self._rows = 0
        self._largest_key = np.inf

    def add(self, values: Floats, weights: Floats, exists: npt.NDArray[np.bool_]) -> None:
        """Add rows to the sample.

        Args:
            values: shape (n, columns), in any unit.
            weights: of the rows, shape (n,), dimensionless.
            exists: shape (n, columns), whether there is a value; rows without any are skipped.
        """
        candidates = np.flatnonzero(exists.any(axis=1))
        keys = self._random.random(len(candidates))
        lucky = keys < self._largest_key
        rows, keys = candidates[lucky], keys[lucky]
        free = self.size - self._rows
        if free:
            first = rows[:free]
            into = slice(self._rows, self._rows + len(first))
            self._keys[into], self._weights[into] = keys[:free], weights[first]
            self._values[into] = np.where(exists[first], values[first], np.nan)
            self._rows += len(first)
        if len(rows) > free:
            is_kept = np.zeros(self.size + len(rows) - free, dtype=np.bool_)
            is_kept[np.argpartition(np.concatenate([self._keys, keys[free:]]), self.size - 1)[: self.size]] = True
            out, chosen = np.flatnonzero(~is_kept[: self.size]), free + np.flatnonzero(is_kept[self.size :])
            new = rows[chosen]
            self._keys[out], self._weights[out] = keys[chosen], weights[new]
            self._values[out] = np.where(exists[new], values[new], np.nan)
            self._largest_key = float(self._keys.max())

    def column(self, index: int) -> tuple[Floats, Floats]:
        """Return the sampled values of a column, and their weights.

        Args:
            index: index of the column.

        Returns:
            Existing values in the column's unit, and weights, shape (m,) each, in no order.
        """
        values = self._values[: self._rows, index]
        exists = ~np.isnan(values)
        return values[exists], self._weights[: self._rows][exists]
