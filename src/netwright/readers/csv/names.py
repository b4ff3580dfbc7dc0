"""The names of the columns of a text table: given, in a header, or in a comment above the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from netwright.errors import DataError
from netwright.readers._text_format import TextFormat
from netwright.readers.csv.lines import fields_of, is_number
from netwright.readers.csv.values import MISSING

__all__ = [
    "check_names",
    "declared_separator",
    "ends_with_separator",
    "find_names",
    "has_words_over_numbers",
    "have_row_labels",
    "units_below",
]

_DECLARED = re.compile(r"column\s+\S+\s+(?P<name>.+)")  # of Geant4: #column double Edep
_SEPARATOR = re.compile(r"separator\s+(?P<code>\d{1,3})")  # of Geant4: #separator 44
_UNIT_OF_NONE = {"1", "-"}  # units of columns without a unit
_LONGEST_UNIT = 16  # characters
_NAMES_SHOWN = 12  # in a message
_NOTHING = {text.lower() for text in MISSING if text != "-"}
_ROW_LABEL = "index"  # name of an unnamed first column, where pandas writes its row labels


def find_names(
    records: Sequence[Sequence[str]], comments_above: Sequence[str], separator: str, settings: TextFormat
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
    if number is None or has_words_over_numbers(records):
        if have_row_labels(records) and _ROW_LABEL not in first:
            return [_ROW_LABEL, *first], True, ["names of rows without a name in the header"]
        return [_ROW_LABEL if not first[0] and _ROW_LABEL not in first else first[0], *first[1:]], True, []
    declared = [match["name"].strip() for line in comments_above if (match := _DECLARED.fullmatch(line))]
    if len(declared) == len(first):
        return declared, False, ["names from the comment lines above the rows"]
    named = [names for line in comments_above if (names := _names_above(line, separator, len(first))) is not None]
    if len(named) == 1:
        return named[0], False, ["names from the comment line above the rows"]
    fix = f"give its {len(first)} names in data.csv: {{names: [...]}} (init: --csv), or add a header"
    if named:
        msg = f"has no header, and {len(named)} comments could be one: {'; '.join(map(', '.join, named))}: {fix}."
        raise DataError(msg)
    msg = f'the first line must be a header with names, but holds the number "{number}"; if there is none, {fix}.'
    raise DataError(msg)


def has_words_over_numbers(records: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record is a header although numbers are among its names, such as a column "7".

    Args:
        records: the first of the table.

    Returns:
        True if all its values differ, most are words, and the rows below have numbers under most of these words.

    Example:
        >>> has_words_over_numbers([["pt", "eta", "7"], ["2.5", "0.1", "3"]])
        True
        >>> has_words_over_numbers([["2.5", "e", "mu"], ["1.5", "mu", "e"]])
        False
    """
    first, rows = records[0], records[1:]
    words = [place for place, text in enumerate(first) if not is_number(text) and text.lower() not in _NOTHING]
    if not rows or 2 * len(words) <= len(first) or len(set(first)) < len(first):
        return False
    over = [place for place in words if all(place < len(row) and _may_be_number(row[place]) for row in rows)]
    return len(over) > 1 and 2 * len(over) > len(words)


def have_row_labels(records: Sequence[Sequence[str]]) -> bool:
    """Return whether rows begin with a name that the header has no name for, as those of R's ``write.table``.

    Args:
        records: the first of the table, the header among them.

    Returns:
        True if there are two rows or more, all with one value more than the header, and they begin with numbers in
        sequence or with words.

    Example:
        >>> have_row_labels([["pt", "eta"], ["1", "2.5", "0.1"], ["2", "1.5", "0.2"]])
        True
        >>> have_row_labels([["pt", "eta"], ["2.5", "0.1", "7"], ["1.5", "0.2", "7"]])
        False
    """
    header, rows = records[0], records[1:]
    if (
        len(rows) < 2
        or len(header) < 2
        or any(map(is_number, header))
        or any(len(row) != len(header) + 1 for row in rows)
    ):
        return False
    labels = [row[0] for row in rows]
    start = int(labels[0]) if labels[0].isdecimal() else 0
    in_sequence = labels == [str(start + place) for place in range(len(rows))]
    return in_sequence or (all(labels) and not any(map(is_number, labels)) and any(map(is_number, rows[0])))


def declared_separator(comments_above: Sequence[str]) -> str | None:
    """Return the separator that comments above the rows name, as Geant4 writes them.

    Args:
        comments_above: comments before the first record, without their prefix.

    Returns:
        One character; None where none is named, or the table may be of another program.

    Example:
        >>> declared_separator(["separator 59", "column double pt"]), declared_separator(["separator 59"])
        (';', None)
    """
    if not any(_DECLARED.fullmatch(line) for line in comments_above):
        return None
    matches = (_SEPARATOR.fullmatch(line) for line in comments_above)
    return next((chr(int(match["code"])) for match in matches if match), None)


def units_below(records: Sequence[Sequence[str]]) -> list[str]:
    """Return the units of the columns, if the record below the header has them.

    It is known by words without a number where all further records have numbers.

    Args:
        records: the first of the table, the header among them.

    Returns:
        The units, one for each column; none where the record is a row.

    Example:
        >>> units_below([["pt", "eta", "y"], ["GeV", "1", ""], ["2.5", "0.1", "s"], ["1.5", "0.2", "b"]])
        ['GeV', '1', '']
        >>> units_below([["pt", "y"], ["2.5", "s"], ["1.5", "b"]])
        []
    """
    _, units, rows = (records[0], records[1], records[2:]) if len(records) > 3 else ([], [], [])
    if any(is_number(unit) and unit not in _UNIT_OF_NONE for unit in units):
        return []
    named = [place for place, unit in enumerate(units) if unit and unit not in _UNIT_OF_NONE]
    fits = all(len(row) >= len(units) and all(is_number(row[place]) for place in named) for row in rows)
    short = all(len(unit) <= _LONGEST_UNIT and unit.lower() not in _NOTHING for unit in units if unit)
    return list(units) if named and fits and short else []


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


def check_names(names: Sequence[str]) -> tuple[str, ...]:
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
            msg = (
                f'{fault} in the header. Give each column its own name, in the file or with --csv "{{names: '
                f'[{_own_names(names)}]}}"; if these are column names of pandas with several levels, write them with '
                "one: frame.columns = frame.columns.map('_'.join)."
            )
            raise DataError(msg)
        seen.add(name)
    return tuple(names)


def _own_names(names: Sequence[str]) -> str:
    """Return names that differ, for a message: those of the header, numbered where they are empty or come again."""
    own: list[str] = []
    for index, name in enumerate(names):
        own.append(name if name and name not in names[:index] else f"{name or 'column'}_{index + 1}")
    some = own if len(own) <= _NAMES_SHOWN else [*own[:_NAMES_SHOWN], "..."]
    return ", ".join(name if re.fullmatch(r"[\w.]+", name) else "'{}'".format(name.replace("'", "''")) for name in some)


def _is_header(records: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record is a header: it contains no number, and a later one contains at least one."""
    below = [value for record in records[1:3] for value in record]  # units may be directly below
    no_number = not any(map(is_number, records[0]))
    return (no_number and any(map(is_number, below))) or has_words_over_numbers(records)


def _may_be_number(text: str) -> bool:
    return is_number(text) or text.lower() in _NOTHING


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
