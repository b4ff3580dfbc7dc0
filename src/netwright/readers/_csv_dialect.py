"""The dialect of a text table: separator, comments, header and trailing separators, found in its first lines.

Everything here is a pure function of the text and of the user's settings. What was found and is not plain CSV is
reported in a remark; where two readings of the names fit, neither is taken.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from netwright.config import CsvSection
from netwright.errors import DataError
from netwright.readers._csv_counts import counts_in
from netwright.readers._csv_values import MISSING

__all__ = ["BLANKS", "Dialect", "fields_of", "find_dialect", "is_number", "lines_of", "width_without_header"]

BLANKS = " "  # the separator for any number of blanks and tabs
_SEPARATORS = ("\t", ";", ",", "|", BLANKS)  # of two that fit equally well, the first is taken
_NAMED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", BLANKS: "blanks"}
_COMMENT = "#"
_LINES, _LINES_AT_LEAST, _CHARACTERS = 200, 20, 2**18  # inspected, fewer of long lines
_ROW_LABEL = "index"  # name of an unnamed first column, where pandas writes its row labels
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?|[+-]?1[.,]#\w+", re.IGNORECASE)
_NOTHING = {text.lower() for text in MISSING}
_PIECE = re.compile(r'"(?:[^"]|"")*"|\S+')


@dataclass(frozen=True)
class Dialect:
    """The dialect of a text table.

    Attributes:
        separator: one character; `BLANKS` for any number of blanks.
        comment: prefix of comment lines; None if there are none.
        comment_is_sure: whether the user set it.
        names: of the columns.
        header: whether the first line that is not a comment is a header.
        trailing: whether each row ends with a separator and nothing after it.
        counts: of signal and background rows, in a line before all others; None if there are none.
        blank_lines: whether there were blank lines, which are not rows.
        remarks: what was found and is not plain CSV, as parts of a sentence.
    """

    separator: str
    comment: str | None
    comment_is_sure: bool
    names: tuple[str, ...]
    header: bool
    trailing: bool
    counts: tuple[int, int] | None
    blank_lines: bool
    remarks: tuple[str, ...]


def find_dialect(text: str, asked: CsvSection, *, complete: bool) -> Dialect:
    r"""Find the dialect of a text table.

    Args:
        text: its beginning, decoded.
        asked: the user's settings.
        complete: whether the text is the complete table, so that its last line is not cut off.

    Returns:
        The dialect.

    Raises:
        DataError: there are no lines, no names or two readings of them; the message does not name the file.

    Example:
        >>> found = find_dialect("# made by hand\npt;eta\n1,5;2\n", CsvSection(), complete=True)
        >>> found.separator, found.comment, found.names
        (';', '#', ('pt', 'eta'))
    """
    lines = lines_of(text)
    if not complete and len(lines) > 1:
        lines = lines[:-1]
    comment = asked.comment if asked.comment is not None else _COMMENT
    content = _content(lines, comment)
    if not content:
        msg = "holds no lines besides comments" if any(line.strip() for line in lines) else "is empty"
        msg += ". Write a header line and at least one row."
        raise DataError(msg)
    counts = _counts(content, asked)
    content = content[1:] if counts else content
    first = lines.index(content[0])
    above = [line.strip()[1:].strip() for line in lines[:first] if _is_comment(line, comment)]
    separator = asked.separator or _separator(content)
    records = list(_each(content, separator))
    commented = asked.comment or (comment if any(_is_comment(line, comment) for line in lines) else None)
    names, header, remarks = _names(records, above, separator, asked)
    trailing = separator != BLANKS and _trailing(records, names)
    if trailing and names[-1] == "":
        names = names[:-1]
    said = [f"{_NAMED[separator]} between values"] if separator != "," and len(names) > 1 else []
    said += [f"{counts[0]} signal and {counts[1]} background rows, as the first line says"] if counts else []
    said += [f'lines that begin with "{commented}" left out as comments'] if commented else []
    return Dialect(
        separator=separator,
        comment=commented or None,
        comment_is_sure=asked.comment is not None,
        names=_checked(names),
        header=header,
        trailing=trailing,
        counts=counts,
        blank_lines=any(line and not line.strip() for line in lines),
        remarks=(*said, *remarks),
    )


def _counts(content: Sequence[str], asked: CsvSection) -> tuple[int, int] | None:
    """Return the numbers of rows in the first line; refuse a line that looks like that if nothing is said of it."""
    found = counts_in(content)
    if asked.counts and found is None:
        msg = (
            f"data.csv.counts is true, and the first line holds something else than two whole numbers: "
            f"{content[0][:80]!r}. Leave counts out."
        )
        raise DataError(msg)
    if found and asked.counts is None:
        msg = (
            f"the first line, {content[0].strip()!r}, seems to say how many rows are signal and how many background. "
            "Set data.csv: {counts: true, names: [...]} if so, as init does, otherwise {counts: false}."
        )
        raise DataError(msg)
    return found if asked.counts else None


def width_without_header(text: str, asked: CsvSection) -> tuple[int, bool]:
    r"""Return how many columns a text table without names has.

    Args:
        text: its beginning, decoded.
        asked: the user's settings.

    Returns:
        The number of values in the first row, 0 where it is a header, or where there is no row; and whether a line
        with the numbers of signal and background rows is above it.

    Example:
        >>> width_without_header("1 2.5\n0 3.5\n", CsvSection()), width_without_header("y x\n0 3.5\n", CsvSection())
        ((2, False), (0, False))
    """
    comment = asked.comment if asked.comment is not None else _COMMENT
    content = _content(lines_of(text), comment)
    has_counts = asked.counts is not False and counts_in(content) is not None
    content = content[1:] if has_counts else content
    first = next(_each(content, asked.separator or _separator(content)), []) if content else []
    return (len(first) if any(map(is_number, first)) else 0), has_counts


def lines_of(text: str) -> list[str]:
    r"""Divide text into lines, whatever the line endings.

    Args:
        text: any text.

    Returns:
        The lines without their endings; nothing after the last ending.

    Example:
        >>> lines_of("a\r\nb\rc\n")
        ['a', 'b', 'c']
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def fields_of(line: str, separator: str) -> list[str]:
    """Divide a line into its values.

    Args:
        line: a line of text.
        separator: between values.

    Returns:
        The values, without quotes and surrounding blanks.

    Example:
        >>> fields_of('1  "a b" 2', BLANKS), fields_of("1; 2;", ";")
        (['1', 'a b', '2'], ['1', '2', ''])
    """
    if separator != BLANKS:
        return [value.strip() for value in next(csv.reader([line], delimiter=separator))]
    pieces = _PIECE.findall(line)
    return [piece[1:-1].replace('""', '"') if len(piece) > 1 and piece[0] == '"' else piece for piece in pieces]


def is_number(text: str) -> bool:
    """Return whether a text is a number, with a decimal point or a decimal comma.

    Args:
        text: without surrounding blanks.

    Returns:
        True for numbers.

    Example:
        >>> is_number("-1,5e3"), is_number("pt2")
        (True, False)
    """
    return _NUMBER.fullmatch(text) is not None


def _content(lines: Sequence[str], comment: str) -> list[str]:
    """Return the first lines that are neither empty nor comments."""
    found = [line for line in lines if line.strip() and not _is_comment(line, comment)][:_LINES]
    size = accumulate(len(line) for line in found)
    return found[: max(_LINES_AT_LEAST, sum(one <= _CHARACTERS for one in size))]


def _is_comment(line: str, comment: str) -> bool:
    return bool(comment) and line.lstrip().startswith(comment)


def _each(content: Sequence[str], separator: str) -> Iterator[list[str]]:
    """Divide lines into records; a quoted value may contain a line break."""
    if separator == BLANKS:
        yield from (fields_of(line, separator) for line in content)
        return
    for record in csv.reader([f"{line}\n" for line in content], delimiter=separator):
        yield [value.strip() for value in record]


def _separator(content: Sequence[str]) -> str:
    """Return the separator for which most rows have as many values as the first line, and most are numbers."""
    fitting = {}
    for separator in _SEPARATORS:
        if separator != BLANKS and separator not in content[0] and '"' not in content[0]:
            continue  # one value in the first line
        records = _each(content, separator)
        first = next(records)
        width = len(first)
        if width > 1:
            rows = list(records) or [first]
            fit = [row for row in rows if len(row) == width or (len(row) == width + 1 and row[-1] == "")]
            if fit:
                fitting[separator] = (len(fit) / len(rows), fit)
    if len(fitting) < 2:
        return next(iter(fitting), ",")
    return max(fitting, key=lambda separator: (fitting[separator][0], _numbers_in(fitting[separator][1])))


def _numbers_in(rows: Sequence[Sequence[str]]) -> float:
    """Return the share of values that are numbers or missing."""
    values = [value for row in rows for value in row]
    return sum(is_number(value) or value.lower() in _NOTHING for value in values) / max(1, len(values))


def _names(
    records: Sequence[Sequence[str]], above: Sequence[str], separator: str, asked: CsvSection
) -> tuple[list[str], bool, list[str]]:
    """Return the names, whether the first record is a header, and remarks on them."""
    first = list(records[0])
    number = next((value for value in first if is_number(value)), None)
    if asked.names:
        header = _is_header(records)
        _refuse_other_width(asked.names, records[-1] if header else first)
        return list(asked.names), header, ["the header's names replaced by those given"] if header else []
    if number is None:
        return [_ROW_LABEL if not first[0] and _ROW_LABEL not in first else first[0], *first[1:]], True, []
    found = [names for line in above if (names := _names_above(line, separator, len(first))) is not None]
    if len(found) == 1:
        return found[0], False, ["names from the comment line above the rows"]
    ways = f"give its {len(first)} names in data.csv: {{names: [...]}} (init: --csv), or add a header"
    if found:
        msg = f"has no header, and {len(found)} comments could be one: {'; '.join(map(', '.join, found))}: {ways}."
        raise DataError(msg)
    msg = f'the first line must be a header with names, but holds the number "{number}"; if there is none, {ways}.'
    raise DataError(msg)


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


def _trailing(records: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    """Return whether all rows end with a separator that no value follows."""
    width = len(names) if names[-1] == "" else len(names) + 1
    rows = records[1:] or records
    return width > 1 and all(len(row) == width and row[-1] == "" for row in rows)


def _checked(names: Sequence[str]) -> tuple[str, ...]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if not name or name in seen:
            what = f'two columns have the name "{name}"' if name else f"column {place + 1} has no name"
            msg = f"{what} in the header. Give each column its own name."
            raise DataError(msg)
        seen.add(name)
    return tuple(names)
