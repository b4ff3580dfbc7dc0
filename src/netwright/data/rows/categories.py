"""Categories as integers that a network can take: integers unchanged, words by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.data.column_kinds import check_numbers
from netwright.data.dataset import Dataset
from netwright.data.elements import how_to_name_one
from netwright.errors import DataError
from netwright.readers import row_shape, to_numpy

__all__ = [
    "MISSING_CATEGORY",
    "category_column",
    "category_numbers",
    "check_categories",
    "check_words",
    "is_text",
    "word_number",
    "words_in",
    "words_of",
]

MISSING_CATEGORY = -(2**31)
"""The number of a missing category (null, or NaN among integers): no other category can have it."""


def word_number(word: str) -> int:
    """Return the number of a word: the first 31 bits of its BLAKE2b hash, the same on every machine.

    The probability that two of n words have the same number is about n² / 2³²: 0.02% for 1000 words.

    Args:
        word: any text.

    Returns:
        An integer from 0 to 2³¹ - 1: the digest of 4 bytes, little-endian, with the highest bit set to 0.

    Source: RFC 7693, with a digest of 4 bytes of the word in UTF-8.

    Example:
        >>> word_number("electron"), word_number("muon")
        (1758978511, 1068454188)
    """
    digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "little") & 0x7FFF_FFFF


def category_column(dataset: Dataset, where: str, column: str) -> npt.NDArray[np.int32]:
    """Read a column of categories.

    Args:
        dataset: the columns.
        where: the group, for messages.
        column: integers or words.

    Returns:
        One integer per row, shape (rows,), dimensionless: the integer itself, `word_number` of a word, or
        `MISSING_CATEGORY` if there is none.

    Raises:
        DataError: there is no such column, it contains several values per row, a number is not an integer, is too
            large,
            or is ambiguous in the column's type, or two words have the same number.
    """
    check_categories(dataset, where, column)
    return category_numbers(dataset.arrow(column), where, column, dataset.locate)


def category_numbers(
    values: pa.ChunkedArray, where: str, column: str, locate: Callable[[int], str]
) -> npt.NDArray[np.int32]:
    """Convert categories to integers.

    Args:
        values: integers or words, shape (n,).
        where: the group, for messages.
        column: their column, for messages.
        locate: returns the origin of a value, for messages.

    Returns:
        Shape (n,), dimensionless: as `category_column`.

    Raises:
        DataError: a number is not an integer, is too large, or is ambiguous in the column's type.
    """
    if is_text(values):
        return _words(values)
    raw = to_numpy(values)
    numbers = np.asarray(raw, dtype=np.float64)
    missing = np.isnan(numbers)
    numbers = np.where(missing, MISSING_CATEGORY, numbers)
    _refuse_merged(where, column, raw, locate)
    is_integer = np.isfinite(numbers) & (np.floor(numbers) == numbers) & (np.abs(numbers) < 2**31)
    invalid = ~(is_integer | missing)
    if invalid.any():
        row = int(np.flatnonzero(invalid)[0])
        shown = str(raw[row]).removesuffix(".0")  # independent of missing values elsewhere
        msg = (
            f"{where}: column {column}, {locate(row)}: {shown} is not a whole number between "
            "-2147483647 and 2147483647, as required for a category. For continuous values use kind: numeric."
        )
        raise DataError(msg)
    return numbers.astype(np.int32)


def _refuse_merged(where: str, column: str, values: npt.NDArray[Any], locate: Callable[[int], str]) -> None:
    """Refuse integers in floating point of at most 32 bits, beyond the size at which it merges neighbours."""
    if values.dtype not in {np.dtype(np.float32), np.dtype(np.float16)}:
        return
    largest = 2.0 ** (np.finfo(values.dtype).nmant + 1)
    bad = np.isfinite(values) & (np.abs(values.astype(np.float64)) >= largest)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        msg = (
            f"{where}: column {column}, {locate(row)}: {values[row]:.0f} is a category in {values.dtype}, "
            f"which cannot distinguish neighbouring integers from {largest:.0f} on. Write the column as integers."
        )
        raise DataError(msg)


def check_categories(dataset: Dataset, where: str, column: str) -> None:
    """Refuse a column that cannot be categories for any values; words are checked, too.

    Args:
        dataset: the columns.
        where: the group, for messages.
        column: integers or words.

    Raises:
        DataError: there is no such column, it contains neither numbers nor words, or several values per row, or two
            words have the same number.
    """
    values = dataset.arrow(column)
    if is_text(values):
        check_words(values, where, column)
        return
    check_numbers(dataset, column)
    shape = row_shape(values.type)
    if shape:
        msg = (
            f"{where}: column {column} has shape {shape} in each row; this kind takes one category "
            f"per row. {how_to_name_one(column, shape)}"
        )
        raise DataError(msg)


def check_words(values: pa.ChunkedArray, where: str, column: str) -> None:
    """Refuse words of which two have the same number.

    Args:
        values: words, shape (n,).
        where: the group, for messages.
        column: their column, for messages.

    Raises:
        DataError: there are two such words.
    """
    _refuse_equal_numbers(where, column, pc.unique(values).drop_null().to_pylist())


def words_of(dataset: Dataset, column: str) -> dict[str, int]:
    """Return the words of a column and their numbers.

    Args:
        dataset: the columns.
        column: of categories.

    Returns:
        Numbers by word, in the words' order; empty for a column of integers.
    """
    return words_in(dataset.arrow(column)) if pa.types.is_string(dataset.type_of(column)) else {}


def words_in(values: pa.ChunkedArray) -> dict[str, int]:
    """Return the words among categories and their numbers.

    Args:
        values: categories, shape (n,).

    Returns:
        Numbers by word, in the words' order; empty for integers.
    """
    if not is_text(values):
        return {}
    return {word: word_number(word) for word in sorted(pc.unique(values).drop_null().to_pylist())}


def is_text(values: pa.ChunkedArray) -> bool:
    """Return whether a column contains words.

    Args:
        values: shape (rows,).

    Returns:
        True for text.
    """
    return bool(pa.types.is_string(values.type))


def _refuse_equal_numbers(where: str, column: str, words: list[str]) -> None:
    by_number: dict[int, str] = {}
    for word in words:
        earlier = by_number.setdefault(word_number(word), word)
        if earlier != word:
            msg = (
                f"{where}: column {column}: the words {earlier!r} and {word!r} have the same number, "
                f"{word_number(word)}. Rename one of them, for example with data.derived."
            )
            raise DataError(msg)


def _words(values: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    encoded = values.combine_chunks().dictionary_encode()
    words = encoded.dictionary.to_pylist()
    numbers = np.array([*(word_number(word) for word in words), MISSING_CATEGORY], dtype=np.int32)
    indices: npt.NDArray[np.int32] = encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return numbers[indices]
