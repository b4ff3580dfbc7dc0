"""Columns that are copies of others, for rows as for particles."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from netwright.inspection.column_summary import ColumnSummary

__all__ = ["copies_of"]


def copies_of(columns: Iterable[ColumnSummary], same: Callable[[str, str], bool]) -> dict[str, str]:
    """Return the columns that equal an earlier one, with the name of the first such.

    Args:
        columns: of numbers; only those with the same summary are compared.
        same: whether two columns are equal, by their names.

    Returns:
        By the name of a copy, the name of its original.

    Example:
        >>> columns = [ColumnSummary(name, "double", (), 0.0, 1.0, 0.5, 0.5, 0) for name in "abc"]
        >>> copies_of(columns, lambda first, second: {first, second} == {"a", "c"})
        {'c': 'a'}
    """
    originals: dict[tuple[object, ...], list[str]] = {}
    copies: dict[str, str] = {}
    for column in columns:
        key = (column.minimum, column.maximum, column.mean, column.std, column.missing)
        alike = originals.setdefault(key, [])
        original = next((name for name in alike if same(name, column.name)), None)
        if original is None:
            alike.append(column.name)
        else:
            copies[column.name] = original
    return copies
