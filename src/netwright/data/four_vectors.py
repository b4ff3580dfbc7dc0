"""Four-vectors of constituents as one zero-padded array, from any of the layouts that files have."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.data.dataset import Dataset
from netwright.errors import DataError

__all__ = ["four_vector_array"]


def four_vector_array(dataset: Dataset, columns: str | list[str], at_most: int) -> npt.NDArray[np.float32]:
    """Read four-vectors of constituents, cut to the first `at_most` and padded with zeros.

    Args:
        dataset: the columns.
        columns: one column of shape (P, 4), or four of E, px, py, pz: lists of a number per constituent, or
            numbered columns, written with ``{i}``, for example ``E_{i}`` for E_0, E_1 and so on.
        at_most: constituents per row.

    Returns:
        E, px, py, pz in the unit of the file, shape (rows, P, 4) with P = at_most, or fewer where no row has as
        many numbered or padded columns.

    Raises:
        DataError: a column is missing, or is not of one of these layouts.
    """
    if isinstance(columns, str):
        return _from_one(dataset, columns, at_most)
    if any("{i}" in column for column in columns):
        return _from_numbered(dataset, columns, at_most)
    parts = [dataset.padded(column, at_most) for column in columns]
    return np.stack(parts, axis=-1, dtype=np.float32)


def _from_one(dataset: Dataset, column: str, at_most: int) -> npt.NDArray[np.float32]:
    values = dataset.column(column)
    if values.ndim != 3 or values.shape[2] != 4:
        msg = (
            f"column {column} has shape {values.shape[1:]} in each row; four-vectors need (P, 4): "
            "E, px, py, pz of P constituents. For four separate columns give a list of four names."
        )
        raise DataError(msg)
    return np.ascontiguousarray(values[:, :at_most], dtype=np.float32)


def _from_numbered(dataset: Dataset, patterns: list[str], at_most: int) -> npt.NDArray[np.float32]:
    known = set(dataset.names)
    start = 0 if patterns[0].format(i=0) in known else 1
    numbers = range(start, start + at_most)
    present = [i for i in numbers if patterns[0].format(i=i) in known]
    if not present:
        msg = f"no columns like {patterns[0].format(i=0)} for the pattern {patterns[0]}; there are {dataset.names[:8]} ..."
        raise DataError(msg)
    values = np.empty((dataset.rows, len(present), 4), dtype=np.float32)
    for place, number in enumerate(present):
        for component, pattern in enumerate(patterns):
            values[:, place, component] = dataset.column(pattern.format(i=number))
    return values
