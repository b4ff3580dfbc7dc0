"""Arrays in NumPy's own format, in an archive (.npz) or alone (.npy): where they lie, and some rows of them."""

from __future__ import annotations

import ast
import math
import struct
import tempfile
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt

from netwright.errors import DataError

__all__ = ["NPZ_ERRORS", "Archive", "Member", "begin_of", "data_of", "member_of", "open_archive", "take"]

NPZ_ERRORS = (
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
class Member:
    """One array of the archive.

    Attributes:
        name: without the ending of its file.
        info: its entry in the archive.
        shape: of the whole array.
        by_column: Fortran order: the first index varies fastest.
        dtype: of its elements.
        header_bytes: the size of its header.
    """

    name: str
    info: zipfile.ZipInfo
    shape: tuple[int, ...]
    by_column: bool
    dtype: np.dtype[Any]
    header_bytes: int

    @property
    def row_bytes(self) -> int:
        """The size of a row in bytes."""
        return math.prod(self.shape[1:]) * self.dtype.itemsize


class Archive(Protocol):
    """The interface of an archive."""

    def infolist(self) -> list[zipfile.ZipInfo]:
        """Return its members."""

    def open(self, info: zipfile.ZipInfo, /) -> IO[bytes]:
        """Open one of them."""


class _SingleArray:
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
def open_archive(path: Path) -> Iterator[Archive]:
    """Open a file.

    Args:
        path: an .npz or .npy file.

    Yields:
        Its archive, for an .npy file one with a single member.
    """
    if path.suffix.lower() == ".npy":
        yield _SingleArray(path)
        return
    with zipfile.ZipFile(path) as archive:
        yield archive


def member_of(path: Path, archive: Archive, info: zipfile.ZipInfo) -> Member:
    """Return what the header of an array says.

    Args:
        path: the file, for messages.
        archive: from `open_archive`.
        info: the array's entry in it.

    Returns:
        The array's description.

    Raises:
        DataError: the array has another size than its header says.
        ValueError: the header is damaged.
    """
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as stream:
        shape, by_column, dtype = _read_header(stream)
        header_bytes = stream.tell()
    if min(shape, default=0) < 0:
        msg = f'array "{name}" has the negative shape {shape}'
        raise ValueError(msg)
    if not dtype.hasobject and header_bytes + math.prod(shape) * dtype.itemsize != info.file_size:
        msg = (
            f'{path}: array "{name}" declares the shape {shape} of {dtype}, which does not fit its '
            f"{info.file_size} bytes: the file is truncated or damaged. Copy it or write it again."
        )
        raise DataError(msg)
    return Member(name, info, shape, by_column and len(shape) > 1, dtype, header_bytes)


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


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Read the header of an array.

    Args:
        stream: at the beginning of the array; afterwards at its numbers.

    Returns:
        Its shape, whether it is in Fortran order, and the type of its elements.

    Raises:
        ValueError: the header is damaged.
    """
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        msg = f"the array has the unknown format version {version}"
        raise ValueError(msg)
    # In one thread only: NumPy parses it with ast.literal_eval, and Python 3.11 can fail if several threads parse text
    # at once (https://github.com/python/cpython/issues/106905).
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a header written by Python 2 is fine
        shape, by_column, dtype = _HEADERS[version](stream)
    return shape, by_column, dtype


def begin_of(path: Path, file: IO[bytes], member: Member) -> int:
    """Return where the numbers of an array begin.

    Args:
        path: the file.
        file: the same, open.
        member: an array that is not compressed.

    Returns:
        The offset in bytes.
    """
    return _begin_of_bytes(path, file, member.info) + member.header_bytes


def _begin_of_bytes(path: Path, file: IO[bytes], info: zipfile.ZipInfo) -> int:
    """Return where the bytes of an array begin: zipfile would read all bytes before those that are wanted."""
    if path.suffix.lower() == ".npy":
        return 0
    file.seek(info.header_offset + _NAME_SIZES)
    sizes = struct.unpack("<HH", _exactly(file, 4))
    return int(info.header_offset + _NAME_SIZES + 4 + sum(sizes))


@contextmanager
def data_of(archive: Archive, member: Member) -> Iterator[IO[bytes]]:
    """Open the numbers of an array; unpacked to a temporary file if its rows are scattered.

    Args:
        archive: from `open_archive`.
        member: one of its arrays.

    Yields:
        A stream for `take`.
    """
    with archive.open(member.info) as stream:
        _exactly(stream, member.header_bytes)
        if not member.by_column:
            yield stream
            return
        with tempfile.TemporaryFile() as spool:
            while block := stream.read(_SPOOL_BYTES):
                spool.write(block)
            yield spool


def take(stream: IO[bytes], member: Member, start: int, count: int) -> npt.NDArray[Any]:
    """Read some rows of an array.

    Args:
        stream: of its numbers; for rows that are not scattered, at the first of them.
        member: the array.
        start: the first row.
        count: how many.

    Returns:
        (count, *shape[1:]).

    Raises:
        EOFError: the array ends before.
    """
    if not member.by_column:
        data = _exactly(stream, count * member.row_bytes)
        return np.frombuffer(data, member.dtype).reshape(count, *member.shape[1:])
    size = member.dtype.itemsize
    blocks = []
    for column in range(math.prod(member.shape[1:])):
        stream.seek((column * member.shape[0] + start) * size)
        blocks.append(np.frombuffer(_exactly(stream, count * size), member.dtype))
    return np.stack(blocks).reshape(*reversed(member.shape[1:]), count).T


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        msg = f"the array ends {count - len(data)} bytes early"
        raise EOFError(msg)
    return data
