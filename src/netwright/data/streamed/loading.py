"""Columns that stay in their files, read into memory."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from netwright.data.elements import owner_of
from netwright.data.streamed.columns import StreamedColumns, row_bytes
from netwright.errors import DataError, first_few
from netwright.memory import format_bytes, too_large

__all__ = ["loaded"]

_SHARE = 0.5  # of the available memory that columns may take


def loaded(
    table: pa.Table,
    streamed: StreamedColumns,
    names: Iterable[str],
    origin: npt.NDArray[np.int64] | None,
    where: str,
) -> pa.Table:
    """Return a table with some more columns, read from their files.

    Args:
        table: (rows, columns) that are in memory already.
        streamed: the columns that stay in their files.
        names: of columns or elements; those that are in memory already, or do not exist, change nothing.
        origin: (rows,) position of each row among the rows of all files; None if all are there in order.
        where: the files, for messages.

    Returns:
        The table with the columns at its end.

    Raises:
        DataError: a file cannot be read or has changed, or the columns take more than half of the memory.
    """
    schema = pa.schema([*table.schema, *streamed.schema])
    owners = [owner_of(name, schema) or name for name in names]
    stay = set(streamed.schema.names)
    missing = [name for name in dict.fromkeys(owners) if name in stay]
    if not missing:
        return table
    size = table.num_rows * streamed.row_bytes  # of all columns
    if too_large(size, _SHARE):
        size = table.num_rows * row_bytes(streamed.schema.field(name).type for name in missing)
    if too_large(size, _SHARE):
        msg = (
            f"{where}: {first_few(missing)} of {table.num_rows:,} rows take {format_bytes(size)}, more "
            "than half of the memory, and stay in their files with data.cache: false. Leave it out for this."
        )
        raise DataError(msg)
    columns = streamed.read(missing, np.arange(table.num_rows) if origin is None else origin)
    return pa.Table.from_arrays(
        [*table.columns, *columns.columns], schema=pa.schema([*table.schema, *columns.schema], table.schema.metadata)
    )
