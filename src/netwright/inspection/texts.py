"""The values of text columns, and how often each occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["TextCounts", "count_texts"]

MAX_VALUES = 100_000  # distinct values that are counted; a column with more is not a category
SHOWN = 20
ROWS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class TextCounts:
    """The values of a column of text.

    Attributes:
        column: its name.
        missing: rows without a value.
        distinct: number of distinct values; a lower limit where `complete` is false.
        complete: whether all values were counted.
        most: the most frequent values, with their rows and Σw (dimensionless), the most frequent first.
    """

    column: str
    missing: int
    distinct: int
    complete: bool
    most: tuple[tuple[str, int, float], ...]

    @property
    def constant(self) -> bool:
        """Whether every row has the same text."""
        return self.distinct == 1 and not self.missing


def count_texts(
    name: str, column: pa.ChunkedArray, weights: npt.NDArray[np.float64], kept: npt.NDArray[np.int64] | None = None
) -> TextCounts:
    """Count the values of a column of text, a part of the rows at a time.

    Args:
        name: of the column.
        column: (all rows,) texts.
        weights: of the inspected rows, shape (rows,), dimensionless.
        kept: which rows these are, shape (rows,), increasing; None for all.

    Returns:
        The counts.
    """
    rows: dict[str, int] = {}
    sums: dict[str, float] = {}
    missing, complete = 0, True
    for start in range(0, len(column), ROWS_AT_ONCE):
        chunk, positions = column.slice(start, ROWS_AT_ONCE), slice(start, start + ROWS_AT_ONCE)
        if kept is not None:
            first, last = (int(i) for i in np.searchsorted(kept, [start, start + ROWS_AT_ONCE]))
            chunk, positions = chunk.take(pa.array(kept[first:last] - start)), slice(first, last)
        missing += chunk.null_count
        valid = np.asarray(chunk.is_valid())
        encoded = pc.dictionary_encode(chunk.drop_null()).combine_chunks()
        indices = np.asarray(encoded.indices)
        words = encoded.dictionary.to_pylist()
        counts = np.bincount(indices, minlength=len(words))
        weight = np.bincount(indices, weights[positions][valid], minlength=len(words))
        for word, count, total in zip(words, counts.tolist(), weight.tolist(), strict=True):
            rows[word] = rows.get(word, 0) + count
            sums[word] = sums.get(word, 0.0) + total
        if len(rows) > MAX_VALUES:
            complete = False
            break
    most = sorted(rows, key=lambda word: (-rows[word], word))[:SHOWN]
    return TextCounts(name, missing, len(rows), complete, tuple((word, rows[word], sums[word]) for word in most))
