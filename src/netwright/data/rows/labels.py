"""From what an experiment says of classes to class indices: values of a column, one-hot arrays, flags, conditions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import Target
from netwright.data.dataset import Dataset
from netwright.data.elements import how_to_name_one
from netwright.data.rows.categories import is_text
from netwright.errors import DataError
from netwright.readers import evaluate, is_numeric, row_shape, shown

__all__ = ["class_places", "refuse_empty_classes"]

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int32]

_SHOWN = 6  # words in a message


def class_places(dataset: Dataset, where: str, target: Target, counts: Mask) -> Places:
    """Return the class of every row.

    Args:
        dataset: the columns.
        where: the head, for messages.
        target: defines what makes a row one of a class.
        counts: which rows the head learns from, shape (rows,).

    Returns:
        Indices in the order of the classes, shape (rows,), dimensionless; -1 where a row is of no class or does not
        count.

    Raises:
        DataError: a row that counts belongs to two classes, the classes are words and the column is not, a one-hot
            array or a flag holds another number than 0 and 1, or a condition cannot be computed.
    """
    classes = np.full(dataset.rows, -1, dtype=np.int32)
    for class_index, fulfilled in _fulfilled(dataset, where, target, counts):
        in_two = fulfilled & (classes >= 0) & (classes != class_index)
        if in_two.any():
            row, names = int(np.flatnonzero(in_two)[0]), list(target.labels)
            first, second = (f"{name} ({target.meaning(name)})" for name in (names[classes[row]], names[class_index]))
            msg = (
                f"{where}: {dataset.locate(row)} belongs to two classes, {first} and {second}. Make their definitions "
                f"exclude each other, or leave such rows out with {where}.where."
            )
            raise DataError(msg)
        classes[fulfilled] = class_index
    return classes


def refuse_empty_classes(dataset: Dataset, where: str, target: Target, places: Places) -> None:
    """Refuse classes without rows: most likely their definition is misspelt.

    Args:
        dataset: the columns.
        where: the head, for messages.
        target: defines what makes a row one of a class.
        places: the class of every row, from `class_places`, shape (rows,).

    Raises:
        DataError: a class has no rows.
    """
    present = set(np.unique(places).tolist())
    for class_index, name in enumerate(target.labels):
        if class_index not in present:
            msg = (
                f"{where}: class {name} ({target.meaning(name)}) has no rows in {dataset.named_sources()}."
                f"{_values_instead(dataset, target)}"
            )
            raise DataError(msg)


def _values_instead(dataset: Dataset, target: Target) -> str:
    """Name a few values of the column, where the definition of a class may be misspelt."""
    if not target.column or row_shape(dataset.arrow(target.column).type):
        return ""
    values = pc.unique(dataset.arrow(target.column)).drop_null().to_pylist()
    more = " ..." if len(values) > _SHOWN else ""
    return f" {target.column} has {', '.join(repr(value) for value in values[:_SHOWN])}{more}."


def _fulfilled(dataset: Dataset, where: str, target: Target, counts: Mask) -> Iterator[tuple[int, Mask]]:
    """Yield the index of a class and which rows fulfil one of its labels, label by label."""
    labels = [
        (class_index, label) for class_index, name in enumerate(target.labels) for label in target.labels_of(name)
    ]
    if not target.column:
        for class_index, label in labels:
            yield class_index, counts & _flag_or_condition(dataset, where, str(label), counts)
        return
    column = dataset.arrow(target.column)
    if len(row_shape(column.type)) == 1 and is_numeric(column.type):
        for class_index, label in labels:
            yield class_index, counts & _one_hot_mask(dataset, where, target, label, counts)
        return
    words = any(isinstance(label, str) for _, label in labels)
    values = _words(dataset, where, target) if words else _numbers(dataset, where, target)
    for class_index, label in labels:
        yield class_index, counts & _equal(values, label)


def _flag_or_condition(dataset: Dataset, where: str, text: str, counts: Mask) -> Mask:
    """Return where a flag column is 1, or a condition true; a missing value is neither."""
    if dataset.has(text) or re.fullmatch(r"\w+", text):
        values, column_text = dataset.column(text), f"{where}: flag column {text}"
        if values.ndim != 1:
            shape = values.shape[1:]
            msg = f"{column_text} has shape {shape} in each row; a flag is one number per row. "
            raise DataError(msg + how_to_name_one(text, shape))
        return _ones(dataset, column_text, values, counts)
    fulfilled = evaluate(dataset.table, text, f"{where}.classes", condition=True)
    if not pa.types.is_boolean(fulfilled.type):
        msg = f"{where}.classes: {shown(text)} must be true or false for each row, but gives {fulfilled.type}. "
        raise DataError(msg + "Use a comparison.")
    return np.asarray(pc.fill_null(fulfilled, False).to_numpy(), dtype=np.bool_)  # noqa: FBT003  # of PyArrow


def _one_hot_mask(dataset: Dataset, where: str, target: Target, label: object, counts: Mask) -> Mask:
    """Return where a one-hot array has its 1 at a place, counted from 0."""
    values, label_text = dataset.column(target.column), f"{where}: column {target.column}"
    if not isinstance(label, int) or not 0 <= label < values.shape[1]:
        msg = f"{label_text} has {values.shape[1]} numbers in each row, but a class is {label!r}. "
        raise DataError(msg + f"Classes of a one-hot array are places from 0 to {values.shape[1] - 1}.")
    return _ones(dataset, f"{label_text}, place {label}", values[:, label], counts)


def _ones(dataset: Dataset, column_text: str, values: npt.NDArray[np.generic], counts: Mask) -> Mask:
    """Return which values are 1; others than 0, 1 and missing ones are refused."""
    ones = np.asarray(values == 1)
    strange = counts & ~ones & ~(np.asarray(values == 0) | np.asarray(values != values))  # NaN
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        msg = (
            f"{column_text}, {dataset.locate(row)}: {values[row]} is neither 0 nor 1. Write a condition, such as X > 0."
        )
        raise DataError(msg)
    return ones


def _equal(values: pa.ChunkedArray | npt.NDArray[np.generic], label: object) -> Mask:
    if isinstance(values, pa.ChunkedArray):
        return np.asarray(pc.fill_null(pc.equal(values, label), False).to_numpy(), np.bool_)  # noqa: FBT003
    number = float(str(label)) if values.dtype.kind == "f" else label
    if number != label:
        return np.zeros(len(values), np.bool_)  # no value of float64 is 2⁵³ + 1
    return np.asarray(values == label, dtype=np.bool_)


def _numbers(dataset: Dataset, where: str, target: Target) -> npt.NDArray[np.generic]:
    if is_text(dataset.arrow(target.column)):
        words = sorted(str(word) for word in pc.unique(dataset.arrow(target.column)).drop_null().to_pylist())
        if not any(map(_is_number, words)):  # otherwise the words are errors, which the conversion reports by row
            raise DataError(_words_advice(words, where, target))
    values = dataset.column(target.column)
    if values.ndim != 1:
        shape = values.shape[1:]
        msg = f"{where}: column {target.column} has shape {shape} in each row; a target is one number per row. "
        msg += how_to_name_one(str(target.column), shape)
        raise DataError(msg)
    return values.astype(np.float64) if values.dtype.kind == "f" else values  # no value of float32 is 2²⁴ + 1


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _words_advice(words: Sequence[str], where: str, target: Target) -> str:
    """Explain how to list the words of a column as classes."""
    named = {
        re.sub(r"\W+", "_", word).strip("_") or f"class_{index}": word for index, word in enumerate(words[:_SHOWN])
    }
    example = ", ".join(f"{name}: {json.dumps(word, ensure_ascii=False)}" for name, word in named.items())
    more = f" ... ({len(words)} words in all)" if len(words) > _SHOWN else ""
    last = "; the second is the signal" if len(target.labels) == 2 else ""
    return (
        f"{where}: column {target.column} contains words, but the values of its classes are numbers, {target.labels}. "
        f"List the words: classes: {{{example}}}{more}{last}."
    )


def _words(dataset: Dataset, where: str, target: Target) -> pa.ChunkedArray:
    values = dataset.arrow(target.column)
    if not is_text(values):
        msg = (
            f"{where}: column {target.column} is of type {values.type}, but its classes are words, {target.labels}. "
            "Write integers as the values of the classes, without quotes."
        )
        raise DataError(msg)
    return values
