"""Columns of particles from any layout found in files: the entries of all rows one after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import is_numbered, numbers_in, of_number
from netwright.data.dataset import Dataset
from netwright.data.elements import element_name
from netwright.errors import DataError, did_you_mean
from netwright.readers import is_numeric, row_shape

__all__ = ["check_lists", "check_same_counts", "entries", "entry_counts", "numbers_of", "of_fixed_size"]

Whole = npt.NDArray[np.int64]

_ROWS_AT_ONCE = 65_536


def check_lists(
    dataset: Dataset, where: str, columns: Sequence[str], texts: Sequence[str] = (), vector: str | None = None
) -> None:
    """Refuse columns that do not hold one entry per particle, or not as many as the first column does.

    Args:
        dataset: the columns.
        where: the group, for messages.
        columns: names; patterns with ``{i}`` stand for numbered columns.
        texts: those that may hold words.
        vector: a further column, of shape (P, 4), with as many particles.

    Raises:
        DataError: a column is missing or of another layout, a list is missing, or two columns of a row differ in
            length.
    """
    for column in columns:
        if is_numbered(column):
            for number in numbers_of(dataset, column):
                _check_one(dataset, where, of_number(column, number), (), words=column in texts)
        else:
            _check_one(dataset, where, column, (1,), words=column in texts)
    columns = [*([] if vector is None else [vector]), *columns]
    rule = "; the columns of a group need one entry for each particle. Make a group of each collection."
    check_same_counts(dataset, columns, rule, where=where)


def entry_counts(dataset: Dataset, column: str) -> Whole:
    """Return how many entries each row of a column has.

    Args:
        dataset: the columns.
        column: a name, or a pattern with ``{i}``.

    Returns:
        Shape (rows,).
    """
    if is_numbered(column):
        return np.full(dataset.rows, len(numbers_of(dataset, column)), np.int64)
    values = dataset.arrow(column)
    shape = row_shape(values.type)
    if shape:
        return np.full(dataset.rows, shape[0], np.int64)
    return np.asarray(pc.list_value_length(values).to_numpy(), dtype=np.int64)


def entries(dataset: Dataset, column: str) -> pa.ChunkedArray:
    """Return the entries of all rows of a column, one row after another.

    Args:
        dataset: the columns, of which `check_lists` accepts this one.
        column: a name, or a pattern with ``{i}``.

    Returns:
        Shape (entries,), in the unit of the file.
    """
    if not is_numbered(column):
        values = pc.list_flatten(dataset.arrow(column))
        return values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    numbered = [dataset.arrow(of_number(column, n)) for n in numbers_of(dataset, column)]
    joined = pa.chunked_array([chunk for values in numbered for chunk in values.chunks])
    order = np.arange(len(joined)).reshape(len(numbered), dataset.rows).T.ravel()
    return joined.take(pa.array(order))


def of_fixed_size(dataset: Dataset, column: str) -> bool:
    """Return whether a column has as many entries in each row, so that some of them may be padding.

    Args:
        dataset: the columns.
        column: a name, or a pattern with ``{i}``.

    Returns:
        True for arrays and numbered columns.
    """
    return is_numbered(column) or bool(row_shape(dataset.arrow(column).type))


def numbers_of(dataset: Dataset, pattern: str) -> list[int]:
    """Return the numbers of numbered columns.

    Args:
        dataset: the columns.
        pattern: a name with ``{i}``, such as ``E_{i}`` for E_0, E_1 and so on.

    Returns:
        The numbers, increasing, without a gap.

    Raises:
        DataError: there is no such column, or one between the first and the last is missing.
    """
    numbers = sorted(numbers_in(pattern, dataset.names).values())
    if not numbers or len(numbers) <= numbers[-1] - numbers[0]:
        missing = next((i for i in range(numbers[0], numbers[-1]) if i not in numbers), 0) if numbers else 0
        missing_name = of_number(pattern, missing)
        msg = f'{dataset.named_sources()}: there is no column "{missing_name}" for {pattern}.'
        raise DataError(msg + did_you_mean(missing_name, dataset.names))
    return numbers


def check_same_counts(dataset: Dataset, columns: Sequence[str], rule: str, *, where: str = "") -> None:
    """Check that columns have as many entries as the first of them, in every row.

    Args:
        dataset: the columns.
        columns: names, or patterns with ``{i}``; the first holds the particles.
        rule: the end of the message: what is expected, and the next step.
        where: what the columns are of, for the message.

    Raises:
        DataError: a column has another number of entries in a row, the first of which is named.
    """
    for column in columns[1:]:
        for start in range(0, dataset.rows, _ROWS_AT_ONCE):
            block = dataset.slice(start, start + _ROWS_AT_ONCE)
            first, counts = entry_counts(block, columns[0]), entry_counts(block, column)
            differ = np.flatnonzero(first != counts)
            if len(differ):
                row = int(differ[0])
                row_name = f"{where}: {block.locate(row)}" if where else block.locate(row)
                msg = f"{row_name}: {columns[0]} holds {first[row]} particles and {column} {counts[row]}{rule}"
                raise DataError(msg)


def _check_one(dataset: Dataset, where: str, column: str, shape: tuple[int, ...], *, words: bool) -> None:
    """Check that a column has one entry per particle: lists and arrays of shape (P,), or one per numbered column."""
    values = dataset.arrow(column)
    kind = values.type
    is_list = pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind)
    inner = kind.value_type if is_list else kind
    if is_list != bool(shape) or not (
        (is_numeric(inner) and not row_shape(inner)) or (words and pa.types.is_string(inner))
    ):
        expected = "one number" if not shape else "a list of numbers, or an array of shape (P,),"
        first = element_name(column, 0)
        named = f"Name its elements ({first} is the first)" if dataset.has(first) and shape else "Name other columns"
        msg = (
            f"{where}: {dataset.named_sources()}: column {column} has the type {kind}; particles need {expected} in "
            f"each row{', or words' if words else ''}. {named}, or derive them with data.derived."
        )
        raise DataError(msg)
    if shape and values.null_count:
        row = int(pc.index(values.is_null(), value=True).as_py())
        msg = f"{where}: {dataset.locate(row)}: column {column} holds no list there. Write an empty list."
        raise DataError(msg)
