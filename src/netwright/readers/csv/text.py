"""The bytes of a text table as lines of UTF-8 without comments: decompressed, decoded and cleaned block by block."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from netwright.errors import DataError
from netwright.readers._limits import refuse_bomb
from netwright.readers.csv.dialect import Dialect
from netwright.readers.csv.lines import BLANKS, fields_of, is_number, without_comment

__all__ = ["UNPACKERS", "UNPACK_ERRORS", "cleaned", "encoding_of", "opened"]

UNPACK_ERRORS = (EOFError, zlib.error, lzma.LZMAError)
_BLOCK_BYTES = 2**20
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n\r\f\v"
_CONTROLS = frozenset({*range(0x20), 0x7F}) - frozenset(b"\t\n\r\f\v")  # never part of text
_UNPRINTED = frozenset(range(0x80, 0xA0))  # control characters in latin-1; printable in cp1252


UNPACKERS: dict[str, Callable[[Path], Any]] = {
    ".gz": gzip.GzipFile,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".zst": lambda path: pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"),
}


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file, limited to the size that a file may unpack to."""

    def __init__(self, blocks: Generator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks
        self._unread = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]  # typeshed's protocol is of Python 3.12
        while not self._unread:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._unread = block
        count = min(len(view), len(self._unread))
        view[:count], self._unread = self._unread[:count], self._unread[count:]
        return count

    def close(self) -> None:
        self._blocks.close()
        super().close()


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, decompressed if its suffix says that it is compressed.

    Args:
        path: the file.

    Yields:
        Its bytes; reading raises a DataError once they exceed the size that a file may unpack to.
    """
    with ExitStack() as stack:
        unpack = UNPACKERS.get(path.suffix.lower())
        if unpack is None:
            yield stack.enter_context(path.open("rb"))
            return
        packed = stack.enter_context(unpack(path))
        yield stack.enter_context(io.BufferedReader(_Stream(_limited(path, packed)), _BLOCK_BYTES))


def encoding_of(head: bytes, *, complete: bool) -> str:
    """Find the encoding of text: from its byte order mark, else UTF-8 if valid, else UTF-16 by its zeros, else Latin-1.

    Args:
        head: the beginning of the text.
        complete: whether that is the complete text, so that its last character is not cut off.

    Returns:
        The name of the encoding.

    Raises:
        DataError: the bytes are not text; the message does not name the file.

    Example:
        >>> [encoding_of("µ,1".encode(name), complete=True) for name in ("utf-8", "latin-1", "utf-16-le")]
        ['utf-8', 'latin-1', 'utf-16-le']
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        even, odd = head[0::2], head[1::2]
        for encoding, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
            if 2 * zeros.count(0) > len(zeros) and others.count(0) == 0:
                return encoding
    strange = set(head.translate(None, _PLAIN))
    if strange & _CONTROLS:
        msg = (
            "cannot be read as CSV: it contains bytes that are never part of text; it is damaged or has another "
            "format. Copy it again, or give it the ending of its format."
        )
        raise DataError(msg)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=complete)
    except UnicodeDecodeError:
        return "cp1252" if strange & _UNPRINTED else "latin-1"
    return "utf-8"


def cleaned(stream: IO[bytes], encoding: str, dialect: Dialect) -> io.BufferedReader:
    """Return the rows of a text table as UTF-8: no comments, blank lines or header, single blanks between values.

    Args:
        stream: its bytes, decompressed.
        encoding: encoding of the bytes.
        dialect: dialect of the table.

    Returns:
        Bytes for a parser with one separator and quotes; reading raises a DataError, without the file's name, at a
        line that looks like a comment but has the values of a row.
    """
    text = io.TextIOWrapper(stream, encoding=encoding, newline=None)
    return io.BufferedReader(_Stream(_packed(text, dialect)), _BLOCK_BYTES)


def _limited(path: Path, packed: IO[bytes]) -> Generator[bytes]:
    done, stored = 0, path.stat().st_size
    while block := packed.read(_BLOCK_BYTES):
        done += len(block)
        refuse_bomb(path, done, stored)
        yield block


def _packed(text: io.TextIOWrapper, dialect: Dialect) -> Generator[bytes]:
    """Yield lines joined into chunks of a fixed size."""
    block: list[str] = []
    size = 0
    with text:
        for line in _rows(text, dialect):
            block.append(line)
            size += len(line)
            if size >= _BLOCK_BYTES:
                yield "".join(block).encode()
                block, size = [], 0
        yield "".join(block).encode()


def _rows(text: io.TextIOWrapper, dialect: Dialect) -> Iterator[str]:
    """Yield the lines that belong to rows; within quotes, every line does."""
    behind = dialect.comments if dialect.comments_behind else ()
    above = dialect.counts is not None or dialect.names_separator
    header, units, begun, quoted = dialect.header, dialect.units, False, False
    for stored in text:
        line = stored if quoted or not behind else without_comment(stored, behind)
        inside, quoted = quoted, quoted ^ bool(line.count('"') % 2)
        bare = line.strip()
        if not inside and bare.startswith(dialect.comments):
            quoted = False
            if begun:
                _refuse_a_row(bare, dialect)
        elif inside or bare:
            begun = True
            if above:
                above = False
            elif header:
                header = quoted  # a name may contain a line break
            elif units:
                units = False
            else:
                yield _one_blank(line) if dialect.separator == BLANKS else line


def _refuse_a_row(comment: str, dialect: Dialect) -> None:
    """Refuse a comment among the rows that has as many values as they have, unless the user set the comment prefix."""
    values = [] if dialect.comment_is_sure else fields_of(comment[1:], dialect.separator)
    if len(values) > 1 and len(values) == len(dialect.names) and any(map(is_number, values)):
        msg = (
            f"the line {comment[:80]!r} may be a comment or a row. Set data.csv: "
            f'{{comment: "{comment[0]}"}} if it is a comment, {{comment: ""}} if it is a row.'
        )
        raise DataError(msg)


def _one_blank(line: str) -> str:
    if '"' not in line:
        return " ".join(line.split()) + "\n"
    values = (value.replace('"', '""') for value in fields_of(line, BLANKS))
    return " ".join(f'"{value}"' for value in values) + "\n"
