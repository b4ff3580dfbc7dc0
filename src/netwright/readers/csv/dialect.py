"""The dialect of a text table: separator, comments, header and trailing separators, found in its first lines.

Everything here is a pure function of the text and of the user's settings. What was found and is not plain CSV is
reported in a remark; where two readings of the names fit, neither is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netwright.errors import DataError
from netwright.readers._text_format import TextFormat
from netwright.readers.csv.counts import counts_in
from netwright.readers.csv.lines import (
    BLANKS,
    comments_of,
    content_lines,
    ends_in_comments,
    is_comment,
    is_number,
    lines_of,
    records_of,
    separator_in,
    without_comment,
)
from netwright.readers.csv.names import (
    check_names,
    declared_separator,
    ends_with_separator,
    find_names,
    has_words_over_numbers,
    have_row_labels,
    units_below,
)
from netwright.readers.csv.not_tables import refuse_other_texts, refuse_ragged, refuse_undivided
from netwright.readers.csv.values import MISSING

__all__ = ["Dialect", "find_dialect", "width_without_header"]

_SEPARATORS = ("\t", ";", ",", "|", BLANKS)  # of two that fit equally well, the first is taken
_NAMED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars", BLANKS: "blanks"}
_NOTHING = {text.lower() for text in MISSING}


@dataclass(frozen=True)
class Dialect:
    """The dialect of a text table.

    Attributes:
        separator: one character; `BLANKS` for any number of blanks.
        comments: prefixes of comment lines; empty if there are none.
        comments_behind: whether rows have comments behind their values.
        comment_is_sure: whether the user set them.
        names: of the columns.
        header: whether the first line that is not a comment is a header.
        units: whether the line below the header has the units of the columns.
        trailing: whether each row ends with a separator and nothing after it.
        names_separator: whether a line before all others names the separator, as Excel reads it: ``sep=;``.
        counts: of signal and background rows, in a line before all others; None if there are none.
        blank_lines: whether there were blank lines, which are not rows.
        remarks: what was found and is not plain CSV, as parts of a sentence.
    """

    separator: str
    comments: tuple[str, ...]
    comments_behind: bool
    comment_is_sure: bool
    names: tuple[str, ...]
    header: bool
    units: bool
    trailing: bool
    names_separator: bool
    counts: tuple[int, int] | None
    blank_lines: bool
    remarks: tuple[str, ...]


def find_dialect(text: str, settings: TextFormat, *, complete: bool) -> Dialect:
    r"""Find the dialect of a text table.

    Args:
        text: its beginning, decoded.
        settings: the user's settings.
        complete: whether the text is the complete table, so that its last line is not cut off.

    Returns:
        The dialect.

    Raises:
        DataError: there are no lines, no names or two readings of them, or the text is no table; the message does not
            name the file.

    Example:
        >>> dialect = find_dialect("# made by hand\npt;eta\n1,5;2\n", TextFormat(), complete=True)
        >>> dialect.separator, dialect.comments, dialect.names
        (';', ('#',), ('pt', 'eta'))
    """
    lines = lines_of(text)
    if not complete and len(lines) > 1:
        lines = lines[:-1]
    comments = _comments(lines, settings)
    content = content_lines(lines, comments)
    refuse_other_texts(content)
    if not content:
        msg = "holds no lines besides comments" if any(line.strip() for line in lines) else "is empty"
        msg += ". Write a header line and at least one row."
        raise DataError(msg)
    named = separator_in(content[0])
    counts = _counts(content, settings) if named is None else None
    content = content[1:] if counts or (named is not None and len(content) > 1) else content
    first, behind = lines.index(content[0]), ends_in_comments(content, comments)
    content = [without_comment(line, comments) for line in content] if behind else content
    comments_above = [
        line.strip().lstrip("".join(comments)).strip() for line in lines[:first] if is_comment(line, comments)
    ]
    separator, records = _divided(content, settings.separator or named or declared_separator(comments_above))
    refuse_ragged(records)
    between = any(is_comment(line, comments) for line in lines)
    comments = comments if settings.comment or between or behind else ()
    names, header, remarks = find_names(records, comments_above, separator, settings)
    if header and settings.separator is None:
        refuse_undivided(names, records[1:])
    trailing = separator != BLANKS and ends_with_separator(records, names)
    if trailing and names[-1] == "":
        names = names[:-1]
    units = units_below(records) if header else []
    about_lines = [
        *_remarks(separator, names, counts, units),
        *_remarks_on_comments(comments, between=between, behind=behind),
    ]
    return Dialect(
        separator=separator,
        comments=comments,
        comments_behind=behind,
        comment_is_sure=settings.comment is not None,
        names=check_names(names),
        header=header,
        units=bool(units),
        trailing=trailing,
        names_separator=named is not None,
        counts=counts,
        blank_lines=any(line and not line.strip() for line in lines),
        remarks=(*about_lines, *remarks),
    )


def _remarks(
    separator: str, names: Sequence[str], counts: tuple[int, int] | None, units: Sequence[str]
) -> Iterator[str]:
    """Yield what of the rows is not plain CSV, as parts of a sentence."""
    if separator != "," and len(names) > 1:
        yield f"{_NAMED[separator]} between values"
    if counts is not None:
        yield f"{counts[0]} signal and {counts[1]} background rows, as the first line says"
    if units:
        yield f"units below the header ({', '.join(units)}) left out"


def _remarks_on_comments(comments: tuple[str, ...], *, between: bool, behind: bool) -> Iterator[str]:
    """Yield which comments are left out, as parts of a sentence."""
    signs = " or ".join(f'"{sign}"' for sign in comments)
    if comments and (between or not behind):
        yield f"lines that begin with {signs} left out as comments"
    if behind:
        yield f"comments behind values, from {signs} on, left out"


def _comments(lines: Sequence[str], settings: TextFormat) -> tuple[str, ...]:
    """Return the prefixes of comment lines: that of the user, or those that are found."""
    if settings.comment is None:
        return comments_of(lines)
    return (settings.comment,) if settings.comment else ()


def _counts(content: Sequence[str], settings: TextFormat) -> tuple[int, int] | None:
    """Return the numbers of rows in the first line; refuse a line that looks like that if nothing is said of it."""
    counts = counts_in(content)
    if settings.counts and counts is None:
        msg = (
            f"data.csv.counts is true, and the first line holds something else than two whole numbers: "
            f"{content[0][:80]!r}. Leave counts out."
        )
        raise DataError(msg)
    if counts and settings.counts is None:
        msg = (
            f"the first line, {content[0].strip()!r}, seems to say how many rows are signal and how many background. "
            "Set data.csv: {counts: true, names: [...]} if so, as init does, otherwise {counts: false}."
        )
        raise DataError(msg)
    return counts if settings.counts else None


def width_without_header(text: str, settings: TextFormat) -> tuple[int, bool]:
    r"""Return how many columns a text table without names has.

    Args:
        text: its beginning, decoded.
        settings: the user's settings.

    Returns:
        The number of values in the first row, 0 where it is a header, or where there is no row; and whether a line
        with the numbers of signal and background rows is above it.

    Example:
        >>> width_without_header("1 2.5\n0 3.5\n", TextFormat()), width_without_header("y x\n0 3.5\n", TextFormat())
        ((2, False), (0, False))
    """
    lines = lines_of(text)
    comments = _comments(lines, settings)
    content = content_lines(lines, comments)
    content = [without_comment(line, comments) for line in content] if ends_in_comments(content, comments) else content
    named = separator_in(content[0]) if content else None
    content = content[1:] if named is not None else content
    has_counts = settings.counts is not False and counts_in(content) is not None
    content = content[1:] if has_counts else content
    records = _divided(content, settings.separator or named)[1] if content else [[]]
    is_row = any(map(is_number, records[0])) and not has_words_over_numbers(records)
    return (len(records[0]) if is_row else 0), has_counts


def _divided(content: Sequence[str], separator: str | None) -> tuple[str, list[list[str]]]:
    """Return the separator, and the values in each line.

    If not given, it is the one for which most rows have as many values as the first line, and most are numbers.
    """
    fitting: dict[str, tuple[float, list[list[str]], list[list[str]]]] = {}
    for tried in _SEPARATORS if separator is None else ():
        if tried != BLANKS and tried not in content[0] and '"' not in content[0]:
            continue  # one value in the first line
        records = records_of(content, tried)
        first = next(records)
        if len(first) > 1:
            rows = list(records)
            fit = _rows_that_fit(first, rows or [first])
            if fit:
                fitting[tried] = len(fit) / max(1, len(rows)), fit, [first, *rows]
    if not fitting:
        chosen = separator or ","
        return chosen, list(records_of(content, chosen))
    chosen = next(iter(fitting))
    if len(fitting) > 1:
        chosen = max(fitting, key=lambda tried: (fitting[tried][0], _numbers_in(fitting[tried][1])))
    return chosen, fitting[chosen][2]


def _rows_that_fit(first: list[str], rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with as many values as the first line, or one more that is empty; or with a label before them."""
    width = len(first)
    fit = [row for row in rows if len(row) == width or (len(row) == width + 1 and row[-1] == "")]
    return fit or (rows if have_row_labels([first, *rows]) else [])


def _numbers_in(rows: Sequence[Sequence[str]]) -> float:
    """Return the share of values that are numbers or missing."""
    values = [value for row in rows for value in row]
    return sum(is_number(value) or value.lower() in _NOTHING for value in values) / max(1, len(values))
