"""Rows that belong together, such as those of one patient: equal values of one column come with equal others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data import Dataset, Purpose, generator_of
from netwright.readers import is_numeric, row_shape

__all__ = ["Belonging", "can_name", "find_belonging"]

Integers = npt.NDArray[np.int64]

FEWEST_GROUPS = 20  # of fewer, a network can hardly be tested on new ones
SMALLEST, LARGEST = 1.5, 100  # rows of a group on average; the same word in more rows is a kind
FEWEST_SHARED = 2  # columns: one may say the same in other words
UNLIKE = 0.05  # of the differences between any rows, at most, within a group
MONOTONE = 0.99  # of the changes in one direction, from which a column only follows the other
ROWS = 200_000  # the first ones, as rows of a group are often neighbours
PAIRS = (500, 10_000)  # that are compared: few first, as most columns name nothing
SEED = 1  # of the order in which rows are compared with any others


@dataclass(frozen=True)
class Belonging:
    """Groups of rows that share more than the column which names them.

    Attributes:
        column: with one value in each group.
        groups: how many there are in the rows looked at.
        rows: how many these are.
        shared: other columns that are the same within a group but differ between groups.
    """

    column: str
    groups: int
    rows: int
    shared: tuple[str, ...]


def find_belonging(dataset: Dataset, columns: Sequence[str], kept: Integers | None = None) -> Belonging | None:
    """Find a column of whole numbers or words whose equal values come with equal values of at least two others.

    Its groups are 20 or more and have 1.5 to 100 rows on average. Neighbours in a group are compared: another column is
    shared if it differs in at most a twentieth as many of these pairs as in pairs of any rows. One that rises or falls
    with the first, or is a function of other shared ones, does not count.

    Args:
        dataset: the columns.
        columns: those to look at; lists, arrays and columns that stay in their files are passed over.
        kept: the rows to look at, shape (rows,), increasing; None for all. Of many, the first 200,000.

    Returns:
        The groups that share most columns; None where there are none.

    Source: definition.

    Example:
        >>> patient = np.arange(400) % 100
        >>> table = {"patient": patient, "age": 20 + patient * 7 % 50, "arm": patient % 3, "pulse": np.arange(400) % 97}
        >>> find_belonging(Dataset.of(table), list(table))
        Belonging(column='patient', groups=100, rows=400, shared=('arm', 'age'))
    """
    single = [name for name in columns if name in dataset.table.column_names and _is_single(dataset.arrow(name).type)]
    table = dataset.table.select(single)
    table = table.slice(0, ROWS) if kept is None else table.take(pa.array(kept[:ROWS]))
    found = [_groups(table, name) for name in single if can_name(table[name])]
    return max((one for one in found if one is not None), key=lambda one: (len(one.shared), one.groups), default=None)


def _is_single(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or (is_numeric(kind) and not pa.types.is_null(kind) and not row_shape(kind))


def can_name(column: pa.ChunkedArray) -> bool:
    """Return whether values can name something: words or whole numbers, none missing.

    Args:
        column: (rows,), one value for each row.

    Returns:
        Whether they can.

    Example:
        >>> can_name(pa.chunked_array([[1.0, 2.0]])), can_name(pa.chunked_array([[1.5, 2.0]]))
        (True, False)
    """
    if column.null_count or not _is_single(column.type):
        return False
    if not pa.types.is_floating(column.type):
        return True
    return bool(pc.all(pc.and_(pc.equal(column, pc.floor(column)), pc.is_finite(column))).as_py())


def _groups(table: pa.Table, name: str) -> Belonging | None:
    codes, rows = _codes(table[name]), table.num_rows
    groups = int(codes.max(initial=-1)) + 1
    if groups < FEWEST_GROUPS or not SMALLEST * groups <= rows <= LARGEST * groups:
        return None
    order = np.argsort(codes, kind="stable")
    same = np.flatnonzero(codes[order][1:] == codes[order][:-1])
    shared: tuple[str, ...] = ()
    for most in PAIRS:
        first = same[:: max(1, len(same) // most)]
        shared = _shared_columns(table.take(pa.array(np.concatenate([order[first], order[first + 1]]))), name)
        if len(shared) < FEWEST_SHARED:
            return None
    return Belonging(name, groups, rows, shared)


def _shared_columns(pairs: pa.Table, name: str) -> tuple[str, ...]:
    """Return what pairs of rows of a group share: the first rows of all pairs, then the second."""
    anywhere = generator_of(Purpose.INSPECTED, SEED).permutation(pairs.num_rows // 2)
    codes = {other: _codes(pairs[other]) for other in pairs.column_names if other != name}
    shared = {other: of for other, of in codes.items() if _shared(of, anywhere)}
    return _new({other: of for other, of in shared.items() if not _follows(pairs[other], pairs[name])})


def _codes(column: pa.ChunkedArray) -> Integers:
    """Return a number for each different value, missing ones included, shape (rows,)."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices, dtype=np.int64)


def _shared(codes: Integers, anywhere: Integers) -> bool:
    """Return whether a column differs far more rarely in pairs of a group than in pairs of any rows."""
    first, second = np.split(codes, 2)
    of_any = np.mean(first != second[anywhere])
    return bool(of_any > 0 and np.mean(first != second) <= UNLIKE * of_any)


def _follows(column: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    """Return whether a column of numbers only rises, or only falls, with another."""
    if not (is_numeric(column.type) and is_numeric(other.type)):
        return False
    order = np.argsort(other.to_numpy(), kind="stable")
    changes = np.diff(column.cast(pa.float64()).to_numpy()[order])
    rising, falling = np.count_nonzero(changes > 0), np.count_nonzero(changes < 0)
    return bool(max(rising, falling) >= MONOTONE * (rising + falling))


def _new(codes: Mapping[str, Integers]) -> tuple[str, ...]:
    """Return the columns that are no function of those before them, the ones with fewest values first."""
    new, known = [], 1
    joint = np.zeros(len(next(iter(codes.values()), ())), dtype=np.int64)
    for name, of_rows in sorted(codes.items(), key=lambda item: int(item[1].max())):
        joint = np.unique(joint * (of_rows.max() + 1) + of_rows, return_inverse=True)[1]
        if joint.max() >= known:
            new.append(name)
            known = int(joint.max()) + 1
    return tuple(new)
