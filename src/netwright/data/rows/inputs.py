"""From columns to input arrays, one block of rows at a time, with every value checked."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
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
    input_columns,
    parts_of_particles,
)
from netwright.data.cache.arrays import allocate
from netwright.data.cache.folder import CACHE_VARIABLE, cache_folder
from netwright.data.dataset import Dataset
from netwright.data.elements import owner_of
from netwright.data.moments.missing import markers_of
from netwright.data.precision.fine import FineColumns, rest_of, rest_of_values
from netwright.data.rows.categories import category_column, check_categories
from netwright.data.rows.four_vectors import check_columns, four_vectors
from netwright.data.rows.particle_lists import entry_counts
from netwright.data.rows.particle_properties import check_properties, of_particles
from netwright.data.rows.particles import check_particles, particle_rows
from netwright.data.rows.ragged import Ragged
from netwright.data.rows.row_values import RowValues
from netwright.data.rows.streamed import Pieces, StreamedRows
from netwright.data.streamed.pieces import PieceStore
from netwright.errors import DataError
from netwright.memory import MEMORY_VARIABLE, available_memory, format_bytes, too_large
from netwright.readers import row_shape, to_numpy

__all__ = ["bytes_per_row", "input_rows", "pieces_of"]

Array = npt.NDArray[Any]
_Rectangular = NumericInput | CategoricalInput | FourVectorsInput  # kinds with as many numbers in each row

_BYTES_AT_ONCE = 2**24  # size of the blocks of rows
_ROWS_AT_ONCE = 65_536  # whose lists are counted together
_WINDOWS = 2  # of the shuffle: that of the present steps, and the next
_SHARE = 0.5  # of the available memory: larger inputs go to a scratch file


def input_rows(
    dataset: Dataset, groups: Mapping[str, InputGroup], fine: FineColumns | None = None
) -> dict[str, RowValues]:
    """Read the groups of inputs, in raw units.

    The arrays are allocated once, with the capacity of `allocate`, and filled block by block. If all groups together
    would take more than half of the available memory, they are stored in a scratch file; columns that stay in their
    files are then read from there, piece by piece, whenever rows are asked for.

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
        return _of_files(dataset, groups, fine)
    for name, group in groups.items():
        if isinstance(group, ParticlesInput):
            check_particles(dataset, f"inputs.{name}", group)
    sizes = {name: _stored_bytes(dataset, group, len(fine.get(name, ()))) for name, group in groups.items()}
    mapped = too_large(sum(sizes.values()), _SHARE)
    if mapped:
        _refuse_beyond_disk(dataset.rows, groups, sizes)
    found: dict[str, RowValues] = {}
    for name, group in groups.items():
        if isinstance(group, ParticlesInput):
            found |= _particles(dataset, name, group, fine.get(name, ()), mapped=mapped)
            continue
        _check_columns(dataset, name, groups)
        found[name] = _filled(dataset, name, group, mapped=mapped)
        if name in fine:
            found[rest_of(name)] = _rests(dataset, fine[name], mapped=mapped)
    return found


def bytes_per_row(group: InputGroup) -> int:
    """Return the memory of one row of a group in the form that a network takes, with its padding.

    Args:
        group: of inputs.

    Returns:
        A number of bytes.
    """
    return math.prod(_row_shape(group)) * np.dtype(_dtype(group)).itemsize


def pieces_of(dataset: Dataset, groups: Mapping[str, InputGroup]) -> Pieces | None:
    """Return which rows are read together from files that are not converted to the cache.

    Args:
        dataset: the columns.
        groups: the input groups of the experiment.

    Returns:
        The pieces; None if the columns lie in the cache or in memory, or the rows are not in the order of the files.
    """
    if dataset.streamed is None or not dataset.rows:
        return None
    bounds = dataset.streamed.starts
    if dataset.origin is not None:
        if (np.diff(dataset.origin) <= 0).any():
            return None
        bounds = np.searchsorted(dataset.origin, bounds).astype(np.int64)
    return Pieces.of(np.unique(bounds), sum(map(bytes_per_row, groups.values())))


def _of_files(dataset: Dataset, groups: Mapping[str, InputGroup], fine: FineColumns) -> dict[str, RowValues]:
    """Return inputs whose columns stay in their files: all in memory if they fit there, else none."""
    columns = [column for group in groups.values() for column in input_columns(dataset.names, group)]
    for column in columns:
        dataset.type_of(column)  # refuses what is not there
    pieces, particles = pieces_of(dataset, groups), [n for n, one in groups.items() if isinstance(one, ParticlesInput)]
    if particles:
        _refuse_particles(dataset, particles[0], columns)
    if pieces is None or particles:
        return input_rows(dataset.in_memory(columns), groups, fine)
    bounds = pieces.bounds.tolist()

    def make(piece: int) -> dict[str, Array]:
        part = dataset.slice(bounds[piece], bounds[piece + 1]).in_memory(columns)
        return {name: values[:] for name, values in input_rows(part, groups, fine).items()}

    forms = {name: (values.shape[1:], values.dtype) for name, values in make(0).items()}
    row_bytes = sum(math.prod(shape) * dtype.itemsize for shape, dtype in forms.values())
    if not too_large(dataset.rows * row_bytes, _SHARE):
        found = {name: allocate(dataset.rows, *form) for name, form in forms.items()}
        for piece, (start, stop) in enumerate(pairwise(bounds)):
            for name, values in make(piece).items():
                found[name][start:stop] = values
        return dict(found)
    store = PieceStore(make, _bytes_of_pieces(dataset, pieces, row_bytes))
    return {name: StreamedRows(store, name, pieces, *form) for name, form in forms.items()}


def _refuse_particles(dataset: Dataset, name: str, columns: list[str]) -> None:
    """Refuse lists of particles that do not fit in memory, by the size of the first of them."""
    first = dataset.head(_ROWS_AT_ONCE).in_memory(columns)
    size = first.table.nbytes / max(first.rows, 1) * dataset.rows
    if too_large(size, _SHARE):
        msg = (
            f"inputs.{name}: with data.cache: false, inputs of kind particles are read into memory, and these take "
            f"about {format_bytes(size)}, more than half of it. Use kind four-vectors, fewer rows, or leave data.cache "
            "out."
        )
        raise DataError(msg)


def _bytes_of_pieces(dataset: Dataset, pieces: Pieces, row_bytes: int) -> int:
    """Return the memory that pieces may take; refuse pieces of which too few fit."""
    at_most = int(_SHARE * available_memory())
    largest = int(np.diff(pieces.bounds).max())
    needed = _WINDOWS * (pieces.window + 2 * largest) * row_bytes
    if needed > at_most:
        msg = (
            f"{dataset.named_sources()}: with data.cache: false, {format_bytes(needed)} of rows are in memory at a "
            f"time, as the files are read in pieces of up to {largest:,} rows, {format_bytes(largest * row_bytes)} of "
            f"inputs. That is more than half of the memory. Write smaller row groups, chunks or baskets, set "
            f"{MEMORY_VARIABLE} if there is more memory, or leave data.cache out."
        )
        raise DataError(msg)
    return at_most


def _stored_bytes(dataset: Dataset, group: InputGroup, fine: int) -> int:
    """Return the most memory that the rows of a group take as they are stored."""
    if not isinstance(group, ParticlesInput):
        return dataset.rows * (bytes_per_row(group) + 4 * fine)
    return _most_entries(dataset, group) * 4 * (_row_shape(group)[1] + fine)


def _most_entries(dataset: Dataset, group: ParticlesInput) -> int:
    column = columns_of(group)[0]
    starts = range(0, dataset.rows, _ROWS_AT_ONCE)
    counts = (entry_counts(dataset.slice(start, start + _ROWS_AT_ONCE), column) for start in starts)
    return sum(int(np.minimum(one, group.at_most).sum()) for one in counts)


def _particles(
    dataset: Dataset, name: str, group: ParticlesInput, fine: tuple[str, ...], *, mapped: bool
) -> dict[str, RowValues]:
    """Return the inputs of a group of particles, block by block in one array each."""
    most, ends = _most_entries(dataset, group), np.zeros(dataset.rows + 1, np.int64)
    found: dict[str, Array] = {}
    at_once = _rows_at_once(dataset, group)
    for start in range(0, max(dataset.rows, 1), at_once):
        block = particle_rows(dataset.slice(start, start + at_once), name, group, fine)
        begin = int(ends[start])
        for key, values in block.items():
            if key not in found:
                found[key] = allocate(most, values.shape[2:], values.dtype, mapped=mapped)
            found[key][begin : begin + len(values.values)] = values.values
            ends[start + 1 : start + len(values) + 1] = begin + values.ends[1:]
    return {key: Ragged(values[: int(ends[-1])], ends, group.at_most) for key, values in found.items()}


def _refuse_beyond_disk(rows: int, groups: Mapping[str, InputGroup], sizes: Mapping[str, int]) -> None:
    """Refuse rows that fit neither in memory nor in a scratch file, naming the largest group."""
    folder = cache_folder()
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    needed, free = sum(sizes.values()), shutil.disk_usage(there).free
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
        part = dataset.slice(start, start + at_once)
        for place, column in enumerate(columns):
            rests[start : start + at_once, place] = rest_of_values(part.column(column))
    return rests


def _filled(dataset: Dataset, name: str, group: _Rectangular, *, mapped: bool) -> Array:
    values = allocate(dataset.rows, _row_shape(group), _dtype(group), mapped=mapped)
    at_once = _rows_at_once(dataset, group)
    for read, into in _readers(name, group, values):
        for start in range(0, dataset.rows, at_once):
            part = slice(start, start + at_once)
            into[part] = read(dataset.slice(part.start, part.stop))
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
            raise DataError(_of_lists(dataset, name, groups, lists))
        for column in group.columns:
            _check_flat(dataset, name, column)


def _of_lists(dataset: Dataset, name: str, groups: Mapping[str, InputGroup], lists: list[str]) -> str:
    """Explain where columns of lists in a numeric group belong."""
    holds = f"column {lists[0]} holds a list" if len(lists) == 1 else f"columns {', '.join(lists)} hold a list"
    holds = f"inputs.{name}: {holds} a row, and this kind takes one number"
    owners = [owner for owner, group in groups.items() if all(of_particles(dataset, group, one) for one in lists)]
    single = f"single ones with data.derived, for example first: {lists[0]}[1]"
    if not owners:
        return (
            f"{holds}. If it has a number for each particle of a group of four-vectors, list it in that group: "
            f"properties: [{', '.join(lists)}]. Otherwise make it a group of kind: particles, or use {single}."
        )
    rest = [column for column in columns_of(groups[name]) if column not in lists]
    then = f"remove {', '.join(lists)} from {name}" if rest else f"remove the group {name}"
    return (
        f"{holds}; there is one for each particle of {' and of '.join(owners)}. Write properties: [{', '.join(lists)}] "
        f"under inputs.{owners[0]}, and {then}; or use {single}."
    )


def _check_flat(dataset: Dataset, name: str, column: str) -> None:
    owner = owner_of(column, dataset.schema)
    if owner is not None and pa.types.is_floating(dataset.schema.field(owner).type.value_type):
        return
    dataset.check_numbers(column)
    shape = row_shape(dataset.arrow(column).type)
    if shape:
        msg = (
            f"inputs.{name}: column {column} has shape {shape} in each row; this kind takes one number "
            f"per row. Derive single ones with data.derived, for example first: {column}[1]."
        )
        raise DataError(msg)


def _readers(name: str, group: _Rectangular, values: Array) -> Iterator[tuple[Callable[[Dataset], Array], Array]]:
    """Yield functions that read rows, and their destinations: all columns of a group, or one each."""
    if isinstance(group, FourVectorsInput):
        yield partial(four_vectors, name=name, group=group), values
    elif isinstance(group, CategoricalInput):
        for place, column in enumerate(group.columns):
            yield partial(category_column, where=f"inputs.{name}", column=column), values[:, place]
    else:
        yield partial(_numbers, name=name, group=group), values


def _numbers(dataset: Dataset, name: str, group: NumericInput) -> npt.NDArray[np.float32]:
    values = _elements(dataset, group.columns)
    columns = list(values.T) if values is not None else [dataset.column(column) for column in group.columns]
    with np.errstate(over="ignore"):  # values that are too large become infinite, and are refused as such
        if values is None:
            values = np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)
        values = np.asarray(values, dtype=np.float32)
    bad = ~np.isfinite(values) if group.missing is False else np.isinf(values)
    if bad.any() and markers_of(group.missing):  # a marker may be infinite in float32
        bad &= ~np.isin(np.stack(columns, axis=1), markers_of(group.missing))
    if bad.any():
        row, position = (int(i) for i in np.argwhere(bad)[0])
        value = columns[position][row]
        hint = "Derive a column without it (data.derived), or exclude the row with data.selection."
        if np.isnan(value):
            hint = "If it marks a missing value, set missing: true in this group."
        msg = (
            f"inputs.{name}: column {group.columns[position]}, {dataset.locate(row)}: {value} is not a finite number "
            f"in float32. {hint}"
        )
        raise DataError(msg)
    return values


def _elements(dataset: Dataset, columns: list[str]) -> Array | None:
    """Return elements of one column of arrays, row by row, which is faster; None for other columns."""
    schema, names = dataset.schema, set(dataset.names)
    owner = owner_of(columns[0], schema)
    if owner is None or any(column in names or owner_of(column, schema) != owner for column in columns):
        return None
    if not pa.types.is_floating(dataset.type_of(owner).value_type) or dataset.arrow(owner).null_count:
        return None
    places = [int(column[len(owner) + 1 : -1]) for column in columns]
    return to_numpy(dataset.arrow(owner))[:, places]


def _row_shape(group: InputGroup) -> tuple[int, ...]:
    if isinstance(group, FourVectorsInput):
        return (group.at_most, 4 + len(group.properties))
    if isinstance(group, ParticlesInput):
        parts = parts_of_particles(group)
        return (group.at_most, parts.first + len(parts.number_columns) + len(parts.category_columns))
    return (len(group.columns),)


def _dtype(group: InputGroup) -> npt.DTypeLike:
    return np.int32 if isinstance(group, CategoricalInput) else np.float32


def _rows_at_once(dataset: Dataset, group: InputGroup) -> int:
    """Return the number of rows per block: both they and their source take bounded memory."""
    there = set(dataset.names)
    in_file = sum(dataset.arrow(name).nbytes for name in columns_of(group) if name in there)
    return max(1, int(_BYTES_AT_ONCE // max(bytes_per_row(group), in_file / max(dataset.rows, 1))))
