"""NumPy archives (.npz): arrays of the same first dimension, streamed out of the zip file.

Such as the layout of top-tagging files: ``constituents`` (N, P, 4), ``truth_label`` (N,), ``truth_jet`` (N, 4).
"""

from __future__ import annotations

import math
import struct
import tempfile
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.readers._arrays import arrow_type, to_arrow
from netwright.data.readers._contract import Contents, Request, damaged, rows_per_batch
from netwright.data.readers._limits import refuse_bomb
from netwright.errors import DataError

__all__ = ["open_file"]

_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # a header that does not parse, a position outside the file
    SyntaxError,
    tokenize.TokenError,
    RecursionError,
    NotImplementedError,  # a zip version or a compression that zipfile does not know
)
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_SPOOL_BYTES = 2**22


@dataclass(frozen=True)
class _Member:
    """One array of the archive."""

    name: str
    info: zipfile.ZipInfo
    shape: tuple[int, ...]
    by_column: bool  # Fortran order: the first index runs fastest
    dtype: np.dtype[Any]

    @property
    def row_bytes(self) -> int:
        return math.prod(self.shape[1:]) * self.dtype.itemsize


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open an .npz file.

    Args:
        request: the file; a key is refused, because an archive is one table.

    Yields:
        Its arrays as columns.

    Raises:
        DataError: the file is damaged, an array is not a column, first dimensions differ, or a key is given.
    """
    path = request.path
    if request.key is not None:
        msg = f'{path}: an npz file is one table and takes no key. Received: key="{request.key}". Leave it out.'
        raise DataError(msg)
    with damaged(path, "npz", _ERRORS), ExitStack() as stack:
        archive = stack.enter_context(zipfile.ZipFile(path))
        members = _members(path, archive)
        schema = pa.schema([(m.name, arrow_type(path, m.name, m.dtype, m.shape[1:])) for m in members])
        opened = stack.pop_all()
    with opened:
        yield Contents(schema, members[0].shape[0], _batches(path, archive, members, schema))


def _members(path: Path, archive: zipfile.ZipFile) -> list[_Member]:
    infos = archive.infolist()
    refuse_bomb(path, sum(i.file_size for i in infos), sum(i.compress_size for i in infos))
    members = [_member(path, archive, info) for info in infos]
    if not members:
        msg = f"{path}: holds no array. Write at least one with numpy.savez."
        raise DataError(msg)
    first = members[0]
    for member in members:
        if not member.shape or member.shape[0] != first.shape[0]:
            msg = (
                f'{path}: all arrays must have the same first dimension, but "{first.name}" has the shape '
                f'{first.shape} and "{member.name}" has {member.shape}. Write them into separate files.'
            )
            raise DataError(msg)
    if len({member.name for member in members}) < len(members):
        msg = f"{path}: two arrays have the same name. Write the file again with one array a name."
        raise DataError(msg)
    return members


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    if not info.filename.endswith(".npy") or info.flag_bits & 1:
        msg = f'{path}: "{info.filename}" is not a plain array. Write the file with numpy.savez.'
        raise DataError(msg)
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as stream:
        shape, by_column, dtype = _header(stream)
        begin = stream.tell()
    if min(shape, default=0) < 0:
        msg = f'array "{name}" has the negative shape {shape}'
        raise ValueError(msg)
    arrow_type(path, name, dtype, shape[1:])
    if begin + math.prod(shape) * dtype.itemsize != info.file_size:
        msg = (
            f'{path}: array "{name}" declares the shape {shape} of {dtype}, which does not fit its '
            f"{info.file_size} bytes: the file is truncated or damaged. Copy it or write it again."
        )
        raise DataError(msg)
    return _Member(name, info, shape, by_column and len(shape) > 1, dtype)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        msg = f"the array has the unknown format version {version}"
        raise ValueError(msg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a header that Python 2 wrote is as good
        shape, by_column, dtype = _HEADERS[version](stream)
    return shape, by_column, dtype


def _batches(
    path: Path, archive: zipfile.ZipFile, members: list[_Member], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    rows = members[0].shape[0]
    step = rows_per_batch(sum(m.row_bytes for m in members))
    with damaged(path, "npz", _ERRORS), ExitStack() as stack:
        streams = [stack.enter_context(_open(archive, member)) for member in members]
        for start in range(0, rows, step):
            count = min(step, rows - start)
            columns = [
                to_arrow(path, member.name, _take(stream, member, start, count))
                for member, stream in zip(members, streams, strict=True)
            ]
            yield pa.record_batch(columns, schema=schema)
        for stream in streams:
            stream.read(1)  # at the end of a member zipfile compares its checksum


@contextmanager
def _open(archive: zipfile.ZipFile, member: _Member) -> Iterator[IO[bytes]]:
    """Yield the numbers of an array; unpacked to a temporary file where rows are scattered over it."""
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
