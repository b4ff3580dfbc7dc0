"""SQL expressions of the columns of a row: new columns, and conditions that select rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.errors import DataError
from netwright.readers import evaluate, first_null, shown, to_numpy

if TYPE_CHECKING:
    from netwright.data.dataset import Dataset

__all__ = ["rows_selected", "rows_where", "with_derived"]


def with_derived(dataset: Dataset, columns: Mapping[str, str]) -> pa.Table:
    """Return the columns that are in memory, and new ones computed from them.

    Args:
        dataset: the rows.
        columns: name and expression; an expression may use the columns derived before it.

    Returns:
        A table with the new columns at the end.

    Raises:
        DataError: an expression cannot be computed, or there is a column of this name.
    """
    table, names = dataset.table, set(dataset.names)
    for name, expression in columns.items():
        if name in names or name in table.column_names:
            msg = f'derived column "{name}": there is already a column of this name. Choose another name.'
            raise DataError(msg)
        table = table.append_column(name, evaluate(table, expression, f'derived column "{name}"'))
    return table


def rows_selected(dataset: Dataset, where: str) -> npt.NDArray[np.int64]:
    """Return the rows for which an SQL condition is true, at least one.

    Args:
        dataset: the rows.
        where: the condition, such as ``pt1 > 20 AND Q1 * Q2 < 0``.

    Returns:
        (n,) rows, counted from 0.

    Raises:
        DataError: the condition cannot be computed, is true for no row, or is neither true nor false for one.
    """
    selected = np.flatnonzero(rows_where(dataset, where, "selection"))
    if not len(selected):
        msg = f"selection: {shown(where)} selects none of {dataset.rows} rows. Relax it."
        raise DataError(msg)
    return selected


def rows_where(dataset: Dataset, where: str, what: str) -> npt.NDArray[np.bool_]:
    """Return for which rows an SQL condition is true.

    Args:
        dataset: the rows.
        where: the condition, such as ``pt1 > 20 AND Q1 * Q2 < 0``.
        what: purpose of the condition, for messages.

    Returns:
        (rows,), whether the row fulfils it.

    Raises:
        DataError: the condition cannot be computed, or is neither true nor false for a row.
    """
    fulfilled = evaluate(dataset.table, where, what, condition=True)
    if not pa.types.is_boolean(fulfilled.type):
        msg = (
            f"{what}: {shown(where)} must be true or false for each row, but gives {fulfilled.type}. Use a comparison."
        )
        raise DataError(msg)
    row = first_null(fulfilled)
    if row is not None:
        msg = (
            f"{dataset.locate(row)}: the {what} {shown(where)} is neither true nor false, because a value is missing "
            f"or cannot be computed. Define this case, for example: ({where}) IS TRUE."
        )
        raise DataError(msg)
    return np.asarray(to_numpy(fulfilled), dtype=np.bool_)
