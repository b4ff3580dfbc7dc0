"""The names of the columns of a text table: given, in a header, or in a comment above the rows."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.config import CsvSection
from netwright.errors import DataError
from netwright.readers._csv_lines import fields_of, is_number

__all__ = ["ends_with_separator", "find_names", "without_twins"]

_ROW_LABEL = "index"  # name of an unnamed first column, where pandas writes its row labels


def find_names(
    records: Sequence[Sequence[str]], comments_above: Sequence[str], separator: str, settings: CsvSection
) -> tuple[list[str], bool, list[str]]:
    """Find the names of the columns: those given, those of the header, or those of a comment above the rows.

    Args:
        records: the first of the table.
        comments_above: comments before the first record.
        separator: between values.
        settings: the user's settings.

    Returns:
        The names, whether the first record is a header, and remarks on them.

    Raises:
        DataError: there are no names, two readings of them, or another number of them.
    """
    first = list(records[0])
    number = next((value for value in first if is_number(value)), None)
    if settings.names:
        header = _is_header(records)
        _refuse_other_width(settings.names, records[-1] if header else first)
        return list(settings.names), header, ["the header's names replaced by those given"] if header else []
    if number is None:
        return [_ROW_LABEL if not first[0] and _ROW_LABEL not in first else first[0], *first[1:]], True, []
    named = [names for line in comments_above if (names := _names_above(line, separator, len(first))) is not None]
    if len(named) == 1:
        return named[0], False, ["names from the comment line above the rows"]
    fix = f"give its {len(first)} names in data.csv: {{names: [...]}} (init: --csv), or add a header"
    if named:
        msg = f"has no header, and {len(named)} comments could be one: {'; '.join(map(', '.join, named))}: {fix}."
        raise DataError(msg)
    msg = f'the first line must be a header with names, but holds the number "{number}"; if there is none, {fix}.'
    raise DataError(msg)


def ends_with_separator(records: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    """Return whether all rows end with a separator that no value follows.

    Args:
        records: the first of the table.
        names: of the columns, the last one empty where the header ends so too.

    Returns:
        True if all do.
    """
    width = len(names) if names[-1] == "" else len(names) + 1
    rows = records[1:] or records
    return width > 1 and all(len(row) == width and row[-1] == "" for row in rows)


def without_twins(names: Sequence[str]) -> tuple[str, ...]:
    """Refuse columns without a name, and two of one name.

    Args:
        names: of the columns.

    Returns:
        The names.

    Raises:
        DataError: a name is empty, or there twice.
    """
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not name or name in seen:
            fault = f'two columns have the name "{name}"' if name else f"column {index + 1} has no name"
            msg = f"{fault} in the header. Give each column its own name."
            raise DataError(msg)
        seen.add(name)
    return tuple(names)


def _is_header(records: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record is a header: it contains no number, and a later one contains at least one."""
    below = records[1] if len(records) > 1 else ()
    return not any(map(is_number, records[0])) and any(map(is_number, below))


def _refuse_other_width(names: Sequence[str], row: Sequence[str]) -> None:
    width = len(row) - (len(row) == len(names) + 1 and row[-1] == "")
    if width != len(names):
        msg = f"data.csv.names must give one name per column: {len(names)} names for {len(row)} values in a row."
        raise DataError(msg)


def _names_above(line: str, separator: str, width: int) -> list[str] | None:
    """Return the names in a comment line; None if it contains none."""
    names = fields_of(line, separator) if line else []
    if len(names) == width + 1 and names[-1] == "":
        names = names[:-1]
    fitting = len(names) == width and len(set(names)) == width and "" not in names
    return names if fitting and not any(map(is_number, names)) and (width > 1 or " " not in line) else None
