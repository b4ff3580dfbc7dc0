"""Whether a column is there and holds numbers, or lists of numbers; messages say what it holds instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa

from netwright.errors import DataError, did_you_mean, first_few
from netwright.readers import check_exact, first_non_number, first_null, is_numeric, row_shape

if TYPE_CHECKING:
    from netwright.data.dataset import Dataset

__all__ = ["absent_column", "check_lists", "check_numbers"]

_COMMA = re.compile(r"\s*[+-]?\d+,\d+(e[+-]?\d+)?\s*", re.IGNORECASE)


def check_numbers(dataset: Dataset, name: str) -> None:
    """Refuse a column that `Dataset.column` would refuse, without converting it.

    Args:
        dataset: the rows.
        name: a column.

    Raises:
        DataError: there is no such column, or it does not hold numbers.
    """
    column = dataset.arrow(name)
    if pa.types.is_string(column.type):
        row = first_non_number(column)
        if row is None:
            msg = (
                f'{dataset.named_sources()}: column "{name}" holds numbers as text. Use it as identity or as '
                f'categorical, or derive numbers, which may be rounded: CAST("{name}" AS DOUBLE).'
            )
            raise DataError(msg)
        text = column[row].as_py()
        comma = ' If its commas are decimal, set data.csv: {decimal: ","}.' if _COMMA.fullmatch(text) else ""
        msg = (
            f'{dataset.locate(row)}: column "{name}" must hold numbers, but holds the text '
            f"{text!r} there. Correct it, or declare the column as categorical.{comma}"
        )
        raise DataError(msg)
    if not is_numeric(column.type):
        advice = "Use padded(name, at_most)" if pa.types.is_list(column.type) else "Derive a number from it"
        msg = f'{dataset.named_sources()}: column "{name}" has the type {column.type}, not numbers. {advice}.'
        raise DataError(msg)
    if row_shape(column.type):
        _refuse_null(dataset, name, column)
    try:
        check_exact(column)
    except OverflowError as error:
        msg = f'{dataset.named_sources()}: column "{name}" has missing values, and {error}. Write it without them.'
        raise DataError(msg) from error


def check_lists(dataset: Dataset, name: str) -> None:
    """Refuse a column that `Dataset.padded` would refuse, without converting it.

    Args:
        dataset: the rows.
        name: a column.

    Raises:
        DataError: there is no such column, it does not hold lists of numbers, or a list is missing.
    """
    column = dataset.arrow(name)
    is_list = pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type)
    if not is_list or row_shape(column.type.value_type) or not is_numeric(column.type.value_type):
        msg = (
            f'{dataset.named_sources()}: column "{name}" has the type {column.type}, not lists of numbers. '
            "Use column(name)."
        )
        raise DataError(msg)
    _refuse_null(dataset, name, column)


def absent_column(dataset: Dataset, name: str) -> DataError:
    """Return the error for a column that is not there: left out, read as its members, or misspelt.

    Args:
        dataset: the rows.
        name: a name that none of its columns has.

    Returns:
        The error, which is raised by the caller.
    """
    reason = dataset.left_out.get(name)
    members = [member for member in dataset.names if member.startswith(f"{name}.")]
    if reason is not None:
        text = f'"{name}" is left out: {reason}. Choose another column, or write it again.'
    elif members:
        text = f'"{name}" is read as its members: {first_few(members)}. Use these names.'
    else:
        text = f'there is no column "{name}".{did_you_mean(name, dataset.names)}'
    return DataError(f"{dataset.named_sources()}: {text}")


def _refuse_null(dataset: Dataset, name: str, column: pa.ChunkedArray) -> None:
    row = first_null(column)
    if row is not None:
        msg = f'{dataset.locate(row)}: column "{name}" holds no list there. Write an empty list, or a list of zeros.'
        raise DataError(msg)
