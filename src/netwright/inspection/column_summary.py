"""Summaries of the columns of a data set, before there is an experiment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset
from netwright.inspection.binning import FEW

__all__ = ["ColumnSummary", "exact_ends", "missing_of", "summarise_column", "summarise_columns", "summarise_values"]

_ROWS_AT_ONCE = 65_536
_LOW: Final = (-999.0, -9999.0, -99.0, -999.9, -99999.0)  # written where there is no value
_HIGH: Final = (999.0, 999.9, 9999.0, 99999.0)  # the same, where there are some, far from all other values
_FAR_LOW: Final = (-9.0,)  # the same at the lower end: d0 of tracks that have none, in files of FCCAnalyses
_FAR_SHARE, _FAR_DEVIATIONS = 0.01, 5.0  # of the values, at the least; from the others, in their deviations


@dataclass(frozen=True)
class ColumnSummary:
    """What a column holds; numbers are in the unit of the file.

    Attributes:
        name: of the column.
        type: Arrow's name for the type of one value.
        shape: of one row; () for one value, (P, 4) for lists of fixed size, (None,) for lists of any size.
        minimum: smallest finite value; None where there is none, or for text.
        maximum: largest finite value.
        mean: unweighted mean of the finite values.
        std: unweighted standard deviation of the finite values.
        missing: values that are NaN, infinite or absent.
        values: the distinct values, where they are a few whole numbers, else ().
        marker: the smallest or largest value, if it stands for a missing one, as -999 does; None otherwise.
    """

    name: str
    type: str
    shape: tuple[int | None, ...]
    minimum: float | int | None = None
    maximum: float | int | None = None
    mean: float | None = None
    std: float | None = None
    missing: int = 0
    values: tuple[int, ...] = ()
    marker: float | None = None

    @property
    def whole(self) -> bool:
        """Whether its type holds whole numbers."""
        return "int" in self.type

    @property
    def constant(self) -> bool:
        """Whether the column has only one value."""
        return self.minimum is not None and self.minimum == self.maximum


def summarise_columns(dataset: Dataset) -> list[ColumnSummary]:
    """Summarise every column, some rows at a time.

    Args:
        dataset: the columns.

    Returns:
        One summary per column, in their order.
    """
    return [summarise_values(name, dataset.arrow(name)) for name in dataset.names]


def summarise_column(dataset: Dataset, name: str) -> ColumnSummary:
    """Summarise one column, some rows at a time.

    Args:
        dataset: the columns.
        name: of the column, or of a number in its rows (``X[0]``).

    Returns:
        Its summary.
    """
    return summarise_values(name, dataset.arrow(name))


def summarise_values(name: str, column: pa.ChunkedArray) -> ColumnSummary:
    """Summarise an array of any type, some rows at a time.

    Args:
        name: of the column.
        column: its values, shape (rows,).

    Returns:
        Its summary.
    """
    kind, shape = column.type, []
    while pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        shape.append(kind.list_size if pa.types.is_fixed_size_list(kind) else None)
        kind = kind.value_type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return ColumnSummary(name, str(kind), tuple(shape), missing=column.null_count)
    whole = not pa.types.is_floating(kind)
    count, missing, sum_of_deviations, sum_of_squares = 0, 0, 0.0, 0.0
    low, high, distinct = np.inf, -np.inf, set[int]()
    guess: float | None = None
    for start in range(0, len(column), _ROWS_AT_ONCE):
        values = _numbers(column.slice(start, _ROWS_AT_ONCE))
        is_finite = np.isfinite(values)
        finite = values if is_finite.all() else values[is_finite]
        missing += len(values) - len(finite)
        if len(finite) == 0:
            continue
        guess = float(finite.mean()) if guess is None else guess
        count += len(finite)
        with np.errstate(over="ignore"):  # of values near the end of float64
            deviations = finite - guess
            sum_of_deviations += float(deviations.sum())
            sum_of_squares += float(np.square(deviations, out=deviations).sum())
        low, high = min(low, float(finite.min())), max(high, float(finite.max()))
        if (whole or not shape) and len(distinct) <= FEW:
            distinct |= _few_whole(finite)
    if count == 0 or guess is None:
        return ColumnSummary(name, str(kind), tuple(shape), missing=missing)
    low, high = (low, high) if low < high else exact_ends(column) or (low, high)
    mean = guess + sum_of_deviations / count
    std = float(np.sqrt(max(sum_of_squares / count - (sum_of_deviations / count) * (sum_of_deviations / count), 0.0)))
    categories = tuple(sorted(distinct)) if 0 < len(distinct) <= FEW else ()
    marker = _marker(low, _LOW)
    for end, markers in ((high, _HIGH), (low, _FAR_LOW)):
        if marker is None and _marker(end, markers) is not None:
            occurrences = _occurrences(column, end)
            far = occurrences >= _FAR_SHARE * count and _is_far(float(end), occurrences / count, mean, std)
            marker = _marker(end, markers) if far else None
    return ColumnSummary(name, str(kind), tuple(shape), low, high, mean, std, missing, categories, marker)


def _occurrences(column: pa.ChunkedArray, value: float) -> int:
    """Return how many numbers are equal to a value, some rows at a time."""
    starts = range(0, len(column), _ROWS_AT_ONCE)
    return sum(int(np.count_nonzero(_numbers(column.slice(start, _ROWS_AT_ONCE)) == value)) for start in starts)


def _marker(value: float, markers: Sequence[float]) -> float | None:
    """Return the known marker that a value is, perhaps as float32 has it."""
    return next((marker for marker in markers if value in {marker, float(np.float32(marker))}), None)


def _is_far(value: float, share: float, mean: float, std: float) -> bool:
    """Return whether a value, which a share of all have, is far from the others, by mean and deviation of all."""
    if share == 1:
        return False
    others = (mean - share * value) / (1 - share)
    variance = max((std**2 + mean**2 - share * value**2) / (1 - share) - others**2, 0.0)
    return abs(value - others) > _FAR_DEVIATIONS * math.sqrt(variance)


def missing_of(columns: Sequence[ColumnSummary]) -> bool | list[float]:
    """Return what stands for a missing value in columns: NaN, or a marker such as -999 or 999.9.

    Args:
        columns: of numbers.

    Returns:
        As the key `missing` of an experiment has it.
    """
    markers = sorted({column.marker for column in columns if column.marker is not None})
    return markers or any(column.missing for column in columns)


def exact_ends(column: pa.ChunkedArray) -> tuple[int, int] | None:
    """Return the smallest and largest value of an integer column, which float64 may merge into one.

    Args:
        column: of numbers of any type, shape (rows,).

    Returns:
        Two different numbers; None where all values are the same or not integers.

    Example:
        >>> exact_ends(pa.chunked_array([[2**60, 2**60 + 1]]))
        (1152921504606846976, 1152921504606846977)
    """
    if not pa.types.is_integer(column.type):
        return None
    ends = pc.min_max(column).as_py()
    return None if ends["min"] == ends["max"] else (ends["min"], ends["max"])


def _numbers(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return all numbers of a column, with lists flattened and NaN for null."""
    arrays = []
    for chunk in column.chunks:
        values = chunk
        while hasattr(values.type, "value_type") and not pa.types.is_dictionary(values.type):
            values = values.flatten()
        if pa.types.is_boolean(values.type):
            values = values.cast(pa.uint8())
        values = values.cast(pa.float64(), safe=False)
        arrays.append(np.asarray(values.fill_null(np.nan) if values.null_count else values))
    return np.concatenate(arrays) if arrays else np.zeros(0)


def _few_whole(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> set[int]:
    """Return the distinct values, or more than a few placeholders where they are many or not whole."""
    distinct = np.unique(values[: FEW * 50])
    if len(distinct) <= FEW:
        distinct = np.unique(values)
    if len(distinct) > FEW or (np.floor(distinct) != distinct).any():
        return set(range(-1, FEW + 1))
    return {int(value) for value in distinct}
