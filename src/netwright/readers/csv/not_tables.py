"""Texts that are no tables of rows and columns: refused with their name and what to do with them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from netwright.errors import DataError
from netwright.readers._other_formats import FROM_LIBSVM
from netwright.readers.csv.lines import is_number

__all__ = ["FIXED_WIDTHS", "refuse_other_texts", "refuse_ragged", "refuse_undivided"]

FIXED_WIDTHS = (
    "Numbers of fixed width without blanks between them, as Fortran writes, are converted by "
    'pandas.read_fwf(FILE, widths=[...]).to_parquet("table.parquet").'
)
"""What to do with them, for messages."""

_PAIRS = re.compile(r"\S+(\s+\d+:[^\s:]+)+\s*(#.*)?")
_SEEN = 8  # lines
_DIFFERENT = 3  # widths of rows


def refuse_other_texts(content: Sequence[str]) -> None:
    """Refuse text of LIBSVM, in which each value has the number of its column, what ROOT's Scan prints, and LaTeX.

    Args:
        content: the first lines that are neither empty nor comments.

    Raises:
        DataError: the text has one of these formats; the message does not name the file.
    """
    lines = [line.strip() for line in content[:_SEEN]]
    if lines and all(map(_PAIRS.fullmatch, lines)) and any(line.count(":") > 1 for line in lines):
        msg = (
            f"is in LIBSVM's format (a label, then COLUMN:VALUE, as in {lines[0][:40]!r}), which is not read. "
            f"{FROM_LIBSVM}"
        )
        raise DataError(msg)
    if sum(line.endswith("\\\\") and "&" in line for line in lines) * 2 > len(lines):
        msg = (
            "is a table of LaTeX, with & between values, which is not read. Write commas instead, and leave out "
            "what is no row: grep '&' FILE | sed 's/ *\\\\\\\\.*//; s/ *& */,/g' > table.csv"
        )
        raise DataError(msg)
    if lines and set(lines[0]) == {"*"}:
        msg = (
            "is what TTree::Scan prints, with asterisks between values, which is not read. Name the ROOT file instead, "
            "or write a part of its tree with RDataFrame's Snapshot."
        )
        raise DataError(msg)


def refuse_ragged(records: Sequence[Sequence[str]]) -> None:
    """Refuse a text whose lines have ever different numbers of values, as events with a list of objects have.

    Args:
        records: the first of the table.

    Raises:
        DataError: there are several widths, and at most half of the records have the same; the message does not
            name the file.
    """
    widths = [len(record) for record in records]
    most = max(widths.count(width) for width in set(widths)) if widths else 0
    if len(set(widths)) >= _DIFFERENT and 2 * most <= len(widths):
        shown = ", ".join(map(str, widths[:_DIFFERENT]))
        msg = (
            f"has lines with different numbers of values ({shown} ...), as events with a list of objects; a text table "
            "has one value per column in each row. Convert it: one row per event in Parquet with a list for each "
            "quantity of the objects, or columns for a fixed number of them, empty where an event has fewer."
        )
        raise DataError(msg)


def refuse_undivided(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Refuse a header of several words above rows with other numbers of values, which would be one column of texts.

    Args:
        names: of the columns.
        rows: the first records below the header.

    Raises:
        DataError: no separator divides header and rows alike; the message does not name the file.
    """
    words = names[0].split()
    if len(names) > 1 or len(words) < 2 or not rows or all(len(row) == 1 and is_number(row[0]) for row in rows):
        return
    widths = sorted({len(row[0].split()) for row in rows if row})
    shown = f"{widths[0]}" if len(widths) == 1 else f"{widths[0]} to {widths[-1]}"
    msg = (
        f"the first line has {len(words)} names ({', '.join(words[:4])}{' ...' if len(words) > 4 else ''}) with blanks "
        f"between them, and the rows have {shown} values. Give each column one name without blanks, or name the "
        f"separator in data.csv: {{separator: ...}}. {FIXED_WIDTHS}"
    )
    raise DataError(msg)
