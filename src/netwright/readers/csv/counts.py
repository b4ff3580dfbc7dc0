"""Text tables whose first line holds how many rows are signal and how many background, which follow in that order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from netwright.errors import DataError

__all__ = ["IS_SIGNAL", "counts_in", "with_classes", "with_is_signal"]

IS_SIGNAL = "is_signal"  # name of the column that they make


def counts_in(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the numbers of signal and background rows, as in files of MiniBooNE.

    Args:
        lines: the first ones that are neither empty nor comments.

    Returns:
        Two numbers; None if the first line holds anything else, or the second as few values.

    Example:
        >>> counts_in([" 36499  93565", "2.5 0.4 30.9"]), counts_in(["36 93", "2 30"]), counts_in(["x y", "2 0.4 30"])
        ((36499, 93565), None, None)
    """
    first, following = (line.split() for line in (*lines[:2], "", "")[:2])
    if len(first) != 2 or len(following) < 3 or not all(word.isdecimal() for word in first):
        return None
    return int(first[0]), int(first[1])


def with_is_signal(path: Path, schema: pa.Schema, counts: tuple[int, int], rows: int) -> pa.Schema:
    """Add the column of the class to the others.

    Args:
        path: the file, for messages.
        schema: of the other columns.
        counts: of signal and background rows.
        rows: how many there are.

    Returns:
        The columns.

    Raises:
        DataError: there are more or fewer rows, or a column has its name.
    """
    if sum(counts) != rows:
        msg = (
            f"{path}: the first line says {counts[0]} signal and {counts[1]} background rows, and {rows} follow: the "
            "file is truncated, or that line means something else. Copy the file, or set data.csv: {counts: false}."
        )
        raise DataError(msg)
    if IS_SIGNAL in schema.names:
        msg = f'{path}: the numbers of rows in the first line make a column "{IS_SIGNAL}": give another name to yours.'
        raise DataError(msg)
    return schema.append(pa.field(IS_SIGNAL, pa.int8()))


def with_classes(batches: Iterable[pa.RecordBatch], schema: pa.Schema, signal: int) -> Iterator[pa.RecordBatch]:
    """Add the class to rows.

    Args:
        batches: the other columns.
        schema: from `with_is_signal`.
        signal: how many of the first rows are signal.

    Yields:
        All columns.
    """
    done = 0
    for batch in batches:
        is_signal = np.arange(done, done + batch.num_rows) < signal
        yield pa.record_batch([*batch.columns, pa.array(is_signal.astype(np.int8))], schema=schema)
        done += batch.num_rows
