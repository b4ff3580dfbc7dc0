"""Columns of a few whole numbers, which may count or name what they stand for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.data import Dataset
from netwright.errors import first_few
from netwright.finding import Finding
from netwright.inspection.column_summary import ColumnSummary

__all__ = ["codes_finding", "possible_codes"]

_LEAST = 5  # values: through fewer a network bends any function of the number
_SHARE, _ROWS = 0.01, 10  # of each value, at least; numbers that count become rare where they are large
_MOST = 100  # values of all columns together, each of which is an input


def possible_codes(dataset: Dataset, columns: Sequence[ColumnSummary]) -> list[str]:
    """Return the columns of 5 to 20 different whole numbers, none of them rare: the code of a region, a weekday.

    A network that takes a code as a number has to follow a function that jumps from each value to the next; one that
    takes a count as categories does not know their order. So each is an input twice. Counts, such as the number of
    jets, mostly have rare values, of which a network learns the rows by heart, and stay numbers.

    Args:
        dataset: has the columns.
        columns: of numbers.

    Returns:
        Their names, where each value is in 1% of the rows and in 10 of them at least; none where they have more than
        100 values together.

    Source: trials on tables with and without codes, in docs/log.md.

    Example:
        >>> import pyarrow as pa
        >>> from netwright.inspection.column_summary import summarise_columns
        >>> columns = {"region": [7, 2, 1, 9, 4] * 10, "jets": [2, 3, 4, 3, 2] * 10}
        >>> dataset = Dataset.of({name: pa.chunked_array([values]) for name, values in columns.items()})
        >>> possible_codes(dataset, summarise_columns(dataset))
        ['region']
    """
    fewest = max(_SHARE * dataset.rows, _ROWS)
    few = [column for column in columns if len(column.values) >= _LEAST and _rarest(dataset, column.name) >= fewest]
    return [column.name for column in few] if sum(len(column.values) for column in few) <= _MOST else []


def _rarest(dataset: Dataset, name: str) -> int:
    """Return the number of rows with the rarest value of a column."""
    values = dataset.column(name)
    return int(np.unique(values[np.isfinite(values)], return_counts=True)[1].min())


def codes_finding(names: Sequence[str]) -> Finding:
    """Return a finding on columns that are inputs as numbers and as categories.

    Args:
        names: of the columns.

    Returns:
        A NOTE.
    """
    evidence = f"{first_few(names)}: up to 20 different whole numbers, taken as numbers and as categories."
    remedy = "If they only count, leave out the group of categories; if they only name, leave them out of the numbers."
    return Finding("numbers or codes", "NOTE", evidence, tuple(names), remedy=remedy, see="docs/tables.md")
