"""From columns to input arrays, one block of rows at a time, with every value checked."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import (
    CategoricalInput,
    FourVectorsInput,
    InputGroup,
    NumericInput,
    ParticlesInput,
    columns_of,
)
from netwright.data.cache.arrays import allocate
from netwright.data.cache.folder import CACHE_VARIABLE, cache_folder
from netwright.data.column_kinds import check_numbers
from netwright.data.dataset import Dataset
from netwright.data.elements import how_to_name_one, owner_of
from netwright.data.precision.fine import FineColumns, rest_of, rest_of_values
from netwright.data.rows.categories import category_column, check_categories
from netwright.data.rows.file_inputs import rows_of_files
from netwright.data.rows.four_vectors import check_columns, four_vectors
from netwright.data.rows.numbers import number_rows
from netwright.data.rows.particle_lists import entry_counts
from netwright.data.rows.particle_properties import check_properties, of_particles
from netwright.data.rows.particles import check_particles, particle_rows
from netwright.data.rows.ragged import Ragged
from netwright.data.rows.row_shapes import bytes_per_row, dtype_of, shape_of_row
from netwright.data.rows.row_values import RowValues
from netwright.errors import DataError
from netwright.memory import format_bytes, too_large
from netwright.readers import row_shape

__all__ = ["input_rows"]

Array = npt.NDArray[Any]
_Rectangular = NumericInput | CategoricalInput | FourVectorsInput  # kinds with as many numbers in each row

_BYTES_AT_ONCE = 2**24  # size of the blocks of rows
_ROWS_AT_ONCE = 65_536  # whose lists are counted together
_SHARE = 0.5  # of the available memory: larger inputs go to a scratch file


def input_rows(
    dataset: Dataset, groups: Mapping[str, InputGroup], fine: FineColumns | None = None
) -> dict[str, RowValues]:
    """Read the groups of inputs, in raw units.

    The arrays are allocated once, with the capacity of `allocate`, and filled block by block. If all groups together
    would take more than half of the available memory, they are stored in a scratch file; columns that stay in their
    files are then read from there, block by block, whenever rows are asked for.

    Args:
        dataset: the columns.
        groups: the input groups of the experiment.
        fine: the columns of numbers that float32 is too coarse for; default: none.

    Returns:
        Arrays by group: (rows, columns) float32 for numbers, int32 for categories, (rows, P, 4 + k) float32 in
        the unit of the file for four-vectors with k properties of each particle. For a group with fine columns also,
        under `rest_of` its name, the float32 remainders: (rows, fine columns) float32 in the same unit. Particles are
        stored without padding, as `Ragged` rows (`particle_rows`). Rows that stay in their files are `StreamedRows`,
        whose values are checked when they are read.

    Raises:
        DataError: a column is missing or not numeric, a value is not finite and not declared as missing, or a
            constituent has no positive energy; or the rows fit neither in half of the memory nor on the disk.
    """
    fine = fine or {}
    if dataset.streamed is not None:
        return rows_of_files(dataset, groups, partial(_column_inputs, groups=groups, fine=fine))
    return _column_inputs(dataset, groups, fine)


def _column_inputs(
    dataset: Dataset, groups: Mapping[str, InputGroup], fine: FineColumns, *, known: bool = False
) -> dict[str, RowValues]:
    """Return inputs from columns in memory or in the cache; types that are known are not checked again."""
    for name, group in groups.items():
        if isinstance(group, ParticlesInput):
            check_particles(dataset, f"inputs.{name}", group)
    sizes = {name: _stored_bytes(dataset, group, len(fine.get(name, ()))) for name, group in groups.items()}
    mapped = too_large(sum(sizes.values()), _SHARE)
    if mapped:
        _refuse_beyond_disk(dataset.rows, groups, sizes)
    inputs: dict[str, RowValues] = {}
    for name, group in groups.items():
        if isinstance(group, ParticlesInput):
            inputs |= _particles(dataset, name, group, fine.get(name, ()), mapped=mapped)
            continue
        if known and isinstance(group, NumericInput):
            inputs[name] = np.ascontiguousarray(number_rows(dataset, name, group))
        else:
            _check_columns(dataset, name, groups)
            inputs[name] = _filled(dataset, name, group, mapped=mapped)
        if name in fine:
            inputs[rest_of(name)] = _rests(dataset, fine[name], mapped=mapped)
    return inputs


def _stored_bytes(dataset: Dataset, group: InputGroup, fine: int) -> int:
    """Return the most memory that the rows of a group take as they are stored."""
    if not isinstance(group, ParticlesInput):
        return dataset.rows * (bytes_per_row(group) + 4 * fine)
    return _most_entries(dataset, group) * 4 * (shape_of_row(group)[1] + fine)


def _most_entries(dataset: Dataset, group: ParticlesInput) -> int:
    column = columns_of(group)[0]
    starts = range(0, dataset.rows, _ROWS_AT_ONCE)
    counts = (entry_counts(dataset.slice(start, start + _ROWS_AT_ONCE), column) for start in starts)
    return sum(int(np.minimum(block_counts, group.at_most).sum()) for block_counts in counts)


def _particles(
    dataset: Dataset, name: str, group: ParticlesInput, fine: tuple[str, ...], *, mapped: bool
) -> dict[str, RowValues]:
    """Return the inputs of a group of particles, block by block in one array each."""
    most, ends = _most_entries(dataset, group), np.zeros(dataset.rows + 1, np.int64)
    arrays: dict[str, Array] = {}
    at_once = _rows_at_once(dataset, group)
    for start in range(0, max(dataset.rows, 1), at_once):
        block = particle_rows(dataset.slice(start, start + at_once), name, group, fine)
        begin = int(ends[start])
        for key, values in block.items():
            if key not in arrays:
                arrays[key] = allocate(most, values.shape[2:], values.dtype, mapped=mapped)
            arrays[key][begin : begin + len(values.values)] = values.values
            ends[start + 1 : start + len(values) + 1] = begin + values.ends[1:]
    return {key: Ragged(values[: int(ends[-1])], ends, group.at_most) for key, values in arrays.items()}


def _refuse_beyond_disk(rows: int, groups: Mapping[str, InputGroup], sizes: Mapping[str, int]) -> None:
    """Refuse rows that fit neither in memory nor in a scratch file, naming the largest group."""
    folder = cache_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    needed, free = sum(sizes.values()), shutil.disk_usage(existing).free
    if needed > free:
        most = max(groups, key=lambda name: sizes[name])
        key = "at_most" if isinstance(groups[most], FourVectorsInput | ParticlesInput) else "columns"
        msg = (
            f"inputs.{most}.{key}: {rows:,} rows take {format_bytes(needed)}, "
            f"{sizes[most] // rows:,} bytes each for this group. That is more than half of the memory, and "
            f"{folder} has {format_bytes(free)} free for a scratch file. Use fewer columns or particles, fewer rows, "
            f"or another disk: {CACHE_VARIABLE}=FOLDER."
        )
        raise DataError(msg)


def _rests(dataset: Dataset, columns: tuple[str, ...], *, mapped: bool) -> Array:
    """Return the remainders of the columns of a group, whose values have been checked."""
    rests = allocate(dataset.rows, (len(columns),), np.float32, mapped=mapped)
    at_once = _BYTES_AT_ONCE // (16 * len(columns))
    for start in range(0, dataset.rows, at_once):
        block = dataset.slice(start, start + at_once)
        for index, column in enumerate(columns):
            rests[start : start + at_once, index] = rest_of_values(block.column(column))
    return rests


def _filled(dataset: Dataset, name: str, group: _Rectangular, *, mapped: bool) -> Array:
    values = allocate(dataset.rows, shape_of_row(group), dtype_of(group), mapped=mapped)
    at_once = _rows_at_once(dataset, group)
    for read, into in _readers(name, group, values):
        for start in range(0, dataset.rows, at_once):
            block = slice(start, start + at_once)
            into[block] = read(dataset.slice(block.start, block.stop))
    return values


def _check_columns(dataset: Dataset, name: str, groups: Mapping[str, InputGroup]) -> None:
    """Refuse columns of another kind before checking any value, so that messages do not depend on the block size."""
    group = groups[name]
    if isinstance(group, FourVectorsInput):
        check_columns(dataset, group.columns)
        check_properties(dataset, f"inputs.{name}", group)
    elif isinstance(group, CategoricalInput):
        for column in group.columns:
            check_categories(dataset, f"inputs.{name}", column)
    elif isinstance(group, NumericInput):
        lists = [column for column in group.columns if pa.types.is_list(dataset.type_of(column))]
        if lists:
            raise DataError(_lists_advice(dataset, name, groups, lists))
        for column in group.columns:
            _check_flat(dataset, name, column)


def _lists_advice(dataset: Dataset, name: str, groups: Mapping[str, InputGroup], lists: list[str]) -> str:
    """Explain where columns of lists in a numeric group belong."""
    holds = f"column {lists[0]} holds a list" if len(lists) == 1 else f"columns {', '.join(lists)} hold a list"
    holds = f"inputs.{name}: {holds} a row, and this kind takes one number"
    owners = [owner for owner, group in groups.items() if all(of_particles(dataset, group, column) for column in lists)]
    single = f"single ones with data.derived, for example first: '\"{lists[0]}\"[1]'"
    if not owners:
        return (
            f"{holds}. If it has a number for each particle of a group of four-vectors, list it in that group: "
            f"properties: [{', '.join(lists)}]. Otherwise make it a group of kind: particles, or use {single}."
        )
    remaining = [column for column in columns_of(groups[name]) if column not in lists]
    remedy = f"remove {', '.join(lists)} from {name}" if remaining else f"remove the group {name}"
    return (
        f"{holds}; there is one for each particle of {' and of '.join(owners)}. Write properties: [{', '.join(lists)}] "
        f"under inputs.{owners[0]}, and {remedy}; or use {single}."
    )


def _check_flat(dataset: Dataset, name: str, column: str) -> None:
    owner = owner_of(column, dataset.schema)
    if owner is not None and pa.types.is_floating(dataset.schema.field(owner).type.value_type):
        return
    check_numbers(dataset, column)
    shape = row_shape(dataset.arrow(column).type)
    if shape:
        msg = (
            f"inputs.{name}: column {column} has shape {shape} in each row; this kind takes one number "
            f"per row. {how_to_name_one(column, shape)}"
        )
        raise DataError(msg)


def _readers(name: str, group: _Rectangular, values: Array) -> Iterator[tuple[Callable[[Dataset], Array], Array]]:
    """Yield functions that read rows, and their destinations: all columns of a group, or one each."""
    if isinstance(group, FourVectorsInput):
        yield partial(four_vectors, name=name, group=group), values
    elif isinstance(group, CategoricalInput):
        for index, column in enumerate(group.columns):
            yield partial(category_column, where=f"inputs.{name}", column=column), values[:, index]
    else:
        yield partial(number_rows, name=name, group=group), values


def _rows_at_once(dataset: Dataset, group: InputGroup) -> int:
    """Return the number of rows per block: both they and their source take bounded memory."""
    names = set(dataset.names)
    in_file = sum(dataset.arrow(name).nbytes for name in columns_of(group) if name in names)
    return max(1, int(_BYTES_AT_ONCE // max(bytes_per_row(group), in_file / max(dataset.rows, 1))))
