"""Categories as whole numbers: numbers stay, words become a stable hash, and what is missing is a category."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import target_rows
from netwright.data.rows.categories import MISSING_CATEGORY, category_column, word_number, words_of
from netwright.data.rows.labels import class_places, refuse_empty_classes
from netwright.errors import DataError

NAN = float("nan")


def test_numbers_of_words_never_change():
    """Trained networks hold them: these numbers are from the day the function was written."""
    assert [word_number(word) for word in ("", "electron", "muon", "τ")] == [
        634351890,
        1758978511,
        1068454188,
        1512046937,
    ]


@given(st.text())
def test_a_word_is_the_first_31_bits_of_its_hash(word):
    digest = hashlib.blake2b(word.encode("utf-8"), digest_size=4).digest()
    assert word_number(word) == sum(byte << 8 * place for place, byte in enumerate(digest)) % 2**31


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, -5, 2**31 - 1], [1, -5, 2**31 - 1]),
        ([1, None, 0], [1, MISSING_CATEGORY, 0]),
        ([1.0, NAN, 3.0], [1, MISSING_CATEGORY, 3]),
        ([2**24, 2**24 + 1], [2**24, 2**24 + 1]),
        ([2.0**24, 2.0**24 + 1], [2**24, 2**24 + 1]),
        ([True, False, None], [1, 0, MISSING_CATEGORY]),
        (["a", None, "b", "a"], [word_number("a"), MISSING_CATEGORY, word_number("b"), word_number("a")]),
        (["", "a"], [word_number(""), word_number("a")]),
    ],
)
def test_columns(dataset_of, values, expected):
    result = category_column(dataset_of({"c": values}), "inputs.x", "c")
    assert result.dtype == np.int32
    assert result.tolist() == expected


def test_words_of_a_column(dataset_of):
    dataset = dataset_of({"c": ["b", None, "a", "b"], "n": [1, 2, 3, 4]})
    assert words_of(dataset, "c") == {"a": word_number("a"), "b": word_number("b")}
    assert words_of(dataset, "n") == {}


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ([1.0, 2.5, 3.0], "inputs.x: column c, toy.csv, row 1: 2.5 is not a whole number .*kind: numeric"),
        (
            np.array([1, 2**24], np.float32),
            "row 1: 16777216 is a category in float32, which cannot distinguish neighbouring integers from 16777216",
        ),
        ([1, 2, 2**31], "row 2: 2147483648 is not a whole number between"),
        ([1, -(2**31), 0], "row 1: -2147483648 is not a whole number between -2147483647 and"),
        ([1.0, float("inf")], "row 1: inf is not a whole number"),
        (np.ones((3, 2)), r"inputs.x: column c has shape \(2,\) in each row; this kind takes one category .*c\[0\]"),
    ],
)
def test_what_is_no_category(dataset_of, values, match):
    with pytest.raises(DataError, match=match):
        category_column(dataset_of({"c": values}), "inputs.x", "c")


def test_two_words_of_one_number_are_refused(dataset_of):
    by_number = {}
    for k in range(10**6):  # by the birthday, 50,000 words have a pair with a probability of 44%
        word = f"w{k}"
        other = by_number.setdefault(word_number(word), word)
        if other != word:
            break
    with pytest.raises(DataError, match=f"column c: the words '{other}' and '{word}' have the same number, .*Rename"):
        category_column(dataset_of({"c": [other, "x", word]}), "inputs.x", "c")


# --- classes ------------------------------------------------------------------------------------------------------


def labels_of(dataset, classes, counts=None):
    from netwright.config import MulticlassTarget

    target = MulticlassTarget(kind="multiclass", column="y", classes=classes)
    places = class_places(dataset, "targets.t", target, np.ones(dataset.rows, bool) if counts is None else counts)
    refuse_empty_classes(dataset, "targets.t", target, places)
    return places


def test_classes_may_be_words(dataset_of):
    dataset = dataset_of({"y": ["qcd", "top", "w", "qcd", None]})
    counts = np.array([True, True, True, True, False])
    assert labels_of(dataset, {"top": "top", "other": "w", "light": "qcd"}, counts).tolist() == [2, 0, 1, 2, -1]


@pytest.mark.parametrize(
    ("values", "match"),
    [
        (["top", "qdc", None], r"targets.t: class light \(y = qcd\) has no rows in toy.csv. y has 'top', 'qdc'."),
        ([1, 0], "targets.t: column y is of type int64, but its classes are words, .*without quotes"),
    ],
)
def test_words_that_are_no_class(dataset_of, values, match):
    with pytest.raises(DataError, match=match):
        labels_of(dataset_of({"y": values}), {"top": "top", "light": "qcd"})


@pytest.mark.parametrize(("kind", "value"), [(np.float32, 2**24 + 1), (np.float64, 2**53 + 1)])
def test_a_class_that_a_type_cannot_hold_is_not_its_neighbour(kind, value, dataset_of, experiment_of):
    classes = {"background": 0, "signal": value}
    target = experiment_of(targets={"t": {"kind": "binary", "column": "y", "classes": classes}}).targets["t"]
    with pytest.raises(DataError, match=r"class signal .* has no rows"):
        target_rows(dataset_of({"y": np.array([0, value - 1], kind)}), "t", target)
