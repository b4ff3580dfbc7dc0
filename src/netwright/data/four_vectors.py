"""Four-vectors of particles as one zero-padded array, from any of the layouts that files have."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from netwright.config import FourVectorsInput
from netwright.data.dataset import Dataset
from netwright.data.four_vector_rules import check_four_vectors
from netwright.errors import DataError, did_you_mean

__all__ = ["four_vector_array", "four_vectors"]

Floats = npt.NDArray[np.float32]


def four_vectors(dataset: Dataset, name: str, group: FourVectorsInput) -> Floats:
    """Read a group of four-vectors, in the basis and the unit of the file, and check every particle.

    Args:
        dataset: the columns.
        name: of the group, for messages.
        group: says which columns, in which basis, and what stands for a missing value.

    Returns:
        Four-vectors of shape (rows, at_most, 4), components in the order of the group's basis and in the unit of
        the file; missing values are still in it.

    Raises:
        DataError: a column is missing or not of a layout of `four_vector_array`, or a particle breaks a rule of its
            basis.
    """
    values = four_vector_array(dataset, group.columns, group.at_most)
    check_four_vectors(values, name, group, dataset.locate)
    return values


def four_vector_array(dataset: Dataset, columns: str | list[str], at_most: int) -> Floats:
    """Read four-vectors of particles, cut to the first `at_most` and padded with zeros.

    Args:
        dataset: the columns.
        columns: one column of shape (P, 4), or one for each component: lists of a number per particle, or
            numbered columns, written with ``{i}``, for example ``E_{i}`` for E_0, E_1 and so on.
        at_most: particles per row.

    Returns:
        Four components in the unit of the file, shape (rows, at_most, 4), whatever the file has, so that a network
        takes every file.

    Raises:
        DataError: a column is missing, is not of one of these layouts, or two lists of a row differ in length.
    """
    if isinstance(columns, str):
        return _from_one(dataset, columns, at_most)
    if any("{i}" in column for column in columns):
        return _from_numbered(dataset, columns, at_most)
    return _from_lists(dataset, columns, at_most)


def _from_one(dataset: Dataset, column: str, at_most: int) -> Floats:
    values = dataset.column(column)
    if values.ndim != 3 or values.shape[2] != 4:
        msg = (
            f"column {column} has shape {values.shape[1:]} in each row; four-vectors need (P, 4): "
            "four components of P particles. For four separate columns give a list of four names."
        )
        raise DataError(msg)
    if values.shape[1] >= at_most:
        return _float32(values[:, :at_most])
    padded = np.zeros((len(values), at_most, 4), dtype=np.float32)
    padded[:, : values.shape[1]] = _float32(values)
    return padded


def _from_numbered(dataset: Dataset, patterns: list[str], at_most: int) -> Floats:
    matches = (re.fullmatch(re.escape(patterns[0]).replace(r"\{i\}", r"(\d+)"), name) for name in dataset.names)
    numbers = sorted(int(match[1]) for match in matches if match is not None)
    if not numbers or len(numbers) <= numbers[-1] - numbers[0]:
        missing = next((i for i in range(numbers[0], numbers[-1]) if i not in numbers), 0) if numbers else 0
        wanted = patterns[0].replace("{i}", str(missing))
        msg = f'{dataset.named_sources()}: there is no column "{wanted}" for {patterns[0]}.'
        raise DataError(msg + did_you_mean(wanted, dataset.names))
    values = np.zeros((dataset.rows, at_most, 4), dtype=np.float32)
    for place, number in enumerate(numbers[:at_most]):
        names = [pattern.replace("{i}", str(number)) for pattern in patterns]
        for component, name in enumerate(names):
            of_rows = dataset.column(name)
            if of_rows.ndim != 1:
                msg = f"column {name} has shape {of_rows.shape[1:]} in each row; a numbered column holds one number"
                raise DataError(msg)
            values[:, place, component] = _float32(of_rows)
    return values


def _from_lists(dataset: Dataset, columns: list[str], at_most: int) -> Floats:
    parts = [dataset.padded(column, at_most) for column in columns]
    lengths = [pc.list_value_length(dataset.arrow(column)) for column in columns]
    for column, length in zip(columns[1:], lengths[1:], strict=True):
        differ = pc.index(pc.not_equal(lengths[0], length), value=True).as_py()
        if differ >= 0:
            msg = (
                f"{dataset.locate(differ)}: {columns[0]} holds {lengths[0][differ]} particles and {column} "
                f"{length[differ]}; the four components need one number for each particle"
            )
            raise DataError(msg)
    return np.stack([_float32(part) for part in parts], axis=-1)


def _float32(values: npt.NDArray[Any]) -> Floats:
    """Return single precision; what is too large becomes infinite, and is refused as such later."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)
