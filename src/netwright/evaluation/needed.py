"""Only the derived columns that are needed: other files may lack the columns that the rest are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netwright.config import mentions
from netwright.data import Dataset
from netwright.errors import DataError

__all__ = ["with_derived"]


def with_derived(
    data: Dataset, derived: Mapping[str, str], columns: Iterable[str] = (), expressions: Iterable[str] = ()
) -> Dataset:
    """Add the derived columns that the given columns and expressions use, directly or through other derived columns.

    Args:
        data: rows, before derived columns.
        derived: all derived columns of an experiment; each uses only columns before it.
        columns: names of the requested columns; those in the files need no computation.
        expressions: SQL that will be computed.

    Returns:
        The rows with these columns added.

    Raises:
        DataError: one of them cannot be computed, or the rows have it already.
    """
    names, texts = set(columns), list(expressions)
    needed: dict[str, str] = {}
    for name, expression in reversed(list(derived.items())):
        if name in names or any(mentions(text, name) for text in texts):
            if name in data.names:
                msg = (
                    f'derived column "{name}": the rows have a column of this name already, and the network computes '
                    f"it itself, as {expression}. Leave the column out of the rows, or rename it."
                )
                raise DataError(msg)
            needed[name] = expression
            texts.append(expression)
    return data.derive(dict(reversed(list(needed.items())))) if needed else data
