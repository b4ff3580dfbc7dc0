"""Which arrays of a file are the columns of a table: those with the same number of rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = ["common_rows", "other_rows"]

Shape = tuple[int, ...]


def common_rows(shapes: Mapping[str, Shape], texts: Collection[str] = ()) -> int | None:
    """Return the number of rows that most arrays have.

    Names of features, their means and the like may accompany the columns: arrays of one axis, of text or as long as
    a column is wide, do not form a table of their own.

    Args:
        shapes: shapes of the arrays, by name; at least one, each with at least one axis.
        texts: names of those that contain text.

    Returns:
        The number of rows; None if two lengths are equally plausible.

    Example:
        >>> common_rows({"X": (5, 3), "y": (5,), "names": (3,)})
        5
        >>> common_rows({"train": (5, 3), "test": (4, 3)}) is None
        True
    """
    widths = {shape[1] for shape in shapes.values() if len(shape) > 1}
    claims: dict[int, int] = {}
    for name, shape in shapes.items():
        beside = len(shape) == 1 and (name in texts or shape[0] in widths)
        claims[shape[0]] = claims.get(shape[0], 0) + (not beside)
    best = max(claims.values())
    chosen = [rows for rows, count in claims.items() if count == best]
    if best == 0:
        return max(chosen)
    return chosen[0] if len(chosen) == 1 else None


def other_rows(shape: Shape, rows: int) -> str:
    """Return the reason why an array of another length is left out.

    Args:
        shape: of the array.
        rows: number of rows of the table.

    Returns:
        The reason.

    Example:
        >>> other_rows((3,), 5)
        'it has 3 entries, and the table 5 rows'
    """
    return f"it has {shape[0]} entries, and the table {rows} rows"
