"""Files of scores: in the format given by the file name's ending, written block by block and never left incomplete."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from netwright.atomic_files import atomic_write
from netwright.data import Dataset
from netwright.errors import DataError, did_you_mean
from netwright.evaluation.score_formats import NESTED, STRUCTURE, WRITERS, is_structures
from netwright.readers import plain_ending

__all__ = ["check_ending", "check_output", "ending_of", "has_writer", "with_places", "write_scores"]


def check_ending(path: Path) -> None:
    """Refuse a file name whose ending is not that of a supported format.

    Args:
        path: the file to write.

    Raises:
        DataError: the ending is not that of a supported format.

    Example:
        >>> check_ending(Path("scores.root"))
    """
    if not has_writer(path):
        endings = ", ".join(WRITERS)
        hint = did_you_mean(path.suffix, WRITERS)
        msg = f"{path}: the ending sets the format of the scores: {endings}. Received: {path.suffix!r}." + (
            hint
            if hint.startswith(" Did")
            else " A folder, with a file of scores for each file, ends with / (in Python: predict_each)."
        )
        raise DataError(msg)


def ending_of(path: Path) -> str:
    """Return the ending that sets the format of a file of scores.

    Args:
        path: the file to write.

    Returns:
        The last suffix in lower case, before the number that grid jobs of ATLAS write behind .root.

    Example:
        >>> ending_of(Path("scores.H5")), ending_of(Path("DAOD_PHYSLITE._000001.pool.root.1"))
        ('.h5', '.root')
    """
    return Path(plain_ending(path.name)).suffix


def has_writer(path: Path) -> bool:
    """Return whether scores can be written under a file name.

    Args:
        path: the file to write.

    Returns:
        True if its ending is that of a supported format.

    Example:
        >>> has_writer(Path("scores.root")), has_writer(Path("scores.dat"))
        (True, False)
    """
    return ending_of(path) in WRITERS


def check_output(path: Path, data: Dataset, own: Iterable[str]) -> None:
    """Refuse to write scores over data.

    Args:
        path: the file to write.
        data: the rows that are scored.
        own: the files that the network was trained on, as named in its experiment.

    Raises:
        DataError: the file to write is one of these.
    """
    if not path.exists():
        return
    inputs = [source.path for source in data.sources] + [Path(name) for name in own]
    if any(data_path.exists() and path.samefile(data_path) for data_path in inputs):
        msg = (
            f"{path}: is a file of data, and scores are not written over it. Name another file with --output (output=)."
        )
        raise DataError(msg)


def write_scores(tables: Iterable[pa.Table], path: Path) -> None:
    """Write tables with the same columns one after another, without holding them all in memory.

    ROOT files hold a TTree ``scores``; HDF5 files a dataset and npz files an array for each column. In these
    formats, a missing number is NaN, a missing text is empty, and booleans are 1, 0, and -1 if missing. In the names
    of ROOT branches brackets would mean arrays, and in HDF5 a slash a group: ``m[0]`` becomes ``m_0``, ``jet/pt``
    becomes ``jet_pt``.

    Args:
        tables: at least one.
        path: the file; its ending determines the format, and an existing file is replaced.

    Raises:
        DataError: the ending is not that of a supported format, or the format cannot hold a missing value, several
            values in each row, or two names of columns.
    """
    check_ending(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    following = iter(tables)
    first = next(following)
    _refuse_lists(path, first.schema)
    structures = [name for field in first.schema if is_structures(field.type) for name in field.type.value_type.names]
    names = _names(path, [*first.column_names, *structures])[: first.num_columns]
    schema = first.rename_columns(names).schema
    with atomic_write(path) as partial, WRITERS[ending_of(path)](partial, schema) as write:
        for table in chain([first], following):
            write(table.rename_columns(names))


def with_places(tables: Iterable[pa.Table], data: Dataset, *, of_events: bool = False) -> Iterator[pa.Table]:
    """Add to each row of some tables the file that it comes from and its position in that file.

    Args:
        tables: their rows are in the same order as those of the data.
        data: the rows.
        of_events: whether rows of tables are those of the files, and those of the data elements of them.

    Yields:
        The same tables with two more columns in front: ``file``, the file name (with its folder if two files have the
        same name), and ``row``, counted from 0. If such a column exists already, ``source_file`` and ``source_row``.
    """
    ends = np.cumsum([source.rows for source in data.sources])
    short_names = {source.path.name for source in data.sources}
    is_short = len(short_names) == len(data.sources)
    names = np.array([source.path.name if is_short else source.label for source in data.sources])
    start = 0
    for table in tables:
        positions = np.arange(start, start + table.num_rows)
        start += table.num_rows
        origin = positions if data.origin is None or of_events else data.origin[positions]
        number = np.searchsorted(ends, origin, side="right")
        row = origin - (ends - [source.rows for source in data.sources])[number]
        clash = {"file", "row"} & set(table.column_names)
        file_name, row_name = ("source_file", "source_row") if clash else ("file", "row")
        yield table.add_column(0, row_name, pa.array(row, pa.int64())).add_column(
            0, file_name, pa.array(names[number], pa.string())
        )


def _names(path: Path, names: Sequence[str]) -> list[str]:
    """Return the names of columns in a file: signs that structure its format become underscores."""
    owners: dict[str, str] = {}
    for name in names:
        stored = name
        for signs, instead in STRUCTURE.get(ending_of(path), {}).items():
            stored = re.sub(signs, instead, stored)
        if stored in owners:
            msg = (
                f"{path}: columns {owners[stored]!r} and {name!r} would have one name there, {stored}. Write a "
                "Parquet, Feather or CSV file, or leave one out."
            )
            raise DataError(msg)
        owners[stored] = name
    return list(owners)


def _refuse_lists(path: Path, schema: pa.Schema) -> None:
    """Refuse columns of several values in each row, which only Parquet and Feather take."""
    fields = [one for field in schema for one in (field.type.value_type if is_structures(field.type) else [field])]
    nested = next((field for field in fields if pa.types.is_nested(field.type)), None)
    if nested is not None and ending_of(path) not in NESTED:
        msg = (
            f"{path}: column {nested.name} holds several values in each row ({nested.type}), which only Parquet "
            "and Feather can store. Write a file that ends with .parquet, or leave the column out."
        )
        raise DataError(msg)
