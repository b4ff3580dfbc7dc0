"""The format of a text table, as readers take it: plain, as importing the section would double the time of a start."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["TextFormat"]


@dataclass(frozen=True)
class TextFormat:
    """Format of a text table; what is None is guessed from each file.

    The keys of the section `data.csv`, `netwright.config.CsvSection`, which checks them and has their defaults.

    Attributes:
        separator: between values.
        decimal: the decimal mark.
        comment: lines that start with it are skipped; empty for none.
        encoding: such as utf-8.
        names: of the columns, for a file without a header or to replace its header.
        counts: whether the first line gives the numbers of signal and background rows.
        missing: texts that mean a missing number, besides the usual ones.
    """

    separator: str | None = None
    decimal: str | None = None
    comment: str | None = None
    encoding: str | None = None
    names: list[str] = field(default_factory=list)
    counts: bool | None = None
    missing: list[str] = field(default_factory=list)
