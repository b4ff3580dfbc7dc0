"""What a network needs to know of groups of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from netwright.config import NumericInput
from netwright.data.moments.moments import Moments, MomentSums
from netwright.data.precision.fine import centre_pair, fine_numbers, rest_of
from netwright.data.rows.rows import Rows
from netwright.errors import DataError

__all__ = ["centres_of", "describe_numeric"]

Floats = npt.NDArray[np.float64]

_ROWS_AT_ONCE = 8_192
_CENTRE_ROWS = 65_536
_SMALLEST = float(np.finfo(np.float32).tiny)  # smaller values are 0 in a network


def centres_of(name: str, group: NumericInput, rows: Rows, among: npt.NDArray[np.integer]) -> dict[str, float]:
    """Return a number near the middle of every fine column, which the network subtracts before anything else.

    Args:
        name: of the group.
        group: defines which values are missing.
        rows: all rows.
        among: training row numbers, shape (n,); up to 65,536 of them are used.

    Returns:
        By fine column, the median rounded to a float32 and its remainder, in the group's unit; 0 if the column has no
        value there.
    """
    fine = rows.fine.get(name, ())
    if not fine:
        return {}
    values = _numbers(name, group, rows, among[:_CENTRE_ROWS])
    centres = {}
    for column in fine:
        there = values[:, group.columns.index(column)]
        there = there[np.isfinite(there)]
        centres[column] = float(sum(map(float, centre_pair(float(np.median(there)))))) if len(there) else 0.0
    return centres


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
    names = tuple(f"log_{column}" if column in group.log else column for column in group.columns)
    steep = np.array([column in group.log for column in group.columns])
    centres = centres_of(name, group, rows, among)
    off = np.array([centres.get(column, 0.0) for column in group.columns])
    sums = MomentSums(len(names))
    for start in range(0, len(among), _ROWS_AT_ONCE):
        part = among[start : start + _ROWS_AT_ONCE]
        values = _numbers(name, group, rows, part)
        bad = steep & (values < _SMALLEST)
        if bad.any():
            row, position = (int(i) for i in np.argwhere(bad)[0])
            _refuse(
                f"inputs.{name}", group.columns[position], name_row(int(rows.numbers[part[row]])), values[row, position]
            )
        values[:, steep] = np.log(values[:, steep])
        if centres:
            values -= off
        sums.add(values, np.broadcast_to(rows.weights[part, None], values.shape), np.isfinite(values))
    return sums.moments(f"inputs.{name}", names, constant=True, quantiles=group.scaling == "quantiles", tolerance=0.0)


def _numbers(name: str, group: NumericInput, rows: Rows, part: npt.NDArray[np.integer]) -> Floats:
    """Return values of some rows, with NaN for missing ones."""
    fine = rows.fine.get(name, ())
    inputs = {key: rows.inputs[key][part] for key in ((name, rest_of(name)) if fine else (name,))}
    return fine_numbers(inputs, name, group.columns, fine, group.missing)


def _refuse(where: str, column: str, row: str, value: float) -> None:
    msg = (
        f"{where}: column {column}, {row}: {value:g} is not positive (above {_SMALLEST:.1e}), and the group takes the "
        f"logarithm of this column. Leave {column} out of log, exclude such training rows with data.selection, or "
        "list the value in missing if it marks a missing one."
    )
    raise DataError(msg)
