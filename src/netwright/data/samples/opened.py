"""The rows of one sample, with its name and event weights as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import EVENT_WEIGHT, NOMINAL, SAMPLE, DataSection, SampleSection, SumOfWeightsSection
from netwright.data.dataset import Dataset
from netwright.data.reading import read
from netwright.data.rows.prepare import event_weights
from netwright.data.samples.sample_yield import SampleYield, sample_yield
from netwright.data.streamed.opening import read_streamed
from netwright.errors import DataError, UnusableFilesError, did_you_mean
from netwright.progress import Progress, silent
from netwright.readers import Files, left_out_of, metadata, remarks_of

__all__ = ["SampleRows", "named_sample", "open_sample", "read_events", "with_sample_name", "with_varied_columns"]

Floats = npt.NDArray[np.float64]
AsRows = Callable[[Dataset], Dataset]

_NAMES_AT_ONCE = 65_536  # rows whose names share their memory with those of all others


@dataclass(frozen=True)
class SampleRows:
    """Rows of one sample.

    Attributes:
        dataset: its columns, with derived ones, ``sample`` and ``event_weight``.
        numbers: what the sample gives.
    """

    dataset: Dataset
    numbers: SampleYield


def open_sample(
    section: DataSection,
    name: str,
    variation: str = NOMINAL,
    *,
    selected: bool = True,
    as_rows: AsRows | None = None,
    mentioned: Sequence[str] | None = None,
    progress: Progress = silent,
) -> SampleRows:
    """Read the rows of a sample or of one of its variations.

    The event weight of a row is w σ L / Σw, with Σw of all generated events: a number, the sum of a named column, or
    the sum over all rows before any selection. A variation of key or weight is divided by the sum of the sample as it
    is, a variation with other files by that of these files.

    Args:
        section: describes the samples.
        name: of the sample.
        variation: its systematic variation; a sample that does not have it stays as it is.
        selected: whether rows are left out by the selections of the section and the sample.
        as_rows: from events to the rows, where these are elements of a collection (`data.rows`); Σw is that of events.
        mentioned: as for `read_events`.
        progress: callback for progress updates.

    Returns:
        The rows. Derived columns that cannot be computed, such as those of simulated truth in recorded data, are left
        out with the reason.

    Raises:
        DataError: a file, column or expression cannot be used, no row is selected, or Σw is not positive. The message
            names the sample.
    """
    sample = section.sample(name, variation)
    with named_sample(name):
        events = read_events(sample, mentioned=mentioned, progress=progress)
        if variation == NOMINAL:
            _check_variations(section, name, events)
        events = with_varied_columns(events, section.varied_columns(name, variation), variation)
        data = _with_derived(events if as_rows is None else as_rows(events), sample.derived)
        if as_rows is not None and sample.weight in sample.derived:
            events = _with_derived(events, sample.derived)
        weights = event_weights(data if as_rows is None else events, sample.weight)
        factor = _factor(section, name, variation, weights, mentioned, progress)
        if as_rows is not None:
            weights = weights[data.origin]
        everything = data.rows
        if selected and sample.selection is not None:
            selected_rows = np.flatnonzero(data.condition(sample.selection, "selection"))
            if not len(selected_rows):
                msg = f"the selection {sample.selection!r} leaves none of {data.rows:,} rows. Relax it."
                raise DataError(msg)
            data, weights = data.take(selected_rows), weights[selected_rows]
    of_events = factor if as_rows is None else None
    numbers = sample_yield(name, weights, read=everything, recorded=sample.recorded, factor=of_events)
    return SampleRows(_with_columns(data, name, weights if factor is None else weights * factor), numbers)


def read_events(
    sample: SampleSection,
    files: Files | None = None,
    *,
    mentioned: Iterable[str] | None = None,
    may_be_empty: bool = False,
    progress: Progress = silent,
) -> Dataset:
    """Read the rows of a sample as they are in its files.

    Args:
        sample: of `DataSection.sample`.
        files: other files of the same layout.
        mentioned: as for `read_streamed`, which reads the files where they lie; None to convert them to the cache.
        may_be_empty: as for `read`.
        progress: callback for progress updates.

    Returns:
        The rows of all files.

    Raises:
        DataError: a file cannot be read.
    """
    named = sample.files if files is None else files
    if mentioned is not None:
        return read_streamed(
            named, mentioned, key=sample.key, csv=sample.csv, may_be_empty=may_be_empty, progress=progress
        )
    return read(
        named,
        key=sample.key,
        csv=sample.csv,
        friends=sample.friends,
        may_be_empty=may_be_empty,
        progress=progress,
    )


def with_sample_name(data: Dataset, name: str) -> Dataset:
    """Add the name of their sample to rows; a column of this name is replaced.

    Args:
        data: rows of one sample.
        name: of the sample.

    Returns:
        The rows with the column ``sample``.
    """
    return _with_column(data, SAMPLE, _repeated(name, data.rows))


def with_varied_columns(data: Dataset, columns: Mapping[str, str], variation: str) -> Dataset:
    """Give columns the values of others.

    Args:
        data: rows of one sample.
        columns: where to read the values, by the name of the column that is replaced.
        variation: the systematic variation, for messages.

    Returns:
        The rows, whose other columns stay as they are.

    Raises:
        DataError: there is no such column, or it has other numbers in each row than that which it replaces.
    """
    table = data.table
    for name, other in columns.items():
        for column in (name, other):
            if column not in data.names:
                hint = did_you_mean(column, data.names)
                msg = f'variation {variation}, columns: there is no column "{column}".{hint}'
                raise DataError(msg)
        kinds = [data.table.schema.field(column).type for column in (name, other)]
        if _shape_of(kinds[0]) != _shape_of(kinds[1]):
            msg = (
                f"variation {variation}, columns: {other} has the type {kinds[1]}, and {name}, which it replaces, "
                f"{kinds[0]}. Name a column with as many numbers in each row."
            )
            raise DataError(msg)
        index = data.table.schema.get_field_index(name)
        table = table.set_column(index, pa.field(name, kinds[1]), data.table.column(other))
    return replace(data, table=table)


@contextmanager
def named_sample(name: str) -> Iterator[None]:
    """Name the sample in errors.

    Args:
        name: of the sample.

    Yields:
        Nothing.

    Raises:
        UnusableFilesError: one was raised inside; the sample is named for each file.
        DataError: one was raised inside.
    """
    try:
        yield
    except UnusableFilesError as error:
        raise UnusableFilesError([f"data.samples.{name}: {text}" for text in error.reasons], error.files) from error
    except DataError as error:
        msg = f"data.samples.{name}: {error}"
        raise DataError(msg) from error


def _check_variations(section: DataSection, name: str, data: Dataset) -> None:
    """Refuse columns of variations that the rows do not have, before a training and not at its limit."""
    sample = section.sample(name)
    for variation in section.variations_of(name):
        varied = section.sample(name, variation)
        if (varied.files, varied.key) == (sample.files, sample.key):
            with_varied_columns(data, section.varied_columns(name, variation), variation)


def _shape_of(kind: pa.DataType) -> tuple[object, ...]:
    """Return what two columns share if one can replace the other: lists, sizes of arrays, and numbers or not."""
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    if pa.types.is_fixed_size_list(kind):
        return kind.list_size, *_shape_of(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return "list", *_shape_of(kind.value_type)
    return ("number",) if is_number else (str(kind),)


def _with_derived(data: Dataset, derived: Mapping[str, str]) -> Dataset:
    """Add derived columns; of those that cannot be computed the reason is kept, and said where one of them is used."""
    failed = {}
    for name, expression in derived.items():
        if name in data.names:
            data = data.derive({name: expression})  # refuses the name
        try:
            data = data.derive({name: expression})
        except DataError as error:
            failed[name] = f"it cannot be computed: {error}"
    if not failed:
        return data
    schema = data.table.schema
    merged = metadata({**left_out_of(schema), **failed}, remarks_of(schema))
    return replace(data, table=data.table.replace_schema_metadata(merged))


def _factor(
    section: DataSection,
    name: str,
    variation: str,
    weights: Floats,
    mentioned: Sequence[str] | None,
    progress: Progress,
) -> float | None:
    """Return σ L / Σw, in events for a row of weight 1; None without a cross section."""
    sample, nominal = section.sample(name, variation), section.sample(name)
    if sample.cross_section is None or section.luminosity is None:
        return None
    total = _generated(sample, progress)
    if variation != NOMINAL and sample.files == nominal.files and total is None:
        data = _with_derived(read_events(nominal, mentioned=mentioned, progress=progress), nominal.derived)
        weights = event_weights(data, nominal.weight)
    total = float(weights.sum()) if total is None else total
    if not total > 1e-12 * float(np.abs(weights).sum()):
        msg = (
            f"its generator weights add up to {total:g}, and the cross section is divided by this sum, which must be "
            "positive. Check weight and sum_of_weights."
        )
        raise DataError(msg)
    return sample.events(section.luminosity) / total


def _generated(sample: SampleSection, progress: Progress) -> float | None:
    """Return the sum of generator weights that is given or named; None if it is that of the rows."""
    sum_of_weights = sample.sum_of_weights
    if isinstance(sum_of_weights, SumOfWeightsSection):
        column = read(sample.files, key=sum_of_weights.key, csv=sample.csv, progress=progress).column(
            sum_of_weights.column
        )
        total = float(np.asarray(column, np.float64).sum())
        if not total > 0:
            msg = (
                f"sum_of_weights: {sum_of_weights.column} of {sum_of_weights.key} adds up to {total:g}, which must be "
                "positive. Name the column of the sums of generator weights, or give the sum as a number."
            )
            raise DataError(msg)
        return total
    return sum_of_weights


def _with_columns(data: Dataset, name: str, weights: Floats) -> Dataset:
    return _with_column(with_sample_name(data, name), EVENT_WEIGHT, pa.chunked_array([pa.array(weights)]))


def _with_column(data: Dataset, name: str, values: pa.ChunkedArray) -> Dataset:
    table = data.table
    if name in table.column_names:
        remark = f"the files already have a column {name}, which is replaced; a derived column can keep it"
        merged = metadata(left_out_of(table.schema), [*remarks_of(table.schema), remark])
        table = table.drop_columns([name]).replace_schema_metadata(merged)
    return replace(data, table=table.append_column(name, values))


def _repeated(name: str, rows: int) -> pa.ChunkedArray:
    """Return a column with one text in all rows, in chunks that share their memory."""
    block = pa.array([name] * min(rows, _NAMES_AT_ONCE), pa.string())
    blocks, remainder = divmod(rows, _NAMES_AT_ONCE)
    return pa.chunked_array(
        [*[block] * blocks, block.slice(0, remainder)] if remainder else [block] * blocks, pa.string()
    )
