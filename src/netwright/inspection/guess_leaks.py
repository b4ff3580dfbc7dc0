"""Columns that hold the class in other words: one value in all rows of each class or sample."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import SAMPLE
from netwright.data import Dataset
from netwright.readers import shortened

__all__ = ["why_leaks"]

_MIN_ROWS = 50  # rows; fewer may agree by chance
_FIRST_PASS = 2_000  # rows, after which most columns are known to differ within a class


def why_leaks(dataset: Dataset, classes: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return why columns answer what a network is to find out: they are the same in all rows of each class.

    Of samples these are, for example, the cross section and the number of the data set; of classes, flags and codes of
    the truth.

    Args:
        dataset: the columns.
        classes: the column with the class or the sample of each row, or a flag column for each class.
        names: of columns with a number or a word for each row, which have more than one value.

    Returns:
        The reason, by the names of those that do; none where there are fewer than 50 rows.

    Example:
        >>> table = pa.table({"y": [0, 1] * 30, "code": [7, 3] * 30, "x": list(range(60))})
        >>> why_leaks(Dataset(table, ()), ["y"], ["code", "x"])
        {'code': 'it has one value in each class of y, so that it is the answer itself'}
    """
    if dataset.rows < _MIN_ROWS:
        return {}
    step = -(-dataset.rows // _FIRST_PASS)
    rows = pa.array(range(0, dataset.rows, step))
    likely = _same_in_each(dataset, classes, names, rows)
    same = _same_in_each(dataset, classes, likely, None) if step > 1 else likely
    where = "sample" if list(classes) == [SAMPLE] else f"class of {shortened(classes)}"
    return dict.fromkeys(same, f"it has one value in each {where}, so that it is the answer itself")


def _same_in_each(dataset: Dataset, classes: Sequence[str], names: Sequence[str], rows: pa.Array | None) -> list[str]:
    """Return the columns with one value in each class, among some of the rows or all."""
    columns = [dataset.arrow(name) for name in (*classes, *names)]
    columns = columns if rows is None else [column.take(rows) for column in columns]
    labels = [str(index) for index in range(len(columns))]  # names of columns may be anything
    table = pa.table(columns, names=labels)
    count_missing = pc.CountOptions(mode="all")
    keys, values = labels[: len(classes)], labels[len(classes) :]
    counts = table.group_by(keys).aggregate([(value, "count_distinct", count_missing) for value in values])
    if counts.num_rows < 2:
        return []
    largest = [pc.max(counts[f"{value}_count_distinct"]).as_py() for value in values]
    return [name for name, most in zip(names, largest, strict=True) if most == 1]
