"""Columns that hold the class in other words: one value in each class or sample, or one class for each value."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import SAMPLE
from netwright.data import Dataset
from netwright.errors import first_few

__all__ = ["why_leaks"]

_MIN_ROWS = 50  # rows; fewer may agree by chance
_ROWS_OF_A_VALUE = 10  # on average; a class for each of fewer rows may be chance
_FIRST_PASS = 2_000  # rows, after which most columns are known to differ within a class


def why_leaks(dataset: Dataset, classes: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Return why columns answer what a network is to find out.

    They are the same in all rows of each class, or each of their values, which are few, is in one class alone. Of
    samples these are, for example, the cross section and the number of the data set; of classes, flags and codes of the
    truth, and the names of the processes that a class is made of.

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
        >>> table = pa.table({"y": [0, 1] * 30, "process": ["W", "H", "Z", "H"] * 15})
        >>> why_leaks(Dataset(table, ()), ["y"], ["process"])
        {'process': 'each of its values is in one class of y alone, so that it tells the answer'}
    """
    if dataset.rows < _MIN_ROWS:
        return {}
    step = -(-dataset.rows // _FIRST_PASS)
    rows = pa.array(range(0, dataset.rows, step))
    likely = _same_in_each(dataset, classes, names, rows)
    same = _same_in_each(dataset, classes, likely, None) if step > 1 else likely
    where = "sample" if list(classes) == [SAMPLE] else f"class of {first_few(classes)}"
    reasons = dict.fromkeys(same, f"it has one value in each {where}, so that it is the answer itself")
    others = [name for name in names if name not in reasons]
    likely = [name for name in others if _tells(dataset, classes, name, rows)]
    telling = [name for name in likely if _tells(dataset, classes, name, None)] if step > 1 else likely
    return reasons | dict.fromkeys(telling, f"each of its values is in one {where} alone, so that it tells the answer")


def _tells(dataset: Dataset, classes: Sequence[str], name: str, rows: pa.Array | None) -> bool:
    """Return whether each value of a column is in one class alone, among some of the rows or all."""
    values = dataset.arrow(name) if rows is None else dataset.arrow(name).take(rows)
    if not 1 < pc.count_distinct(values, mode="all").as_py() <= len(values) / _ROWS_OF_A_VALUE:
        return False
    labels = [dataset.arrow(one) if rows is None else dataset.arrow(one).take(rows) for one in classes]
    table = pa.table([values, *labels], names=["value", *(str(index) for index in range(len(labels)))])
    pairs = table.group_by(table.column_names).aggregate([])
    classes_present = pairs.group_by(table.column_names[1:]).aggregate([]).num_rows
    return bool(classes_present > 1 and pairs.num_rows == len(pc.unique(pairs["value"])))


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
