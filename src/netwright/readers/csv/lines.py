"""The lines of a text table, the values in them, and which of these are numbers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile

__all__ = [
    "BLANKS",
    "comments_of",
    "content_lines",
    "ends_in_comments",
    "fields_of",
    "is_comment",
    "is_number",
    "lines_of",
    "records_of",
    "separator_in",
    "without_comment",
]

BLANKS = " "
"""The separator for any number of blanks and tabs."""

_LINES, _MIN_LINES, _CHARACTERS = 200, 20, 2**18  # inspected, fewer of long lines
_COMMENTS = {"%": "%", "!": "!", "//": "/", "#": "#"}  # how a first line of comments begins, and the others then
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eEdD][+-]?\d+)?|[+-]?inf(inity)?|[+-]?1[.,]#\w+", re.IGNORECASE)
_FIELD = re.compile(r'"(?:[^"]|"")*"|\S+')


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


def comments_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the prefixes that comment lines have where the user does not say.

    Args:
        lines: of a text table.

    Returns:
        ``%``, ``!``, ``/`` (of ``//``) and ``#``, those with which the lines above the first other one begin;
        ``#`` where there are none, or no other line.

    Example:
        >>> comments_of(["% pt eta", "1 2"]), comments_of(["! made by x", "# run 5", "1"]), comments_of(["pt", "1"])
        (('%',), ('!', '#'), ('#',))
    """
    filled = [line.lstrip() for line in lines if line.strip()]
    above = list(takewhile(lambda line: line.startswith(tuple(_COMMENTS)), filled))
    found = tuple(sign for mark, sign in _COMMENTS.items() if any(line.startswith(mark) for line in above))
    return found if found and len(above) < len(filled) else ("#",)


def content_lines(lines: Sequence[str], comments: tuple[str, ...]) -> list[str]:
    """Return the first lines that are neither empty nor comments.

    Args:
        lines: of a text table.
        comments: prefixes of comment lines; empty if there are none.

    Returns:
        Up to 200 lines, fewer where they are long.
    """
    lines_of_content = [line for line in lines if line.strip() and not is_comment(line, comments)][:_LINES]
    size = accumulate(len(line) for line in lines_of_content)
    return lines_of_content[: max(_MIN_LINES, sum(characters <= _CHARACTERS for characters in size))]


def is_comment(line: str, comments: tuple[str, ...]) -> bool:
    """Return whether a line is a comment.

    Args:
        line: of a text table.
        comments: prefixes of comment lines; empty if there are none.

    Returns:
        True for comments.
    """
    return line.lstrip().startswith(comments)


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
    fields = _FIELD.findall(line)
    return [field[1:-1].replace('""', '"') if len(field) > 1 and field[0] == '"' else field for field in fields]


def records_of(content: Sequence[str], separator: str) -> Iterator[list[str]]:
    """Divide lines into records; a quoted value may contain a line break.

    Args:
        content: lines that are neither empty nor comments.
        separator: between values.

    Yields:
        The values of each record, without quotes and surrounding blanks.
    """
    if separator == BLANKS:
        yield from (fields_of(line, separator) for line in content)
        return
    for record in csv.reader([f"{line}\n" for line in content], delimiter=separator):
        yield [value.strip() for value in record]


def separator_in(line: str) -> str | None:
    """Return the separator that the first line names, as Excel reads it.

    Args:
        line: the first of a text table.

    Returns:
        One character; None where it names none.

    Example:
        >>> separator_in("sep=;"), separator_in("pt;eta")
        (';', None)
    """
    match = re.fullmatch(r'"?sep=([^\w"])"?', line.strip("\r\n\ufeff"), re.IGNORECASE)
    return None if match is None else match[1]


def without_comment(line: str, comments: tuple[str, ...]) -> str:
    """Return a line without a comment behind its values.

    Args:
        line: of a text table.
        comments: prefixes of comments.

    Returns:
        What is before the first such prefix that follows a blank and is not within quotes, and the line ending.

    Example:
        >>> without_comment("1.5 2 # forward", ("#",)), without_comment('1 "# a"', ("#",))
        ('1.5 2', '1 "# a"')
    """
    for match in re.finditer(rf"\s+({'|'.join(map(re.escape, comments))})", line):
        if line[: match.start()].count('"') % 2 == 0:
            return line[: match.start()] + ("\n" if line.endswith("\n") else "")
    return line


def ends_in_comments(content: Sequence[str], comments: tuple[str, ...]) -> bool:
    """Return whether some rows have a comment behind their values.

    Args:
        content: lines that are neither empty nor comments, of which the first may hold names.
        comments: prefixes of comments; empty if there are none.

    Returns:
        True if all rows have as many values without such comments, of which the last is a number where there is one,
        or only blanks are between values and some rows have no comment.

    Example:
        >>> signs = ("#",)
        >>> ends_in_comments(["pt eta", "3 1 # odd", "2 2"], signs), ends_in_comments(["n name", "1 jet #2"], signs)
        (True, False)
        >>> words = ["n name", "3 jet # odd", "2 W"]
        >>> ends_in_comments(words, signs), ends_in_comments([line.replace(" ", ",", 1) for line in words], signs)
        (True, False)
    """
    if not comments:
        return False
    kept = {line: without_comment(line, comments) for line in content[1:]}
    marked = [short for line, short in kept.items() if short != line]
    if not marked or len({len(_words(short)) for short in kept.values()}) > 1:
        return False
    blanks = len(marked) < len(kept) and not any(re.search(r"[,;|\t]", short) for short in kept.values())
    return blanks or all(is_number(_words(short)[-1]) for short in marked)


def _words(line: str) -> list[str]:
    return re.split(r"[\s,;|]+", line.strip())


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
