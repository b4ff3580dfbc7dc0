"""Only the derived columns that are needed: other files may lack the columns that the rest are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netwright.config import mentions
from netwright.data import Dataset

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
        DataError: one of them cannot be computed.
    """
    names, texts = set(columns), list(expressions)
    needed: dict[str, str] = {}
    for name, expression in reversed(list(derived.items())):
        if name in names or any(mentions(text, name) for text in texts):
            needed[name] = expression
            texts.append(expression)
    return data.derive(dict(reversed(list(needed.items())))) if needed else data
