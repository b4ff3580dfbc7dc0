"""What a network needs to know of groups of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from netwright.config import BY_QUANTILES, Numbers, NumericInput
from netwright.data.moments.moments import Moments, MomentSums
from netwright.data.precision.fine import centre_pair, fine_numbers, rest_of
from netwright.data.rows.rows import Rows
from netwright.errors import DataError

__all__ = [
    "centre_of",
    "centres_of",
    "describe_numeric",
    "described_names",
    "first_without_logarithm",
    "refuse_logarithm",
    "rows_for_centres",
    "steep_columns",
]

Floats = npt.NDArray[np.float64]

_ROWS_AT_ONCE, _NUMBERS_AT_ONCE = 8_192, 2**19  # 4 MiB: what the processor's cache holds is read again at no cost
_CENTRE_ROWS, _CENTRE_NUMBERS = 65_536, 2**23  # from which centres are known: 64 MiB at the most
_SMALLEST = float(np.finfo(np.float32).tiny)  # smaller values are 0 in a network


def centres_of(name: str, group: NumericInput, rows: Rows, among: npt.NDArray[np.integer]) -> dict[str, float]:
    """Return a number near the middle of every fine column, which the network subtracts before anything else.

    Args:
        name: of the group.
        group: defines which values are missing.
        rows: all rows.
        among: training row numbers, shape (n,); those of `rows_for_centres` are used.

    Returns:
        By fine column, the median rounded to a float32 and its remainder, in the group's unit; 0 if the column has no
        value there.
    """
    fine = rows.fine.get(name, ())
    if not fine:
        return {}
    values = _numbers(name, group, rows, rows_for_centres(among, len(group.columns)))
    return {column: centre_of(values[:, group.columns.index(column)]) for column in fine}


def rows_for_centres(among: npt.NDArray[np.integer], numbers: int) -> npt.NDArray[np.integer]:
    """Return evenly spaced rows, 65,536 at the most, and so few that their numbers take 64 MiB at the most.

    Args:
        among: row numbers, shape (n,); files may be one class after another.
        numbers: in each row.

    Returns:
        Some of the row numbers, one at least where there is one.

    Example:
        >>> rows_for_centres(np.arange(2_000_000), 4).shape, rows_for_centres(np.arange(2_000_000), 8192).shape
        ((65536,), (1024,))
    """
    count = min(len(among), _CENTRE_ROWS, max(1, _CENTRE_NUMBERS // max(numbers, 1)))
    return among[np.linspace(0, len(among) - 1, count).astype(np.int64)] if count < len(among) else among


def centre_of(values: Floats) -> float:
    """Return a number near the middle of values: their median, rounded to a float32 and its remainder.

    Args:
        values: any shape, in any unit; NaN is ignored.

    Returns:
        The number, in the same unit; 0 if there is no value.
    """
    finite = values[np.isfinite(values)]
    return float(sum(map(float, centre_pair(float(np.median(finite)))))) if len(finite) else 0.0


def describe_numeric(
    name: str, group: NumericInput, rows: Rows, among: npt.NDArray[np.integer], name_row: Callable[[int], str]
) -> Moments:
    """Compute moments of columns over their existing values, and of the logarithm where configured.

    Args:
        name: of the group, for messages.
        group: defines which values are missing, and which columns are steep.
        rows: all rows.
        among: training row numbers, shape (n,).
        name_row: returns the origin of a row, for messages.

    Returns:
        Moments, shape (columns,) each, in the group's unit, named as the columns; of ``log_NAME`` a natural
        logarithm, and of a fine column the distance from its centre (`centres_of`).

    Raises:
        DataError: a value whose logarithm is needed is not positive, or the weights of the rows of a statistic do not
            add up to a positive number.
    """
    names, is_log = described_names(group), steep_columns(group)
    centres = centres_of(name, group, rows, among)
    off = np.array([centres.get(column, 0.0) for column in group.columns])
    sums = MomentSums(len(names))
    at_once = min(_ROWS_AT_ONCE, max(1, _NUMBERS_AT_ONCE // len(names)))
    for start in range(0, len(among), at_once):
        chunk = among[start : start + at_once]
        values = _numbers(name, group, rows, chunk)
        without_logarithm = first_without_logarithm(values, is_log)
        if without_logarithm is not None:
            where = name_row(int(rows.numbers[chunk[without_logarithm[0]]]))
            refuse_logarithm(f"inputs.{name}", group.columns[without_logarithm[-1]], where, values[without_logarithm])
        values[:, is_log] = np.log(values[:, is_log])
        if centres:
            values -= off
        sums.add(values, rows.weights[chunk], np.isfinite(values))
    return sums.moments(f"inputs.{name}", names, constant=True, quantiles=group.scaling in BY_QUANTILES, tolerance=0.0)


def _numbers(name: str, group: NumericInput, rows: Rows, chunk: npt.NDArray[np.integer]) -> Floats:
    """Return values of some rows, with NaN for missing ones."""
    fine = rows.fine.get(name, ())
    inputs = {key: rows.inputs[key][chunk] for key in ((name, rest_of(name)) if fine else (name,))}
    return fine_numbers(inputs, name, group.columns, fine, group.missing)


def described_names(group: Numbers) -> tuple[str, ...]:
    """Return the names under which the moments of columns are known.

    Args:
        group: defines the columns, and which are steep.

    Returns:
        The columns; ``log_NAME`` where the logarithm is described.
    """
    return tuple(f"log_{column}" if column in group.log else column for column in group.columns)


def steep_columns(group: Numbers) -> npt.NDArray[np.bool_]:
    """Return of which columns the logarithm is taken.

    Args:
        group: defines the columns.

    Returns:
        Shape (columns,).
    """
    return np.array([column in group.log for column in group.columns])


def first_without_logarithm(values: Floats, steep: npt.NDArray[np.bool_]) -> tuple[int, ...] | None:
    """Return the place of the first value whose logarithm is needed and does not exist in float32.

    Args:
        values: shape (..., columns), in any unit; NaN is passed over.
        steep: of which columns the logarithm is taken, shape (columns,).

    Returns:
        Its indices; None if there is none.
    """
    bad = steep & (values < _SMALLEST)
    return tuple(int(i) for i in np.argwhere(bad)[0]) if bad.any() else None


def refuse_logarithm(where: str, column: str, row_name: str, value: float) -> NoReturn:
    """Report a value whose logarithm is needed and does not exist.

    Args:
        where: the group.
        column: of the value.
        row_name: where it comes from.
        value: in the unit of the column.

    Raises:
        DataError: always.
    """
    msg = (
        f"{where}: column {column}, {row_name}: {value:g} is not positive (above {_SMALLEST:.1e}), and the group takes "
        f"the logarithm of this column. Leave {column} out of log, exclude such training rows with data.selection, or "
        "list the value in missing if it marks a missing one."
    )
    raise DataError(msg)
