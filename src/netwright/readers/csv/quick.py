"""Text tables without quotes: divided at line ends, and each block read in the types that the first lines suggest.

What is read so is what the careful way of two passes gives, or nothing: a value that does not have the suggested type,
or anything that the two ways could take differently, raises a `NotAsExpectedError`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pc_csv

from netwright.cpu_count import cpu_count
from netwright.readers._contract import Block, NotAsExpectedError, Part
from netwright.readers.csv.ranges import Range
from netwright.readers.csv.values import MISSING, Fit, Values, without_blanks

__all__ = ["batches_of", "expected_kinds", "first_row", "parts_of"]

_MARK = b"\xef\xbb\xbf"  # byte order mark
_TRUE, _FALSE = ("1", "true", "True", "TRUE"), ("0", "false", "False", "FALSE")


def expected_kinds(head: bytes, separator: str, names: Sequence[str], values: Values) -> dict[str, pa.DataType] | None:
    """Return the types that all values of the columns must have if their first ones decide.

    Args:
        head: the first lines that are rows, whole.
        separator: between values.
        names: of the columns.
        values: the settings for reading values.

    Returns:
        The type of each column; None if later values may decide for another without contradicting it.
    """
    if values.decimal == ",":
        return None
    fractions = _with_fractions(head, separator, names, values)
    others = [name for name in names if name not in fractions]
    if not others:
        return dict.fromkeys(names, pa.float64())
    try:
        convert = _conversion(values, include_columns=others)
        table = _table(head, names, pc_csv.ParseOptions(delimiter=separator), convert)
        kinds = {name: pa.float64() if name in fractions else _decided(table[name]) for name in names}
        undecided = [name for name, kind in kinds.items() if kind is None]
        if undecided:
            texts = _conversion(values, dict.fromkeys(undecided, pa.string()), include_columns=undecided)
            table = _table(head, names, pc_csv.ParseOptions(delimiter=separator), texts)
            kinds |= {name: _fitting(table[name], values) for name in undecided}
    except pa.ArrowInvalid:
        return None
    return None if None in kinds.values() else kinds


def _with_fractions(head: bytes, separator: str, names: Sequence[str], values: Values) -> set[str]:
    """Return the columns of numbers with a fraction: to try all types for them takes ten times as long.

    Where a column of texts is among them, none is returned.
    """
    try:
        doubles = _conversion(values, dict.fromkeys(names, pa.float64()))
        table = _table(head, names, pc_csv.ParseOptions(delimiter=separator), doubles)
    except pa.ArrowInvalid:
        return set()
    if not table.num_rows:
        return set()
    (batch,) = table.combine_chunks().to_batches()
    numbers = np.stack([column.to_numpy(zero_copy_only=False) for column in batch.columns])  # NaN where missing
    fractions = (np.isfinite(numbers) & (np.floor(numbers) != numbers)).any(axis=1)
    return {name for name, fraction in zip(names, fractions, strict=True) if fraction}


def _decided(column: pa.ChunkedArray) -> pa.DataType | None:
    """Return the type of a column if a value shows that it can be no other one that is preferred."""
    if column.type in {pa.int64(), pa.null()}:
        return pa.int64()
    if column.type == pa.float64() and pc.any(pc.not_equal(pc.floor(column), column)).as_py():
        return pa.float64()
    return None


def _fitting(column: pa.ChunkedArray, values: Values) -> pa.DataType | None:
    """Return the first type that fits; None if later values may decide for another without contradicting it."""
    fit = Fit()
    for chunk in column.chunks:
        fit.update(chunk, values)
    if fit.inexact or fit.undecided:
        return None
    if not fit.kinds and pc.any(pc.not_equal(pc.utf8_trim_whitespace(column), column)).as_py():
        return None  # without the blanks it may be numbers
    return fit.kinds[0] if fit.kinds else pa.string()


def first_row(head: bytes, *, header: bool) -> int | None:
    """Return where the rows begin.

    Args:
        head: the beginning of the file.
        header: whether its first line is a header.

    Returns:
        A position in bytes; None if the header may be more than a line.
    """
    if not header:
        return len(_MARK) * head.startswith(_MARK)
    end = head.find(b"\n") + 1
    return end if end and head[:end].count(b'"') % 2 == 0 and b"\r" not in head[: end - 2] else None


def parts_of(ranges: Sequence[Range], separator: str, kinds: Mapping[str, pa.DataType], values: Values) -> list[Part]:
    """Return how to read the ranges.

    Args:
        ranges: from `ranges_of`.
        separator: between values.
        kinds: from `expected_kinds`.
        values: the settings for reading values.

    Returns:
        One part for each; reading it raises a `NotAsExpectedError` where a value has another type.
    """
    parse = pc_csv.ParseOptions(delimiter=separator)
    conversions = [_conversion(values, kinds)]
    if not values.missing:
        conversions.insert(0, _conversion(values, kinds, words=[""]))
    return [partial(_blocks, lines, list(kinds), parse, conversions) for lines in ranges]


def _conversion(
    values: Values,
    kinds: Mapping[str, pa.DataType] | None = None,
    include_columns: Sequence[str] = (),
    words: Sequence[str] = MISSING,
) -> pc_csv.ConvertOptions:
    """Return how to convert values; words are those for missing numbers, besides the user's."""
    return pc_csv.ConvertOptions(
        column_types=kinds,
        null_values=[*words, *values.missing],
        true_values=_TRUE,
        false_values=_FALSE,
        include_columns=include_columns,
    )


def _table(data: bytes, names: Sequence[str], parse: pc_csv.ParseOptions, convert: pc_csv.ConvertOptions) -> pa.Table:
    read_options = pc_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1)
    return pc_csv.read_csv(pa.BufferReader(data), read_options, parse, convert)


def batches_of(parts: Sequence[Part]) -> Iterator[pa.RecordBatch]:
    """Yield the rows of all parts in order, which several threads read ahead.

    Args:
        parts: from `parts_of`.

    Yields:
        Record batches.
    """
    with ThreadPoolExecutor(cpu_count()) as threads:
        waiting: list[Future[list[Block]]] = []
        try:
            for part in parts:
                waiting.append(threads.submit(_read_all, part))
                if len(waiting) > 2 * cpu_count():
                    yield from (block.batch for block in waiting.pop(0).result())
            while waiting:
                yield from (block.batch for block in waiting.pop(0).result())
        finally:
            threads.shutdown(cancel_futures=True)


def _read_all(part: Part) -> list[Block]:
    return list(part())


def _blocks(
    lines: Range, names: Sequence[str], parse: pc_csv.ParseOptions, conversions: Sequence[pc_csv.ConvertOptions]
) -> Iterator[Block]:
    with lines.path.open("rb", buffering=0) as file:
        file.seek(lines.begin)
        data = file.read(lines.end - lines.begin)
    if _may_hold_words(data):
        conversions = conversions[-1:]
    table = _read(data, names, parse, conversions)
    if table.num_rows != lines.rows:  # blank lines, or lines that end in another way
        raise NotAsExpectedError
    (batch,) = table.to_batches()  # it was read as one block
    for index, field in enumerate(batch.schema):
        if pa.types.is_string(field.type):
            batch = batch.set_column(index, field, without_blanks(batch.column(index)))
    yield Block(lines.start, batch)


def _may_hold_words(data: bytes) -> bool:
    """Return whether there may be a word for a missing value, which is not an error as a number: nan, NaN."""
    return b"n" in data or b"N" in data


def _read(
    data: bytes, names: Sequence[str], parse: pc_csv.ParseOptions, conversions: Sequence[pc_csv.ConvertOptions]
) -> pa.Table:
    """Read rows; without words for missing values first, which takes a tenth less."""
    for convert in conversions[:-1]:
        with contextlib.suppress(pa.ArrowInvalid):
            return _table(data, names, parse, convert)
    try:
        return _table(data, names, parse, conversions[-1])
    except pa.ArrowInvalid as error:
        raise NotAsExpectedError from error
