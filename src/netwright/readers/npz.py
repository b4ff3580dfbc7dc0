"""NumPy archives (.npz) and single arrays (.npy): arrays with the same first dimension, streamed from the file.

For example the layout of top-tagging files: ``constituents`` (N, P, 4), ``truth_label`` (N,), ``truth_jet`` (N, 4).
"""

from __future__ import annotations

import ast
import contextlib
import math
import struct
import tempfile
import tokenize
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._arrays import arrow_type, no_column, to_arrow
from netwright.readers._contract import (
    Contents,
    Piece,
    Ranges,
    Request,
    damaged,
    refuse_key,
    rows_per_batch,
    rows_per_piece,
    starts_of,
)  # fmt: skip
from netwright.readers._limits import refuse_bomb
from netwright.readers._npz_texts import pickled_texts, with_texts
from netwright.readers._raw_rows import RawRows, is_raw
from netwright.readers._rows_of import common_rows, other_rows
from netwright.readers.left_out import left_out_note

__all__ = ["open_file"]

_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # a header that cannot be parsed, a position outside the file
    SyntaxError,
    TypeError,  # an invalid type description
    tokenize.TokenError,
    RecursionError,
    NotImplementedError,  # an unsupported zip version or compression
)
_HEADER_BYTES = 10_000  # NumPy's own limit
_SPOOL_BYTES = 2**22
_NAME_SIZES = 26  # where a zip member's own header has the sizes of its name and its extra field


@dataclass(frozen=True)
class _Member:
    """One array of the archive."""

    name: str
    info: zipfile.ZipInfo
    shape: tuple[int, ...]
    by_column: bool  # Fortran order: the first index varies fastest
    dtype: np.dtype[Any]

    @property
    def row_bytes(self) -> int:
        return math.prod(self.shape[1:]) * self.dtype.itemsize


@dataclass(frozen=True)
class _Column:
    """A column: an array, or a field of a structured one."""

    name: str
    member: _Member
    field: str | None
    dtype: np.dtype[Any]
    shape: tuple[int, ...]  # of a row

    def of(self, block: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return its values in some rows of its array: (rows, *shape)."""
        values = block if self.field is None else block[self.field]
        return values.reshape(len(values), *self.shape)


class _Archive(Protocol):
    """The interface of an archive."""

    def infolist(self) -> list[zipfile.ZipInfo]:
        """Return its members."""

    def open(self, info: zipfile.ZipInfo, /) -> IO[bytes]:
        """Open one of them."""


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open an .npz or .npy file.

    Args:
        request: the file; a key is refused, because an archive is one table.

    Yields:
        Its arrays as columns, structured ones as their fields; `Contents.left_out` names what no column can hold, and
        arrays with another length than most.

    Raises:
        DataError: the file is damaged, no array is a column, two lengths are equally frequent, or a key is given.
    """
    path = request.path
    refuse_key(request, "an npz file")
    with damaged(path, "npz", _ERRORS), ExitStack() as stack:
        archive = stack.enter_context(_opened(path))
        members, objects, left_out = _members(path, archive)
        columns = _columns(members, left_out)
        if not columns:
            msg = f"{path}: no array can be a column; {left_out_note(left_out)}. Write arrays of numbers."
            raise DataError(msg)
        schema = pa.schema([(c.name, arrow_type(path, c.name, c.dtype, c.shape)) for c in columns])
        texts = _texts(archive, objects, columns[0].member.shape[0], left_out)
        opened = stack.pop_all()
    with opened:
        batches = with_texts(_batches(path, archive, columns, schema), texts)
        parts = [partial(_pieces, path, archive, member, columns) for member in _members_of(columns)]
        rows, in_order = columns[0].member.shape[0], _why_in_order(_members_of(columns), texts)
        rows_of, raw = partial(_rows, path, columns), partial(_raw, path, columns)
        ranges = None if in_order else Ranges(starts_of(rows), rows_of, raw)
        schema = pa.schema([*schema, *(pa.field(name, pa.string()) for name in texts)])
        parts = [] if texts else parts
        yield Contents(schema, rows, batches, left_out, parts=parts, ranges=ranges, in_order=in_order)


class _One:
    """A single .npy file with the interface of an archive."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def infolist(self) -> list[zipfile.ZipInfo]:
        info = zipfile.ZipInfo(self._path.name.removesuffix(self._path.suffix) + ".npy")
        info.file_size = info.compress_size = self._path.stat().st_size
        return [info]

    def open(self, info: zipfile.ZipInfo) -> IO[bytes]:  # noqa: ARG002  as an archive has it
        return self._path.open("rb")


@contextmanager
def _opened(path: Path) -> Iterator[_Archive]:
    if path.suffix.lower() == ".npy":
        yield _One(path)
        return
    with zipfile.ZipFile(path) as archive:
        yield archive


def _members(path: Path, archive: _Archive) -> tuple[list[_Member], list[_Member], dict[str, str]]:
    """Return the arrays of the table, those of Python objects, and the reasons why others are left out."""
    infos = archive.infolist()
    refuse_bomb(path, sum(i.file_size for i in infos), sum(i.compress_size for i in infos))
    if not infos:
        msg = f"{path}: holds no array. Write at least one with numpy.savez."
        raise DataError(msg)
    if len({info.filename for info in infos}) < len(infos):
        msg = f"{path}: two arrays have the same name. Write the file again with one array per name."
        raise DataError(msg)
    left_out = {info.filename: "it is not a NumPy array" for info in infos if not info.filename.endswith(".npy")}
    left_out |= {info.filename: "it is encrypted" for info in infos if info.flag_bits & 1}
    members = [_member(path, archive, info) for info in infos if info.filename not in left_out]
    for member in members:
        reason = None if member.shape else "it is a single value, not one per row"
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
        msg = f"{path}: arrays of several lengths, each equally frequent: {shapes}. Write one file for each length."
        raise DataError(msg)
    left_out |= {m.name: other_rows(m.shape, rows) for m in members if m.shape[0] != rows}
    return [member for member in members if member.name not in left_out], objects, left_out


def _texts(archive: _Archive, objects: list[_Member], rows: int, left_out: dict[str, str]) -> dict[str, pa.Array]:
    """Return arrays of Python objects that are texts; others stay left out."""
    found = {}
    for member in objects:
        if member.shape[0] == rows:
            with archive.open(member.info) as stream, contextlib.suppress(ValueError):
                _header(stream)
                texts = pickled_texts(stream.read())
                if len(texts) == rows:
                    found[member.name] = pa.array(texts, pa.string())
                    del left_out[member.name]
    return found


def _columns(members: list[_Member], left_out: dict[str, str]) -> list[_Column]:
    """Return the columns: arrays, and the fields of structured ones, prefixed by their array where names clash."""
    parts = [(member, field) for member in members for field in member.dtype.names or (None,)]
    times = Counter(field or member.name for member, field in parts)
    columns = []
    for member, field in parts:
        short = field or member.name
        name = short if field is None or times[short] == 1 else f"{member.name}.{field}"
        dtype = member.dtype if field is None else member.dtype[field]
        shape = () if field is None and member.shape[1:] == (1,) else (*member.shape[1:], *dtype.shape)
        reason = None if field is None else no_column(dtype.base, shape)
        if reason is None:
            columns.append(_Column(name, member, field, dtype.base, shape))
        else:
            left_out[name] = reason
    return columns


def _member(path: Path, archive: _Archive, info: zipfile.ZipInfo) -> _Member:
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as stream:
        shape, by_column, dtype = _header(stream)
        begin = stream.tell()
    if min(shape, default=0) < 0:
        msg = f'array "{name}" has the negative shape {shape}'
        raise ValueError(msg)
    if not dtype.hasobject and begin + math.prod(shape) * dtype.itemsize != info.file_size:
        msg = (
            f'{path}: array "{name}" declares the shape {shape} of {dtype}, which does not fit its '
            f"{info.file_size} bytes: the file is truncated or damaged. Copy it or write it again."
        )
        raise DataError(msg)
    return _Member(name, info, shape, by_column and len(shape) > 1, dtype)


def _header_3_0(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read a UTF-8 header, which NumPy writes for field names outside Latin-1 but has no public reader for."""
    (size,) = struct.unpack("<I", stream.read(4))
    if size > _HEADER_BYTES:
        msg = f"the header of {size} bytes is over the limit of {_HEADER_BYTES}"
        raise ValueError(msg)
    header = ast.literal_eval(stream.read(size).decode())
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        msg = "the header does not describe an array"
        raise ValueError(msg)
    shape, by_column = header["shape"], header["fortran_order"]
    if not isinstance(shape, tuple) or not all(type(n) is int for n in shape) or not isinstance(by_column, bool):
        msg = f"the header has the shape {shape!r} and the order {by_column!r}"
        raise ValueError(msg)
    return shape, by_column, np.lib.format.descr_to_dtype(header["descr"])


_HEADERS: dict[tuple[int, int], Callable[[IO[bytes]], tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): _header_3_0,
}


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        msg = f"the array has the unknown format version {version}"
        raise ValueError(msg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a header written by Python 2 is fine
        shape, by_column, dtype = _HEADERS[version](stream)
    return shape, by_column, dtype


def _members_of(columns: list[_Column]) -> list[_Member]:
    return list({column.member.name: column.member for column in columns}.values())


def _pieces(path: Path, archive: _Archive, member: _Member, columns: list[_Column]) -> Iterator[Piece]:
    """Yield the columns of one array."""
    own = [column for column in columns if column.member is member]
    rows = member.shape[0]
    step = rows_per_batch(member.row_bytes) if member.by_column else rows_per_piece(member.row_bytes)
    with damaged(path, "npz", _ERRORS), _open(archive, member) as stream:
        for start in range(0, rows, step):
            block = _take(stream, member, start, min(step, rows - start))
            arrays = [to_arrow(path, column.name, column.of(block)) for column in own]
            yield Piece(start, pa.record_batch(arrays, names=[column.name for column in own]))
        stream.read(1)  # at the end of a member zipfile checks its checksum


def _batches(path: Path, archive: _Archive, columns: list[_Column], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    members = _members_of(columns)
    rows = members[0].shape[0]
    step = rows_per_batch(sum(m.row_bytes for m in members))
    with damaged(path, "npz", _ERRORS), ExitStack() as stack:
        streams = [stack.enter_context(_open(archive, member)) for member in members]
        for start in range(0, rows, step):
            count = min(step, rows - start)
            blocks = {
                member.name: _take(stream, member, start, count)
                for member, stream in zip(members, streams, strict=True)
            }
            arrays = [to_arrow(path, column.name, column.of(blocks[column.member.name])) for column in columns]
            yield pa.record_batch(arrays, schema=schema)
        for stream in streams:
            stream.read(1)  # at the end of a member zipfile checks its checksum


def _why_in_order(members: list[_Member], texts: Iterable[str]) -> str:
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
    own = [by_name[name] for name in names]
    blocks = {}
    with damaged(path, "npz", _ERRORS), path.open("rb") as file:
        for member in _members_of(own):
            file.seek(_begin(path, file, member) + start * member.row_bytes)
            blocks[member.name] = _take(file, member, start, stop - start)
        arrays = [to_arrow(path, column.name, column.of(blocks[column.member.name])) for column in own]
        yield pa.record_batch(arrays, names=list(names))


def _raw(path: Path, columns: list[_Column]) -> dict[str, RawRows]:
    """Return where the numbers of arrays lie that are not compressed."""
    with damaged(path, "npz", _ERRORS), path.open("rb") as file:
        return {
            column.name: RawRows(column.member.shape[0], [_begin(path, file, column.member)])
            for column in columns
            if column.field is None and is_raw(column.dtype, arrow_type(path, column.name, column.dtype, column.shape))
        }


def _begin(path: Path, file: IO[bytes], member: _Member) -> int:
    """Return where the numbers of an array begin."""
    file.seek(_place(path, file, member.info))
    _header(file)
    return file.tell()


def _place(path: Path, file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Return where the bytes of an array begin: zipfile would read all bytes before those that are wanted."""
    if path.suffix.lower() == ".npy":
        return 0
    file.seek(info.header_offset + _NAME_SIZES)
    sizes = struct.unpack("<HH", _exactly(file, 4))
    return int(info.header_offset + _NAME_SIZES + 4 + sum(sizes))


@contextmanager
def _open(archive: _Archive, member: _Member) -> Iterator[IO[bytes]]:
    """Yield the data of an array; unpacked to a temporary file if its rows are scattered."""
    with archive.open(member.info) as stream:
        _header(stream)
        if not member.by_column:
            yield stream
            return
        with tempfile.TemporaryFile() as spool:
            while piece := stream.read(_SPOOL_BYTES):
                spool.write(piece)
            yield spool


def _take(stream: IO[bytes], member: _Member, start: int, count: int) -> npt.NDArray[Any]:
    """Return the rows [start, start + count): (count, *shape[1:])."""
    if not member.by_column:
        data = _exactly(stream, count * member.row_bytes)
        return np.frombuffer(data, member.dtype).reshape(count, *member.shape[1:])
    size = member.dtype.itemsize
    pieces = []
    for column in range(math.prod(member.shape[1:])):
        stream.seek((column * member.shape[0] + start) * size)
        pieces.append(np.frombuffer(_exactly(stream, count * size), member.dtype))
    return np.stack(pieces).reshape(*reversed(member.shape[1:]), count).T


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        msg = f"the array ends {count - len(data)} bytes early"
        raise EOFError(msg)
    return data
