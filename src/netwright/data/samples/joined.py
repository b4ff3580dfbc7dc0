"""The rows of several samples as one data set, with the columns that all of them have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.config import NOMINAL, DataSection
from netwright.data.cache.join import joined_tables
from netwright.data.dataset import Dataset
from netwright.data.samples.opened import AsRows, SampleRows, open_sample
from netwright.data.samples.sample_yield import SampleYield
from netwright.data.streamed.columns import StreamedColumns
from netwright.errors import DataError, UnusableFilesError
from netwright.progress import Progress, silent
from netwright.readers import left_out_of, metadata, remarks_of

__all__ = ["read_samples"]


def read_samples(
    section: DataSection,
    names: Sequence[str] | None = None,
    variation: str = NOMINAL,
    *,
    as_rows: AsRows | None = None,
    mentioned: Sequence[str] | None = None,
    progress: Progress = silent,
) -> tuple[Dataset, list[SampleYield]]:
    """Read samples, each with its derived columns, selection and event weights, as one data set.

    Args:
        section: describes the samples.
        names: of the samples; all simulated ones if not given.
        variation: a systematic variation.
        as_rows: as for `open_sample`.
        mentioned: as for `open_sample`.
        progress: callback for progress updates.

    Returns:
        The selected rows, one sample after another, with the columns that all samples have; and the numbers of each
        sample. A column that is missing in one of them is left out, with a reason that names the sample.

    Raises:
        DataError: a sample cannot be read, or a column has other types in two of them.
    """
    chosen = section.simulated if names is None else list(names)
    opened = _opened(
        chosen,
        partial(open_sample, section, variation=variation, as_rows=as_rows, mentioned=mentioned, progress=progress),
    )
    datasets = [sample_rows.dataset for sample_rows in opened]
    common, lacking = _common(chosen, datasets)
    in_memory = [name for name in common if all(name in rows.table.schema.names for rows in datasets)]
    tables = [_without(_without_file_names(rows), in_memory, lacking) for rows in datasets]
    streamed = _streamed(chosen, datasets, [name for name in common if name not in set(in_memory)])
    try:
        table = joined_tables([Path(name) for name in chosen], tables)
    except UnusableFilesError as error:  # of samples, which no list of files leaves out
        raise DataError("\n  ".join(error.reasons)) from error
    sources = tuple(source for sample_rows in datasets for source in sample_rows.sources)
    return Dataset(table, sources, _origin(datasets), streamed), [sample_rows.numbers for sample_rows in opened]


def _opened(names: Sequence[str], open_one: Callable[[str], SampleRows]) -> list[SampleRows]:
    """Open samples, or name the files of all of them that cannot be read."""
    opened, refused = [], []
    for name in names:
        try:
            opened.append(open_one(name))
        except UnusableFilesError as error:
            refused.append(error)
    if refused:
        files = sum(error.files for error in refused) + sum(len(one.dataset.sources) for one in opened)
        raise UnusableFilesError([reason for error in refused for reason in error.reasons], files) from refused[0]
    return opened


def _without_file_names(rows: Dataset) -> pa.Table:
    """Return the table of a sample whose remarks name no file, so that those of several samples are said once."""
    names = {source.path.name for source in rows.sources}
    remarks = []
    for remark in remarks_of(rows.table.schema):
        files, colon, rest = remark.partition(": ")
        remarks.append(rest if colon and files.partition(" and ")[0] in names else remark)
    return rows.table.replace_schema_metadata(metadata(left_out_of(rows.table.schema), remarks))


def _common(names: Sequence[str], datasets: Sequence[Dataset]) -> tuple[list[str], dict[str, str]]:
    """Return the columns that all samples have; and of the others, which sample lacks them."""
    columns_of_samples = [dict.fromkeys(rows.names) for rows in datasets]
    lacking: dict[str, str] = {}
    for column in dict.fromkeys(column for columns in columns_of_samples for column in columns):
        without = [name for name, columns in zip(names, columns_of_samples, strict=True) if column not in columns]
        if without:
            lacking[column] = f"there is none in the sample {without[0]}"
    return [column for column in columns_of_samples[0] if column not in lacking], lacking


def _streamed(names: Sequence[str], datasets: Sequence[Dataset], columns: Sequence[str]) -> StreamedColumns | None:
    """Return columns that stay in the files of all samples; None if the files are in the cache."""
    files = [file for rows in datasets if rows.streamed is not None for file in rows.streamed.files]
    if not files:
        return None
    schema = pa.schema([datasets[0].schema.field(column) for column in columns])
    for name, rows in zip(names, datasets, strict=True):
        for field in schema:
            kind = rows.schema.field(field.name).type
            if kind != field.type:
                msg = (
                    f'data.samples.{name}: column "{field.name}" has the type {kind}, and {field.type} in the sample '
                    f"{names[0]}. Give it one type in all files, or leave data.cache out: the cache converts it."
                )
                raise DataError(msg)
    return StreamedColumns(files, schema)


def _without(table: pa.Table, columns: list[str], lacking: dict[str, str]) -> pa.Table:
    schema = table.schema
    merged = metadata({**lacking, **left_out_of(schema)}, remarks_of(schema))
    return table.select(columns).replace_schema_metadata(merged)


def _origin(datasets: Sequence[Dataset]) -> npt.NDArray[np.int64] | None:
    """Return the position of each row among the rows of all files; None if all are there in order."""
    if all(dataset.origin is None for dataset in datasets):
        return None
    starts = np.cumsum([0, *(sum(source.rows for source in dataset.sources) for dataset in datasets)])
    origins = [np.arange(dataset.rows) if dataset.origin is None else dataset.origin for dataset in datasets]
    return np.concatenate([start + origin for start, origin in zip(starts, origins, strict=False)])
