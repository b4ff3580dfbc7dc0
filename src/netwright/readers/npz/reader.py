"""NumPy archives (.npz) and single arrays (.npy): arrays with the same first dimension, streamed from the file.

For example the layout of top-tagging files: ``constituents`` (N, P, 4), ``truth_label`` (N,), ``truth_jet`` (N, 4).
"""

from __future__ import annotations

import contextlib
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._arrays import arrow_type, no_column, to_arrow
from netwright.readers._contract import (
    Block,
    Contents,
    Ranges,
    Request,
    TableListing,
    rows_per_batch,
    rows_per_block,
    starts_of,
)
from netwright.readers._limits import refuse_bomb
from netwright.readers._raw_rows import RawRows, is_raw
from netwright.readers._refusals import damaged, refuse_key
from netwright.readers._rows_of import common_rows, other_rows
from netwright.readers.left_out import left_out_note
from netwright.readers.npz.arrays import (
    NPZ_ERRORS,
    Archive,
    Member,
    begin_of,
    data_of,
    member_of,
    open_archive,
    take,
)  # fmt: skip
from netwright.readers.npz.parts import parts_of
from netwright.readers.npz.texts import pickled_texts, with_texts

__all__ = ["list_tables", "open_file"]


@dataclass(frozen=True)
class _Column:
    """A column: an array, or a field of a structured one."""

    name: str
    member: Member
    field: str | None
    dtype: np.dtype[Any]
    shape: tuple[int, ...]  # of a row

    def of(self, block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return its values in some rows of its array: (rows, *shape)."""
        values = block if self.field is None else block[self.field]
        return values.reshape(len(values), *self.shape)


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open an .npz or .npy file.

    Args:
        request: the file; a key names the part of an archive that is divided into X_train, X_test and so on, and is
            refused for others, which are one table.

    Yields:
        Its arrays as columns, structured ones as their fields; `Contents.left_out` names what no column can hold, and
        arrays with another length than most.

    Raises:
        DataError: the file is damaged, no array is a column, two lengths are equally frequent, or it has no such part.
    """
    path = request.path
    with damaged(path, "npz", NPZ_ERRORS), ExitStack() as stack:
        archive = stack.enter_context(open_archive(path))
        members, objects, left_out = _members(request, archive)
        columns = _columns(members, left_out)
        if not columns:
            msg = f"{path}: no array can be a column; {left_out_note(left_out)}. Write arrays of numbers."
            raise DataError(msg)
        schema = pa.schema([(c.name, arrow_type(path, c.name, c.dtype, c.shape)) for c in columns])
        texts = _texts(archive, objects, columns[0].member.shape[0], left_out)
        opened = stack.pop_all()
    with opened:
        batches = with_texts(_batches(path, archive, columns, schema), texts)
        parts = [partial(_blocks, path, archive, member, columns) for member in _members_of(columns)]
        rows, in_order = columns[0].member.shape[0], _reason_in_order(_members_of(columns), texts)
        rows_of, raw = partial(_rows, path, columns), partial(_raw, path, columns)
        ranges = None if in_order else Ranges(starts_of(rows), rows_of, raw)
        schema = pa.schema([*schema, *(pa.field(name, pa.string()) for name in texts)])
        parts = [] if texts else parts
        yield Contents(schema, rows, batches, left_out, parts=parts, ranges=ranges, in_order=in_order)


def list_tables(request: Request) -> Iterator[TableListing]:
    """List the parts of an archive that is divided for training and test; another is one table.

    Args:
        request: the file.

    Yields:
        Each part, with the length that most of its arrays have.

    Raises:
        DataError: the file is damaged, or no array is a column.
    """
    with damaged(request.path, "npz", NPZ_ERRORS), open_archive(request.path) as archive:
        parts = parts_of(info.filename.removesuffix(".npy") for info in archive.infolist())
    for key in parts or [None]:
        with open_file(replace(request, key=key)) as contents:
            yield TableListing(key, contents.rows, tuple(contents.schema.names))


def _members_of_part(request: Request, members: list[Member], left_out: dict[str, str]) -> list[Member]:
    """Return the arrays of the part that a request names, by the names of their columns; without a key, all."""
    if request.key is None:
        return members
    parts = parts_of(member.name for member in members)
    if not parts:
        refuse_key(request, "an npz file")
    if request.key not in parts:
        msg = f"{request.path}: has no part {request.key}. Its parts are {', '.join(parts)}: --key {next(iter(parts))}"
        raise DataError(msg)
    names = parts[request.key]
    left_out |= {member.name: f"it is not of the part {request.key}" for member in members if member.name not in names}
    return [replace(member, name=names[member.name]) for member in members if member.name in names]


def _members(request: Request, archive: Archive) -> tuple[list[Member], list[Member], dict[str, str]]:
    """Return the arrays of the table, those of Python objects, and the reasons why others are left out."""
    path, infos = request.path, archive.infolist()
    refuse_bomb(path, sum(i.file_size for i in infos), sum(i.compress_size for i in infos))
    if not infos:
        msg = f"{path}: holds no array. Write at least one with numpy.savez."
        raise DataError(msg)
    if len({info.filename for info in infos}) < len(infos):
        msg = f"{path}: two arrays have the same name. Write the file again with one array per name."
        raise DataError(msg)
    left_out = {info.filename: "it is not a NumPy array" for info in infos if not info.filename.endswith(".npy")}
    left_out |= {info.filename: "it is encrypted" for info in infos if info.flag_bits & 1}
    members = [member_of(path, archive, info) for info in infos if info.filename not in left_out]
    members = _members_of_part(request, members, left_out)
    for member in members:
        reason = None if member.shape or member.dtype.hasobject else "it is a single value, not one per row"
        if member.dtype.names is None and reason is None:
            reason = no_column(member.dtype, member.shape[1:])
        if reason is not None:
            left_out[member.name] = reason
    objects = [member for member in members if member.dtype.hasobject and len(member.shape) == 1]
    members = [member for member in members if member.name not in left_out]
    texts = [member.name for member in members if member.dtype.kind in "SU"]
    rows = common_rows({member.name: member.shape for member in members}, texts) if members else 0
    if rows is None:
        shapes = ", ".join(f"{member.name} {member.shape}" for member in members)
        parts = parts_of(member.name for member in members)
        step = f"Choose a part: --key {next(iter(parts))}" if parts else "Write one file for each length"
        msg = f"{path}: arrays of several lengths, each equally frequent: {shapes}. {step}."
        raise DataError(msg)
    left_out |= {m.name: other_rows(m.shape, rows) for m in members if m.shape[0] != rows}
    return [member for member in members if member.name not in left_out], objects, left_out


def _texts(archive: Archive, objects: list[Member], rows: int, left_out: dict[str, str]) -> dict[str, pa.Array]:
    """Return arrays of Python objects that are texts; others stay left out."""
    texts_by_name = {}
    for member in objects:
        if member.shape[0] == rows:
            with archive.open(member.info) as stream, contextlib.suppress(ValueError):
                stream.read(member.header_bytes)
                texts = pickled_texts(stream.read())
                if len(texts) == rows:
                    texts_by_name[member.name] = pa.array(texts, pa.string())
                    del left_out[member.name]
    return texts_by_name


def _columns(members: list[Member], left_out: dict[str, str]) -> list[_Column]:
    """Return the columns: arrays, and the fields of structured ones, prefixed by their array where names clash."""
    parts = [(member, field) for member in members for field in member.dtype.names or (None,)]
    occurrences = Counter(field or member.name for member, field in parts)
    columns = []
    for member, field in parts:
        short = field or member.name
        name = short if field is None or occurrences[short] == 1 else f"{member.name}.{field}"
        dtype = member.dtype if field is None else member.dtype[field]
        shape = () if field is None and member.shape[1:] == (1,) else (*member.shape[1:], *dtype.shape)
        reason = None if field is None else no_column(dtype.base, shape)
        if reason is None:
            columns.append(_Column(name, member, field, dtype.base, shape))
        else:
            left_out[name] = reason
    return columns


def _members_of(columns: list[_Column]) -> list[Member]:
    return list({column.member.name: column.member for column in columns}.values())


def _blocks(path: Path, archive: Archive, member: Member, columns: list[_Column]) -> Iterator[Block]:
    """Yield the columns of one array."""
    columns_here = [column for column in columns if column.member is member]
    rows = member.shape[0]
    step = rows_per_batch(member.row_bytes) if member.by_column else rows_per_block(member.row_bytes)
    with damaged(path, "npz", NPZ_ERRORS), data_of(archive, member) as stream:
        for start in range(0, rows, step):
            block = take(stream, member, start, min(step, rows - start))
            arrays = [to_arrow(path, column.name, column.of(block)) for column in columns_here]
            yield Block(start, pa.record_batch(arrays, names=[column.name for column in columns_here]))
        stream.read(1)  # at the end of a member zipfile checks its checksum


def _batches(path: Path, archive: Archive, columns: list[_Column], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    members = _members_of(columns)
    rows = members[0].shape[0]
    step = rows_per_batch(sum(m.row_bytes for m in members))
    with damaged(path, "npz", NPZ_ERRORS), ExitStack() as stack:
        streams = [stack.enter_context(data_of(archive, member)) for member in members]
        for start in range(0, rows, step):
            count = min(step, rows - start)
            blocks = {
                member.name: take(stream, member, start, count) for member, stream in zip(members, streams, strict=True)
            }
            arrays = [to_arrow(path, column.name, column.of(blocks[column.member.name])) for column in columns]
            yield pa.record_batch(arrays, schema=schema)
        for stream in streams:
            stream.read(1)  # at the end of a member zipfile checks its checksum


def _reason_in_order(members: list[Member], texts: Iterable[str]) -> str:
    """Return why rows cannot be read without those before them; empty if they can."""
    packed = [member.name for member in members if member.info.compress_type != zipfile.ZIP_STORED]
    if packed:
        return f'The array "{packed[0]}" is compressed: write it with numpy.savez, or as HDF5 or Parquet.'
    for name in texts:
        return f'The array "{name}" holds texts as Python objects: write it with .astype(str).'
    scattered = [member.name for member in members if member.by_column]
    if scattered:
        return (
            f'The array "{scattered[0]}" is in Fortran order, its rows are scattered: write it with '
            "numpy.ascontiguousarray."
        )
    return ""


def _rows(path: Path, columns: list[_Column], names: Sequence[str], start: int, stop: int) -> Iterator[pa.RecordBatch]:
    """Yield some rows of some columns of arrays that are not compressed."""
    by_name = {column.name: column for column in columns}
    chosen = [by_name[name] for name in names]
    blocks = {}
    with damaged(path, "npz", NPZ_ERRORS), path.open("rb") as file:
        for member in _members_of(chosen):
            file.seek(begin_of(path, file, member) + start * member.row_bytes)
            blocks[member.name] = take(file, member, start, stop - start)
        arrays = [to_arrow(path, column.name, column.of(blocks[column.member.name])) for column in chosen]
        yield pa.record_batch(arrays, names=list(names))


def _raw(path: Path, columns: list[_Column]) -> dict[str, RawRows]:
    """Return where the numbers of arrays lie that are not compressed."""
    with damaged(path, "npz", NPZ_ERRORS), path.open("rb") as file:
        return {
            column.name: RawRows(column.member.shape[0], [begin_of(path, file, column.member)])
            for column in columns
            if column.field is None and is_raw(column.dtype, arrow_type(path, column.name, column.dtype, column.shape))
        }
