"""The class of each row, from a column of whole numbers, other numbers or text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import Target
from netwright.data import Dataset, class_places
from netwright.inspection.binning import FEW
from netwright.readers import is_numeric, row_shape, to_numpy

__all__ = ["ClassLabels", "guess_classes", "label_rows", "labels_of_head"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassLabels:
    """The classes of one head, and the class of each row.

    Attributes:
        head: its name.
        column: holds the class of each row; empty where the classes are flag columns or conditions.
        names: of the classes.
        labels: class of each row, shape (rows,); -1 where it has none or does not count for the head.
        unknown: rows that count for the head and are of none of the classes.
        strange: the value of the column in one of them, as text; empty where there are none.
        balanced: whether training gives the classes equal importance.
    """

    head: str
    column: str
    names: tuple[str, ...]
    labels: Integers
    unknown: int = 0
    strange: str = ""
    balanced: bool = False


def label_rows(dataset: Dataset, head: str, column: str, classes: Mapping[str, int | str]) -> ClassLabels:
    """Return the class of each row from guessed classes.

    Args:
        dataset: the columns.
        head: the name of the head.
        column: holds the class of each row.
        classes: name and value of each class, from `guess_classes`.

    Returns:
        The classes, with a label for each row.
    """
    values = dataset.arrow(column)
    labels = np.full(dataset.rows, -1, dtype=np.int64)
    for label, value in enumerate(classes.values()):
        labels[_equals(values, value)] = label
    return _class_labels(dataset, head, column, tuple(classes), labels, np.arange(dataset.rows))


def labels_of_head(dataset: Dataset, head: str, target: Target, kept: Integers | None = None) -> ClassLabels:
    """Return the class of each row for a head of an experiment.

    Args:
        dataset: the columns.
        head: the name of the head.
        target: defines the classes, and which rows count for the head.
        kept: the inspected rows, shape (rows,); None for all.

    Returns:
        The classes, with a label for each inspected row.

    Raises:
        DataError: a row is of two classes, or a column or a condition cannot be used.
    """
    where, rows = f"targets.{head}", np.arange(dataset.rows) if kept is None else kept
    counts = np.zeros(dataset.rows, dtype=np.bool_)
    counts[rows] = True
    if target.where is not None:
        counts &= dataset.condition(target.where, f"{where}.where")
    labels = class_places(dataset, where, target, counts).astype(np.int64)
    classes = _class_labels(dataset, head, target.column, tuple(target.labels), labels, np.flatnonzero(counts), rows)
    return replace(classes, balanced=target.class_balance != "none")


def _class_labels(
    dataset: Dataset,
    head: str,
    column: str,
    names: tuple[str, ...],
    labels: Integers,
    counting: Integers,
    rows: Integers | None = None,
) -> ClassLabels:
    """Count the rows of no class among those that count; the labels are of all rows, and those of `rows` are kept."""
    unknown = counting[labels[counting] < 0]
    strange = str(dataset.arrow(column)[int(unknown[0])].as_py()) if len(unknown) and column else ""
    return ClassLabels(head, column, names, labels if rows is None else labels[rows], len(unknown), strange)


def guess_classes(dataset: Dataset, column: str) -> dict[str, int | str]:
    """Guess the classes in a column: a few whole numbers or words.

    Args:
        dataset: the columns.
        column: the column.

    Returns:
        Name and value of each class; empty where it holds something else.
    """
    values = dataset.arrow(column)
    text = pa.types.is_string(values.type)
    if not text and (not is_numeric(values.type) or row_shape(values.type) or pa.types.is_null(values.type)):
        return {}
    distinct = pc.unique(values.drop_null()).to_pylist()
    if not text:
        distinct = [value for value in distinct if value == value]  # NaN is not a class
    if not 2 <= len(distinct) <= FEW or not (text or all(float(value).is_integer() for value in distinct)):
        return {}
    return {str(value if text else int(value)): value if text else int(value) for value in sorted(distinct)}


def _equals(values: pa.ChunkedArray, value: int | str) -> npt.NDArray[np.bool_]:
    """Return which rows have a value, shape (rows,); none do where its type is not that of the column."""
    if pa.types.is_string(values.type) and isinstance(value, str):
        return np.asarray(pc.fill_null(pc.equal(values, value), fill_value=False))
    if is_numeric(values.type) and not row_shape(values.type) and not isinstance(value, str):
        return np.asarray(to_numpy(values) == value)
    return np.zeros(len(values), dtype=np.bool_)
