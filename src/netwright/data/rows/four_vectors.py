"""Four-vectors of particles as one zero-padded array, from any layout found in files."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.config import FourVectorsInput, is_numbered, of_number
from netwright.data.column_kinds import check_lists, check_numbers
from netwright.data.dataset import Dataset
from netwright.data.rows.four_vector_rules import check_four_vectors
from netwright.data.rows.particle_lists import check_same_counts, numbers_of
from netwright.data.rows.particle_properties import particle_properties
from netwright.errors import DataError
from netwright.readers import row_shape

__all__ = ["check_columns", "four_vector_array", "four_vectors"]

Floats = npt.NDArray[np.float32]

_ROWS_AT_ONCE = 65_536


def four_vectors(dataset: Dataset, name: str, group: FourVectorsInput) -> Floats:
    """Read a group of four-vectors, in the basis and the unit of the file, and check every particle.

    Args:
        dataset: the columns.
        name: of the group, for messages.
        group: defines the columns, the basis and the markers of missing values.

    Returns:
        Four-vectors of shape (rows, at_most, 4), components in the order of the group's basis and in the unit of
        the file; missing values are still included. With k properties, shape (rows, at_most, 4 + k): these follow the
        components, 0 where there is no particle.

    Raises:
        DataError: a column is missing or has none of the layouts of `four_vector_array`, or a particle breaks a rule of
            its basis.
    """
    values = four_vector_array(dataset, group.columns, group.at_most)
    check_four_vectors(values, name, group, dataset.locate)
    if not group.properties:
        return values
    return np.concatenate([values, particle_properties(dataset, name, group, values)], axis=-1)


def four_vector_array(dataset: Dataset, columns: str | list[str], at_most: int) -> Floats:
    """Read four-vectors of particles, cut to the first `at_most` and padded with zeros.

    Args:
        dataset: the columns.
        columns: one column of shape (P, 4), or one per component: lists of a number per particle, or
            numbered columns, written with ``{i}``, for example ``E_{i}`` for E_0, E_1 and so on.
        at_most: particles per row.

    Returns:
        Four components in the unit of the file, shape (rows, at_most, 4), for any number of particles in the file, so
        that a network takes every file.

    Raises:
        DataError: a column is missing or has none of these layouts, or two lists of a row differ in length.
    """
    check_columns(dataset, columns)
    if isinstance(columns, str):
        return _from_one(dataset, columns, at_most)
    if any(map(is_numbered, columns)):
        return _from_numbered(dataset, columns, at_most)
    return np.stack([_float32(dataset.padded(column, at_most)) for column in columns], axis=-1)


def check_columns(dataset: Dataset, columns: str | list[str]) -> None:
    """Refuse columns that have none of the layouts of `four_vector_array`.

    Args:
        dataset: the columns.
        columns: as for `four_vector_array`.

    Raises:
        DataError: a column is missing or has none of these layouts, or two lists of a row differ in length.
    """
    if isinstance(columns, str):
        check_numbers(dataset, columns)
        shape = row_shape(dataset.arrow(columns).type)
        if len(shape) != 2 or shape[1] != 4:
            msg = (
                f"column {columns} has shape {shape} in each row; four-vectors need (P, 4): "
                "four components of P particles. For four separate columns give a list of four names."
            )
            raise DataError(msg)
    elif any(map(is_numbered, columns)):
        for name in (of_number(pattern, i) for i in numbers_of(dataset, columns[0]) for pattern in columns):
            check_numbers(dataset, name)
            shape = row_shape(dataset.arrow(name).type)
            if shape:
                msg = (
                    f"column {name} has shape {shape} in each row; a numbered column must hold one number. Name the "
                    "column itself, without {i}, or leave out what is no number."
                )
                raise DataError(msg)
    else:
        for column in columns:
            check_lists(dataset, column)
        rule = "; the four components need one number for each particle. Name columns of one collection."
        check_same_counts(dataset, columns, rule)


def _from_one(dataset: Dataset, column: str, at_most: int) -> Floats:
    values = dataset.column(column)
    if values.shape[1] >= at_most:
        return _float32(values[:, :at_most])
    padded = np.zeros((len(values), at_most, 4), dtype=np.float32)
    padded[:, : values.shape[1]] = _float32(values)
    return padded


def _from_numbered(dataset: Dataset, patterns: list[str], at_most: int) -> Floats:
    values = np.zeros((dataset.rows, at_most, 4), dtype=np.float32)
    for index, number in enumerate(numbers_of(dataset, patterns[0])[:at_most]):
        for component, pattern in enumerate(patterns):
            values[:, index, component] = _float32(dataset.column(of_number(pattern, number)))
    return values


def _float32(values: npt.NDArray[Any]) -> Floats:
    """Return single precision; values that are too large become infinite, and are refused as such later."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)
