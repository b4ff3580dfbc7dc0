"""Sections of targets for an experiment file: their kind, and the names of their classes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any

from netwright.data import Dataset
from netwright.errors import DataError
from netwright.inspection.binning import FEW
from netwright.inspection.column_summary import ColumnSummary
from netwright.inspection.guess.arrays import find_one_hot

__all__ = ["free_name", "kind_section", "one_hot_section", "section_of_column"]

_SIGNAL = re.compile(r"(?i:s|sig|signal|yes|y|ja|oui|true|t|pos|positive|\+)")  # of two words
_SIGNS = {"<=": "at_most", ">=": "at_least", "<": "below", ">": "above", "-": "minus", "+": "plus"}


def free_name(text: str, taken: Collection[str]) -> str:
    """Return a name made of letters, digits and underscores that is not taken yet.

    Args:
        text: any text.
        taken: names in use.

    Returns:
        The name.

    Example:
        >>> free_name("b jets", {"b_jets"}), free_name("étiquette", {})
        ('b_jets_2', 'etiquette')
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    name = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_") or "constituents"
    name = name if name[0].isalpha() else f"n_{name}"
    return name if name not in taken else f"{name}_{len(taken) + 1}"


def kind_section(classes: Collection[str]) -> dict[str, Any]:
    """Return the kind of a target with classes.

    Args:
        classes: their names.

    Returns:
        The key ``kind`` of its section.

    Example:
        >>> kind_section(["QCD", "top"])
        {'kind': 'binary'}
    """
    return {"kind": "binary" if len(classes) == 2 else "multiclass"}


def one_hot_section(dataset: Dataset, target: str) -> dict[str, Any] | None:
    """Return the section of a target with one-hot labels: multiclass, or binary for two.

    Args:
        dataset: the columns.
        target: one of them.

    Returns:
        The section; None where the column has no one-hot labels of two or more classes.
    """
    positions = find_one_hot(dataset, target)
    if positions is None or len(positions) < 2:
        return None
    names = ["background", "signal"] if len(positions) == 2 else [f"class_{position}" for position in positions]
    return kind_section(names) | {"column": target, "classes": dict(zip(names, positions, strict=True))}


def section_of_column(column: ColumnSummary, words: Sequence[str]) -> dict[str, Any]:
    """Return the section of a target: binary for two whole numbers or words, multiclass for a few, else regression.

    Args:
        column: of the target.
        words: the different words in it; none where it holds numbers.

    Returns:
        The section.

    Raises:
        DataError: the column is constant, or has no number per row.
    """
    if 2 <= len(words) <= FEW:
        classes: dict[str, str] = {}
        for word in sorted(words, key=lambda word: len(words) == 2 and _SIGNAL.fullmatch(word) is not None):
            classes[free_name(_spelled(word), classes)] = word
        return {"kind": "binary" if len(words) == 2 else "multiclass", "column": column.name, "classes": classes}
    if column.shape == (None,):
        msg = (
            f"--target {column.name}: it holds a list in each row; a target is one number per row. Name one of its "
            f"places, --target '{column.name}[0]' for the first, or write a file with a row for each entry."
        )
        raise DataError(msg)
    if column.shape or column.minimum is None:
        msg = (
            f"--target {column.name}: it holds {column.type} of shape {column.shape or '()'}; a target is one number "
            "per row. Name another, or write the file by hand with data.derived."
        )
        raise DataError(msg)
    if column.constant:
        constant = f"it is {column.minimum:g} in every row; there is nothing to learn"
        msg = f"--target {column.name}: {constant}. Name another column."
        raise DataError(msg)
    if len(column.values) == 2:
        background, signal = column.values
        return {"kind": "binary", "column": column.name, "classes": {"background": background, "signal": signal}}
    if column.values:
        numbered = {f"class_{value}".replace("-", "minus_"): value for value in column.values}
        return {"kind": "multiclass", "column": column.name, "classes": numbered}
    return {"kind": "regression", "column": column.name}


def _spelled(word: str) -> str:
    """Return a word with the signs in front of it as words, so that they tell names of classes apart.

    Example:
        >>> _spelled("<=50K"), _spelled(">50K"), _spelled("-")
        ('at_most_50K', 'above_50K', 'minus')
    """
    sign = next((sign for sign in _SIGNS if word.startswith(sign)), "")
    return f"{_SIGNS[sign]}_{word[len(sign) :].strip()}".rstrip("_") if sign else word or "none"
