"""The input columns that float32 is too coarse for, determined from a sample of the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import BY_QUANTILES, InputGroup, Numbers, NumericInput, ParticlesInput, input_columns
from netwright.data.dataset import Dataset
from netwright.data.in_expressions import derived_text
from netwright.data.moments.missing import markers_of
from netwright.data.precision.fine import FineColumns
from netwright.data.precision.resolution import PAIR_STEPS, STEPS, Resolution, near_number, resolution_of
from netwright.data.precision.sizes import refuse_sizes
from netwright.data.rows.particles import check_particles, particle_numbers
from netwright.errors import DataError

__all__ = ["choose_fine_columns", "kept_sample", "may_be_fine", "sampled_values"]

_ROWS = 32_768  # of the sample
_PARTS, _PARTS_OF_FILES = 32, 8  # contiguous rows are read together; of files that are not converted, whole blocks are


def choose_fine_columns(dataset: Dataset, groups: Mapping[str, InputGroup]) -> FineColumns:
    """Return the columns of numbers that float32 is too coarse for, such as times of 1.7e9 that differ by seconds.

    Args:
        dataset: the columns; a sample of up to 32,768 evenly spaced rows is inspected.
        groups: the input groups of the experiment.

    Returns:
        Columns by group.

    Raises:
        DataError: a column is too coarse in float32, and a value with its remainder does not help: because its values
            lie in distant clusters or closer than 48 bits, or because the group uses its logarithm or no scaling;
            or all its values are too small or too large for float32.
    """
    fine: dict[str, tuple[str, ...]] = {}
    for name, group in groups.items():
        if isinstance(group, NumericInput):
            columns = [
                column
                for column in group.columns
                if dataset.schema.get_field_index(column) >= 0 and _may_be_beyond(dataset, column)
            ]
            lost = [
                column
                for column, values in sampled_values(dataset, columns)
                if _is_fine(name, group, column, values, dataset.schema)
            ]
            fine |= {name: tuple(lost)} if lost else {}
        elif isinstance(group, ParticlesInput) and group.numbers:
            lost = list(_of_particles(dataset, name, group))
            fine |= {name: tuple(lost)} if lost else {}
    return fine


def _of_particles(dataset: Dataset, name: str, group: ParticlesInput) -> Iterator[str]:
    """Yield the columns of a group of particles that float32 is too coarse for."""
    if dataset.streamed is None:
        check_particles(dataset, f"inputs.{name}", group)
    columns = input_columns(dataset.names, group)
    sampled = [particle_numbers(block.in_memory(columns), name, group) for block in _blocks(dataset)]
    for section in group.numbers.values():
        for column in section.columns:
            values = np.concatenate([block[column] for block in sampled])
            beyond = values.dtype.kind == "f" or values.dtype.itemsize >= 4
            if beyond and _is_fine(name, section, column, values, dataset.schema):
                yield column


def _is_fine(name: str, group: Numbers, column: str, values: npt.NDArray[Any], columns: pa.Schema) -> bool:
    """Return whether float32 is too coarse for a column; refuse one that a value with its remainder does not help."""
    where, markers = f"inputs.{name}", markers_of(group.missing)
    refuse_sizes(where, column, values, columns, markers)
    if values.dtype == np.float32:
        return False
    resolution = resolution_of(values, markers)
    if resolution.lost:
        _check_usable(where, column, resolution, group, columns)
    return resolution.lost


def _may_be_beyond(dataset: Dataset, column: str) -> bool:
    """Return whether the type of a column holds numbers that are too fine, too small or too large."""
    return may_be_fine(dataset, column) or bool(pa.types.is_float32(dataset.type_of(column)))


def may_be_fine(dataset: Dataset, column: str) -> bool:
    """Return whether the type of a column holds numbers that float32 cannot.

    Args:
        dataset: the columns.
        column: one of them.

    Returns:
        True for float64 and integers of at least 32 bits, one per row.
    """
    kind = dataset.type_of(column)
    return bool(pa.types.is_float64(kind) or (pa.types.is_integer(kind) and kind.bit_width >= 32))


def sampled_values(dataset: Dataset, columns: Sequence[str]) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """Read evenly spaced rows of columns, the same ones each time.

    Args:
        dataset: the columns.
        columns: of numbers, one per row.

    Yields:
        The name and values of each, shape (n,), in the type and unit of the file; all rows if there are at most
        32,768.
    """
    indices = [dataset.schema.get_field_index(column) for column in columns]
    if dataset.streamed is None and min(indices, default=-1) >= 0:  # a block of all columns is slow to make of many
        table = dataset.table.select(indices)
        sample = pa.concat_tables([table.slice(start, rows) for start, rows in _parts(dataset.rows, _PARTS)])
        blocks = [replace(dataset, table=sample, origin=None)]
    else:
        blocks = [block.in_memory(columns) for block in _blocks(dataset)] if columns else []
    for column in columns:
        yield column, np.concatenate([block.column(column) for block in blocks])


def _blocks(dataset: Dataset) -> list[Dataset]:
    parts = _parts(dataset.rows, _PARTS if dataset.streamed is None else _PARTS_OF_FILES)
    return [dataset] if len(parts) == 1 else [dataset.slice(start, start + rows) for start, rows in parts]


def _parts(rows: int, count: int) -> list[tuple[int, int]]:
    """Return where the parts of the sample begin, and how many rows they have."""
    if rows <= _ROWS:
        return [(0, rows)]
    of_part = _ROWS // count
    starts = np.linspace(0, rows - of_part, count).astype(np.int64).tolist()
    return [(start, of_part) for start in starts]


def kept_sample(dataset: Dataset, kept: npt.NDArray[np.integer] | None) -> Dataset:
    """Return a sample of the rows that a selection keeps, evenly spaced.

    Args:
        dataset: the columns of all rows.
        kept: the selected rows, shape (n,), increasing; None for all.

    Returns:
        All rows, or up to 32,768 of those that are kept.
    """
    if kept is None:
        return dataset
    positions = np.linspace(0, len(kept) - 1, min(len(kept), _ROWS)).astype(np.int64)
    return dataset.take(kept[positions])


def _check_usable(where: str, column: str, resolution: Resolution, group: Numbers, columns: pa.Schema) -> None:
    """Refuse a column for which a value with its remainder does not help."""
    shift = f"Subtract a common offset: {derived_text(column, 'shifted', f'- {near_number(resolution)}', columns)}."
    if column in group.log:
        reason, remedy = "the group uses its logarithm, which is flat there", f"Leave {column} out of log."
    elif group.scaling == "none":
        reason, remedy = "the group uses it unscaled (scaling: none)", shift
    elif resolution.pair_steps < PAIR_STEPS:
        reason, remedy = "they are closer to each other than 48 bits, a value and its remainder, can resolve", shift
    elif (resolution.middle_steps if group.scaling in BY_QUANTILES else resolution.mean_steps) < STEPS:
        reason = "they lie in distant clusters"
        remedy = (
            f"If one value, such as 0 or -1, marks a missing one, list it in {where}.missing; otherwise set scaling: "
            "quantiles, or derive a column for each cluster (data.derived)."
        )
    else:
        return
    msg = (
        f"{where}: column {column} is too fine for float32, in which networks compute: its {resolution.distinct:,} "
        f"distinct values become {resolution.kept:,}, and {reason}. {remedy}"
    )
    raise DataError(msg)
