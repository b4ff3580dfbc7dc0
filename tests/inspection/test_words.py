"""Columns of text, and classes whatever their column holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netwright.config import BinaryTarget
from netwright.inspection.labels import guess_classes, label_rows, labels_of_head
from netwright.inspection.texts import count_texts


@pytest.mark.parametrize("rows_at_once", [1_000_000, 2])
@pytest.mark.parametrize("kept", [None, np.array([0, 2, 3, 5])])
def test_words_are_counted_with_their_weights(monkeypatch, rows_at_once, kept):
    monkeypatch.setattr("netwright.inspection.texts.ROWS_AT_ONCE", rows_at_once)
    words = ["a", "b", None, "a", "c", "a"]
    weights = np.array([1.0, 2.0, 4.0, -1.0, 8.0, 16.0])
    column = pa.chunked_array([words[:3], words[3:]])
    counts = count_texts("w", column, weights if kept is None else weights[kept], kept)
    if kept is None:
        assert (counts.missing, counts.distinct) == (1, 3)
        assert counts.most == (("a", 3, 16.0), ("b", 1, 2.0), ("c", 1, 8.0))
    else:
        assert (counts.missing, counts.distinct) == (1, 1)
        assert counts.most == (("a", 3, 16.0),)
    assert counts.complete


def test_too_many_words_are_not_counted_to_the_end(monkeypatch):
    monkeypatch.setattr("netwright.inspection.texts.MAX_VALUES", 5)
    counts = count_texts("w", pa.chunked_array([[f"w{k}" for k in range(9)]]), np.ones(9))
    assert not counts.complete
    assert counts.distinct == 9


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([0, 1, 1, 0], {"0": 0, "1": 1}),
        ([2.0, -1.0, np.nan, 2.0], {"-1": -1, "2": 2}),
        ([True, False, True, None], {"0": 0, "1": 1}),
        (["qcd", "top", "top", None], {"qcd": "qcd", "top": "top"}),
        ([0.5, 1.0, 0.5, 1.0], {}),
        ([1, 1, 1, 1], {}),
        (list(range(21)), {}),
        ([[1], [2], [1], [2]], {}),
    ],
)
def test_classes_are_guessed_from_few_values(dataset_of, values, classes):
    assert guess_classes(dataset_of({"y": values}), "y") == classes


def test_labels_of_numbers_and_words(dataset_of):
    dataset = dataset_of({"y": [0, 1, 7, 1], "w": ["b", "s", None, "b"]})
    classes = label_rows(dataset, "head", "y", {"background": 0, "signal": 1})
    assert classes.labels.tolist() == [0, 1, -1, 1]
    assert (classes.unknown, classes.strange) == (1, "7")
    classes = label_rows(dataset, "head", "w", {"background": "b", "signal": "s"})
    assert classes.labels.tolist() == [0, 1, -1, 0]
    assert (classes.unknown, classes.strange) == (1, "None")
    assert label_rows(dataset, "head", "w", {"a": 0, "b": 1}).labels.tolist() == [-1] * 4


def test_rows_that_do_not_count_or_are_not_looked_at(dataset_of):
    dataset = dataset_of({"y": [0, 1, 7, 1]})
    target = BinaryTarget(kind="binary", column="y", classes={"b": 0, "s": 1}, where="y <> 1 OR y = 7")
    classes = labels_of_head(dataset, "head", target, kept=np.array([0, 1]))
    assert (classes.labels.tolist(), classes.unknown) == ([0, -1], 0)
    classes = labels_of_head(dataset, "head", target)
    assert (classes.labels.tolist(), classes.unknown, classes.strange) == ([0, -1, -1, -1], 1, "7")
