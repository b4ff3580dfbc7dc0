"""CSV and other text tables: one row per line, in any dialect, which is inferred from the first lines and reported.

The types are inferred from all rows, not from the first ones: a first pass reads every value as text and keeps the
types that fit, a second converts.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from netwright.errors import DataError
from netwright.readers._contract import Contents, Request
from netwright.readers._refusals import damaged, refuse_key
from netwright.readers._text_format import TextFormat
from netwright.readers.csv.counts import with_classes, with_is_signal
from netwright.readers.csv.dialect import Dialect, find_dialect, width_without_header
from netwright.readers.csv.not_tables import FIXED_WIDTHS
from netwright.readers.csv.quick import batches_of, expected_kinds, first_row, parts_of
from netwright.readers.csv.ranges import ranges_of
from netwright.readers.csv.text import UNPACK_ERRORS, UNPACKERS, cleaned, encoding_of, opened
from netwright.readers.csv.values import Fit, Values, decimal_of

__all__ = ["open_file", "without_header"]

_ERRORS = (pa.ArrowException, OSError, UnicodeError, *UNPACK_ERRORS)
_BLOCK_BYTES = 16 * 2**20
_MAX_BYTES = 2**30  # for each column of texts, the parser reserves memory for the whole block
_HEAD_BYTES = 2**20  # from which the dialect is inferred
_GLANCE_BYTES = 2**17  # of which every value is read, to expect a type
_ODD_ROW = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)(?:: (.*))?", re.DOTALL)  # pyarrow's message
_JOINED = re.compile(r"\d[+-]\d*\.\d")  # two numbers without a blank between them
_UTF8 = {"utf-8", "utf8", "utf-8-sig", "utf_8", "ascii"}
_BEHIND = "\0behind"  # name of a column for values after the last separator of a row
_REMEDY = "data.csv says how such a file is written: separator, decimal, comment, encoding, names, missing"


@dataclass(frozen=True)
class _Text:
    """A text table and its dialect."""

    path: Path
    encoding: str
    dialect: Dialect
    values: Values

    @property
    def plain(self) -> bool:
        """Whether the parser can read the file without changes."""
        dialect = self.dialect
        odd = dialect.comments or dialect.blank_lines or dialect.separator == " " or dialect.units
        above = dialect.counts or dialect.names_separator
        return not odd and not above and self.encoding.lower() in _UTF8

    @contextmanager
    def blocks(self, *, threads: bool) -> Iterator[Iterable[pa.RecordBatch]]:
        """Yield rows with every value as text; the parser's messages name the row only without threads."""
        names = [*self.dialect.names, *([_BEHIND] if self.dialect.trailing else [])]
        skip = int(self.plain and self.dialect.header)
        size = max(_HEAD_BYTES, min(_BLOCK_BYTES, _MAX_BYTES // len(names)))
        read = pc_csv.ReadOptions(block_size=size, column_names=names, skip_rows=skip, use_threads=threads)
        parse = pc_csv.ParseOptions(delimiter=self.dialect.separator, newlines_in_values=True)
        kinds = pc_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        with opened(self.path) as stream:
            if self.plain:
                yield pc_csv.open_csv(stream, read, parse, kinds)
                return
            with _naming(self.path), cleaned(stream, self.encoding, self.dialect) as rows:
                yield pc_csv.open_csv(rows, read, parse, kinds) if rows.peek(1) else ()


@contextmanager
def open_file(request: Request) -> Iterator[Contents]:
    """Open a text table.

    Args:
        request: the file, and its dialect where it cannot be inferred; a key is refused, because a text table is one
            table.

    Yields:
        Its columns; an empty value (or NA, NaN, null, ?, -) in a numeric column is missing, and words have no blanks
        around them.

    Raises:
        DataError: a line has too many or too few values, there is no header, the decimal mark is ambiguous, or a key
            is given.
    """
    path = request.path
    refuse_key(request, "a CSV file")
    with damaged(path, "CSV", _ERRORS):
        text = _find_text(path, request.csv)
        quick = None if request.careful else _quick(request, text)
    if quick is not None:
        yield quick
        return
    with damaged(path, "CSV", _ERRORS), _naming_the_row(text):
        fits, rows = _infer(request, text)
    with _naming(path):
        decimal = decimal_of(fits, request.csv.decimal, quoted=text.dialect.separator == ",")
    text = _Text(path, text.encoding, text.dialect, Values(text.values.missing, decimal))
    schema = pa.schema([(name, fit.kind(decimal)) for name, fit in fits.items()])
    batches = _batches(text, schema)
    if counts := text.dialect.counts:
        schema = with_is_signal(path, schema, counts, rows)
        batches = with_classes(batches, schema, counts[0])
    yield Contents(schema, rows, batches, remarks=_remarks(text, fits))


def _quick(request: Request, text: _Text) -> Contents | None:
    """Return the contents read in one pass; None if that may give something else than two."""
    if not text.plain or text.path.suffix.lower() in UNPACKERS or text.dialect.trailing:
        return None
    with text.path.open("rb") as stream:
        head, complete = _head(stream)
    begin = first_row(head, header=text.dialect.header)
    if begin is None:
        return None
    end = len(head)
    if not complete or end > begin + _GLANCE_BYTES:
        end = head.rfind(b"\n", begin, max(begin + _GLANCE_BYTES, head.find(b"\n", begin) + 1)) + 1
    separator, names = text.dialect.separator, text.dialect.names
    kinds = expected_kinds(head[begin:end], separator, names, text.values)
    ranges = None if kinds is None else ranges_of(text.path, begin, separator, len(names), request.progress)
    if kinds is None or not ranges:
        return None
    parts = parts_of(ranges, separator, kinds, text.values)
    rows = ranges[-1].start + ranges[-1].rows
    return Contents(pa.schema(kinds), rows, batches_of(parts), remarks=_remarks(text, {}), parts=parts)


def _find_text(path: Path, settings: TextFormat) -> _Text:
    """Find the dialect of a file."""
    with opened(path) as stream:
        head, complete = _head(stream)
    with _naming(path):
        encoding = settings.encoding or encoding_of(head, complete=complete)
        text = codecs.getincrementaldecoder(encoding)().decode(head, final=complete)
        dialect = find_dialect(text, settings, complete=complete)
    values = Values(settings.missing, settings.decimal, guess_comma=settings.decimal is None)
    return _Text(path, encoding, dialect, values)


def without_header(path: Path, settings: TextFormat) -> TextFormat | None:
    """Return how to read a text table without a header: columns are named column_1, column_2 and so on.

    Args:
        path: the file.
        settings: the user's settings.

    Returns:
        The settings with names, and with the line of counts where there is one; None where there is a header, or names
        are given.

    Raises:
        DataError: the text cannot be decoded.
    """
    with opened(path) as stream:
        head, complete = _head(stream)
    with _naming(path):
        encoding = settings.encoding or encoding_of(head, complete=complete)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head, final=complete)
    width, has_counts = width_without_header(text, settings)
    if not (has_counts or (width and not settings.names)):
        return None
    names = settings.names or [f"column_{number}" for number in range(1, width + 1)]
    return replace(settings, names=names, counts=has_counts or settings.counts)


def _head(stream: IO[bytes]) -> tuple[bytes, bool]:
    """Return the beginning of a file, at least two lines if there are, and whether that is the complete file."""
    head = b""
    while len(head) < 16 * _HEAD_BYTES:
        block = stream.read(_HEAD_BYTES)
        head += block
        if not block:
            return head, True
        if len(head) >= _HEAD_BYTES and head.count(b"\n") + head.count(b"\r") > 2:
            break
    return head, False


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Prefix the messages on a text with its file."""
    try:
        yield
    except DataError as error:
        if path.name in str(error):
            raise
        msg = f"{path}: {error}"
        raise DataError(msg) from error


@contextmanager
def _naming_the_row(text: _Text) -> Iterator[None]:
    """Report which row has too many or too few values."""
    try:
        yield
    except pa.ArrowInvalid as error:
        match = _ODD_ROW.search(str(error))
        if match is None:
            raise
        row = int(match[1]) - 1 - int(text.plain and text.dialect.header)  # pyarrow counts from 1, with the header
        hint = f"The file may be truncated; repair it. {_REMEDY}."
        if (match[4] or "").lstrip().startswith("#"):
            hint = 'If that line is a comment, set data.csv: {comment: "#"}.'
        elif "#" in (match[4] or ""):
            hint = "If what follows # is a comment, remove it: comments behind values are known by the first lines."
        elif _JOINED.search(match[4] or ""):
            hint = FIXED_WIDTHS
        msg = (
            f"{text.path.name}, row {row}: must have {match[2]} values, one per column, but has {match[3]} "
            f"(separator {text.dialect.separator!r}). {hint}"
        )
        raise DataError(msg) from error


def _infer(request: Request, text: _Text) -> tuple[dict[str, Fit], int]:
    """Return the types that fit every value of each column, and the number of rows."""
    names = text.dialect.names
    fits = {name: Fit() for name in names}
    task, rows, total = f"Scanning {request.path.name}", 0, request.path.stat().st_size / 1e6
    done = 0.0
    with text.blocks(threads=False) as blocks:
        for batch in blocks:
            for name, column in zip(names, batch.columns[: len(names)], strict=True):
                fits[name].update(column, text.values)
            _check_behind(text, batch, rows)
            rows += batch.num_rows
            done = min(0.99 * total, done + _BLOCK_BYTES / 1e6)
            request.progress(task, done, total, "MB")
    request.progress(task, total, total, "MB")
    return fits, rows


def _check_behind(text: _Text, batch: pa.RecordBatch, rows: int) -> None:
    """Refuse a value after the separator that ends the rows."""
    if not text.dialect.trailing:
        return
    position = pc.index(pc.equal(pc.utf8_trim_whitespace(batch.columns[-1]), ""), value=False).as_py()
    if position >= 0:
        msg = (
            f"{text.path.name}, row {rows + position}: has the value {batch.columns[-1][position].as_py()!r} after the "
            f"last column, where other rows end with a separator. Give the column a name in the header."
        )
        raise DataError(msg)


def _remarks(text: _Text, fits: Mapping[str, Fit]) -> tuple[str, ...]:
    """Report what was found and is not plain CSV."""
    oddities = list(text.dialect.remarks)
    if text.encoding.lower() not in _UTF8:
        oddities.append(f"encoding {text.encoding}")
    if text.values.decimal == ",":
        oddities.append("decimal commas")
    remarks = [f"Read as text with {', '.join(oddities)}; change it with data.csv"] if oddities else []
    exact = [name for name, fit in fits.items() if fit.inexact and pa.float64() in fit.kinds]
    remarks += [f"{name} is read as text: no 64-bit type holds all of its integers exactly" for name in exact]
    return tuple(remarks)


def _batches(text: _Text, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    with damaged(text.path, "CSV", _ERRORS), text.blocks(threads=True) as blocks:
        for batch in blocks:
            columns = [
                text.values.numbers(column, kind.type)
                for column, kind in zip(batch.columns[: len(schema)], schema, strict=True)
            ]
            yield pa.record_batch(columns, schema=schema)
