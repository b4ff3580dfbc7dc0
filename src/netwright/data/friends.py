"""Friends: further columns of the same rows, in the same order or joined by index columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data.cache.gather import gathered
from netwright.data.cache.join import wider_type
from netwright.errors import DataError, did_you_mean
from netwright.readers import left_out_of, metadata, remarks_of

__all__ = ["Friend", "with_friend"]

Whole = npt.NDArray[np.int64]
Locate = Callable[[int], str]


class Friend:
    """A table with further columns.

    Args:
        table: (rows, columns).
        label: what it is called in messages.
        locate: from a row to its file and place, for messages.
        rows_of_files: the number of rows of each of its files.
    """

    def __init__(self, table: pa.Table, label: str, locate: Locate, rows_of_files: Sequence[int]) -> None:
        self.table, self.label, self.locate, self.rows_of_files = table, label, locate, list(rows_of_files)


def with_friend(main: Friend, friend: Friend, *, on: Sequence[str] = (), name: str | None = None) -> pa.Table:
    """Return a table with the columns of another.

    Columns that both have are kept once if their values agree.

    Args:
        main: the table.
        friend: the other.
        on: columns that name a row, in both; without them, the rows are the same in the same order.
        name: if given, each column of the other is called NAME.column.

    Returns:
        (rows of the table, columns of both).

    Raises:
        DataError: the numbers of rows differ, an index column is missing or not usable, a row has no partner or
            several, or a column of both has other values.
    """
    partner = friend.table
    if on:
        partner_rows, unused = _partners(main, friend, on)
        partner = gathered(partner.drop_columns(list(on)), partner_rows)
    else:
        _check_rows(main, friend)
        unused = 0
    table = main.table
    for column in partner.column_names:
        new = column if name is None else f"{name}.{column}"
        if new not in main.table.column_names:
            table = table.append_column(new, partner.column(column))
        else:
            _check_same(main, friend, new, partner.column(column))
    return table.replace_schema_metadata(_merged_metadata(main, friend, name, unused))


def _merged_metadata(main: Friend, friend: Friend, name: str | None, unused: int) -> dict[bytes, bytes]:
    """Return what was left out of both, and the remarks on both."""
    ours, theirs = main.table.schema, friend.table.schema
    left_out = {
        (column if name is None else f"{name}.{column}"): f"in {friend.label} {reason}"
        for column, reason in left_out_of(theirs).items()
    }
    remarks = [f"friend {friend.label}: {remark}" for remark in remarks_of(theirs)]
    if unused:
        remarks.append(f"friend {friend.label}: {unused:,} of {friend.table.num_rows:,} rows have no partner.")
    return metadata({**left_out, **left_out_of(ours)}, [*remarks_of(ours), *remarks])


def _check_rows(main: Friend, friend: Friend) -> None:
    """Refuse a friend with another number of rows, in all or in one of as many files."""
    main_counts, friend_counts = main.rows_of_files, friend.rows_of_files
    differ = [index for index, (n, m) in enumerate(zip(main_counts, friend_counts, strict=False)) if n != m]
    if sum(main_counts) == sum(friend_counts) and not (len(main_counts) == len(friend_counts) and differ):
        return
    number = f"{sum(friend_counts):,} rows, and {main.label} has {sum(main_counts):,}"
    if sum(main_counts) == sum(friend_counts):
        first = differ[0]
        number = f"{friend_counts[first]:,} rows in file {first + 1}, and {main.label} has {main_counts[first]:,} there"
    msg = (
        f"friend {friend.label}: has {number}. A friend has the same rows in the same order, or is joined by columns "
        "that name a row: on: [run, event]."
    )
    raise DataError(msg)


def _check_same(main: Friend, friend: Friend, column: str, values: pa.ChunkedArray) -> None:
    """Refuse a column of both tables whose values differ."""
    main_values = main.table.column(column)
    if main_values.type == values.type:
        row = _first_difference(main_values, values)
        if row is None:
            return
        where = f"is {main_values[row].as_py()!r} in {main.locate(row)} and {values[row].as_py()!r} in the friend"
    else:
        where = f"has the type {main_values.type} in {main.label} and {values.type} in the friend"
    msg = (
        f'friend {friend.label}: column "{column}" is in both tables, and {where}. Give the friend a name, so that its '
        "columns are called NAME.column; or its rows are in another order: join them by columns that name a row, on."
    )
    raise DataError(msg)


def _first_difference(left: pa.ChunkedArray, right: pa.ChunkedArray) -> int | None:
    """Return the first row that differs; NaN agrees with NaN."""
    if pa.types.is_nested(left.type):
        if left.equals(right):
            return None
        return next((row for row in range(len(left)) if str(left[row]) != str(right[row])), None)
    differs = pc.fill_null(pc.not_equal(left, right), False)  # noqa: FBT003  # the value
    differs = pc.or_(differs, pc.xor(left.is_null(), right.is_null()))
    if pa.types.is_floating(left.type):
        both_nan = pc.fill_null(pc.and_(pc.is_nan(left), pc.is_nan(right)), False)  # noqa: FBT003  # the value
        differs = pc.and_not(differs, both_nan)
    row = int(pc.index(differs, value=True).as_py())
    return None if row < 0 else row


def _partners(main: Friend, friend: Friend, on: Sequence[str]) -> tuple[Whole, int]:
    """Return the row of the friend for each row, and how many of its rows none asks for."""
    ours, theirs = _codes(main, friend, on)
    order = np.argsort(theirs, kind="stable")
    sorted_codes = theirs[order]
    twice = np.flatnonzero(sorted_codes[1:] == sorted_codes[:-1])
    if len(twice):
        first = int(order[twice[0]])
        msg = (
            f"friend {friend.label}: {len(twice):,} of {len(sorted_codes):,} rows agree with another one in "
            f"{', '.join(on)}, first {_key(friend, on, first)} ({friend.locate(first)}). Add columns to "
            "on that tell its rows apart."
        )
        raise DataError(msg)
    positions = np.minimum(np.searchsorted(sorted_codes, ours), len(sorted_codes) - 1)
    missing = np.flatnonzero(sorted_codes[positions] != ours)
    if len(missing):
        first = int(missing[0])
        msg = (
            f"friend {friend.label}: {len(missing):,} of {len(ours):,} rows of {main.label} have no partner in it, "
            f"first {_key(main, on, first)} ({main.locate(first)}). Name all its files, or leave these rows out."
        )
        raise DataError(msg)
    return order[positions], len(sorted_codes) - len(np.unique(positions))


def _codes(main: Friend, friend: Friend, on: Sequence[str]) -> tuple[Whole, Whole]:
    """Return one whole number a row of both tables, equal where all index columns agree."""
    rows = main.table.num_rows
    codes = np.zeros(rows + friend.table.num_rows, np.int64)
    for column in on:
        joined = pa.chunked_array([*_index(main, friend, column)])
        encoded = joined.combine_chunks().dictionary_encode()
        encoded = pa.concat_arrays(encoded.chunks) if isinstance(encoded, pa.ChunkedArray) else encoded
        numbers = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        codes = np.unique(codes * (len(encoded.dictionary) + 1) + numbers, return_inverse=True)[1].reshape(-1)
    return codes[:rows], codes[rows:]


def _index(main: Friend, friend: Friend, column: str) -> list[pa.Array]:
    """Return an index column of both tables, in one type."""
    kinds = []
    for side in (main, friend):
        if column not in side.table.column_names:
            msg = f'friend {friend.label}: on: {side.label} has no column "{column}".'
            raise DataError(msg + did_you_mean(column, side.table.column_names))
        kinds.append(side.table.schema.field(column).type)
        nulls = side.table.column(column).null_count
        if nulls or pa.types.is_nested(kinds[-1]):
            problem = f"{nulls:,} missing values" if nulls else f"the type {kinds[-1]}"
            msg = (
                f'friend {friend.label}: on: column "{column}" of {side.label} has {problem}, and cannot name rows. '
                "Name another column."
            )
            raise DataError(msg)
    kind = wider_type(*kinds)
    try:
        if kind is not None:
            return [chunk for side in (main, friend) for chunk in side.table.column(column).cast(kind).chunks]
    except pa.ArrowInvalid:
        pass
    msg = (
        f'friend {friend.label}: on: column "{column}" has the type {kinds[0]} in {main.label} and {kinds[1]} in the '
        "friend, which do not compare exactly. Give it one type."
    )
    raise DataError(msg)


def _key(side: Friend, on: Sequence[str], row: int) -> str:
    return ", ".join(f"{column} = {side.table.column(column)[row].as_py()!r}" for column in on)
