"""Columns whose name speaks of a use that their values do not allow, for a guess at an experiment."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import NumericInput
from netwright.data import Dataset, choose_fine_columns, identity_of
from netwright.errors import DataError
from netwright.inspection.columns import ColumnSummary

__all__ = ["beyond_float32", "identity_among", "there", "weight_among"]

_SMALLEST, _LARGEST = 2.0**-100, 2.0**126  # as `netwright.data.precision.sizes`


def identity_among(dataset: Dataset, names: Iterable[str], reasons: dict[str, str]) -> list[str]:
    """Take the columns that can name rows: whole numbers or text, without missing values, and not all the same.

    Args:
        dataset: the columns.
        names: those whose name speaks of an identity.
        reasons: by column that cannot, why; it is added to.

    Returns:
        Their names.
    """
    found = []
    for name in names:
        try:
            hashes = identity_of({name: dataset.arrow(name)})
        except DataError as error:
            reasons[name] = f"it cannot name rows: {str(error).rstrip('.')}"
            continue
        if len(hashes) > 1 and (hashes == hashes[0]).all():
            reasons[name] = "it has one value only, which names no row"
        else:
            found.append(name)
    return found


def weight_among(columns: Iterable[ColumnSummary], reasons: dict[str, str]) -> str | None:
    """Take the first column that can be a weight: a finite number in every row, and not 0 in all.

    Args:
        columns: those whose name speaks of a weight.
        reasons: by column before it that cannot, why; it is added to.

    Returns:
        Its name; None where there is none.
    """
    for column in columns:
        if column.minimum is None:
            reasons[column.name] = f"it holds {column.type}, which is no weight"
        elif column.missing:
            reasons[column.name] = f"it is no weight: {column.missing:,} of its values are missing or infinite"
        elif column.minimum == column.maximum == 0:
            reasons[column.name] = "it is no weight: it is 0 in every row"
        else:
            return column.name
    return None


def beyond_float32(dataset: Dataset, column: ColumnSummary) -> str | None:
    """Say why the numbers of a column are none that a network computes with.

    Args:
        dataset: has the column.
        column: of numbers.

    Returns:
        The reason; None where there is none.
    """
    largest = max(abs(column.minimum or 0), abs(column.maximum or 0))
    if largest and not _SMALLEST <= largest <= _LARGEST:
        return f"its largest value, {largest:.3g}, is beyond float32; take it in another unit with data.derived"
    values = dataset.arrow(column.name)
    if column.missing and pa.types.is_floating(values.type) and pc.any(pc.is_inf(values)).as_py():
        return "it holds infinite values; turn them into others with data.derived"
    try:
        choose_fine_columns(dataset, {"features": NumericInput(kind="numeric", columns=[column.name])})
    except DataError as error:
        return f"it is {str(error).partition(f'column {column.name} is ')[2]}"
    return None


def there(dataset: Dataset, column: str) -> str | None:
    """Write the SQL condition that a target is there.

    Args:
        dataset: has the column.
        column: its name.

    Returns:
        The condition; None where it is true for every row.
    """
    values, quoted = dataset.arrow(column), '"{}"'.format(column.replace('"', '""'))
    if pa.types.is_floating(values.type):
        finite = pc.fill_null(pc.is_finite(values), False).to_numpy()  # noqa: FBT003  # of PyArrow
        return None if np.all(finite) else f"isfinite({quoted}) IS TRUE"
    return f"{quoted} IS NOT NULL" if values.null_count else None
