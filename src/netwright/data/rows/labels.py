"""From the values of a label column, integers or words, to class indices."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import Target
from netwright.data.dataset import Dataset
from netwright.data.rows.categories import is_text
from netwright.errors import DataError, did_you_mean

__all__ = ["class_indices"]

_SHOWN = 6  # words in a message


def class_indices(
    dataset: Dataset,
    where: str,
    target: Target,
    counts: npt.NDArray[np.bool_],
    *,
    every_class: bool = True,
) -> npt.NDArray[np.int32]:
    """Return the class index of every row.

    Args:
        dataset: the columns.
        where: the head, for messages.
        target: defines which value stands for which class.
        counts: which rows must have a class, shape (rows,).
        every_class: whether each class must have rows.

    Returns:
        Indices in the order of the classes, shape (rows,), dimensionless; 0 where the row does not count.

    Raises:
        DataError: a row that counts belongs to no class, a class that must have rows has none, the classes are words
            and the column is not, or it contains several values per row.
    """
    words = any(isinstance(value, str) for value in target.labels.values())
    places = _places_of_words(dataset, where, target) if words else _places_of_numbers(dataset, where, target)
    strange = counts & (places < 0)
    if strange.any():
        row = int(np.flatnonzero(strange)[0])
        value = dataset.arrow(target.column)[row].as_py()
        classes = [str(value) for value in target.labels.values()]
        hint = did_you_mean(value, classes) if words and value is not None else ""
        msg = (
            f"{where}: column {target.column}, {dataset.locate(row)}: {'nothing' if value is None else repr(value)} is "
            f"none of the classes {target.labels}.{hint} Add it to {where}.classes, or exclude such rows with "
            f"{where}.where."
        )
        raise DataError(msg)
    for place, (class_name, value) in enumerate(target.labels.items()):
        if every_class and not (counts & (places == place)).any():
            msg = f"{where}: class {class_name} ({target.column} = {value}) has no rows in {dataset.named_sources()}"
            raise DataError(msg)
    return np.where(counts, places, 0).astype(np.int32)


def _places_of_numbers(dataset: Dataset, where: str, target: Target) -> npt.NDArray[np.int32]:
    if is_text(dataset.arrow(target.column)):
        words = _words(dataset, target.column)
        if not any(
            map(_is_number, words)
        ):  # otherwise the words are errors, which the conversion reports with their rows
            raise DataError(_about_text(words, where, target))
    values = dataset.column(target.column)
    if values.ndim != 1:
        msg = f"{where}: column {target.column} has shape {values.shape}; a target is one number per row"
        raise DataError(msg)
    floating = values.dtype.kind == "f"
    values = values.astype(np.float64) if floating else values  # no value of float32 is 2²⁴ + 1
    places = np.full(len(values), -1, dtype=np.int32)
    for place, value in enumerate(target.labels.values()):
        if not floating or float(value) == value:  # and none of float64 is 2⁵³ + 1
            places[np.asarray(values == value)] = place
    return places


def _words(dataset: Dataset, column: str) -> list[str]:
    return sorted(str(word) for word in pc.unique(dataset.arrow(column)).drop_null().to_pylist())


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _about_text(words: Sequence[str], where: str, target: Target) -> str:
    """Explain how to list the words of a column as classes."""
    named = {
        re.sub(r"\W+", "_", word).strip("_") or f"class_{place}": word for place, word in enumerate(words[:_SHOWN])
    }
    example = ", ".join(f"{name}: {json.dumps(word, ensure_ascii=False)}" for name, word in named.items())
    more = f" ... ({len(words)} words in all)" if len(words) > _SHOWN else ""
    last = "; the second is the signal" if len(target.labels) == 2 else ""
    return (
        f"{where}: column {target.column} contains words, but the values of its classes are numbers, {target.labels}. "
        f"List the words: classes: {{{example}}}{more}{last}."
    )


def _places_of_words(dataset: Dataset, where: str, target: Target) -> npt.NDArray[np.int32]:
    values = dataset.arrow(target.column)
    if not is_text(values):
        msg = (
            f"{where}: column {target.column} is of type {values.type}, but its classes are words, {target.labels}. "
            "Write integers as the values of the classes, without quotes."
        )
        raise DataError(msg)
    words = pa.array(list(target.labels.values()), pa.string())
    places: npt.NDArray[np.int32] = pc.index_in(values, words).fill_null(-1).to_numpy().astype(np.int32)
    return places
