"""Encodings of categories, against loops; what is unknown has an entry of its own everywhere."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.layers import BinaryDigits, CategoryEmbedding, OneHot

EACH = [OneHot, BinaryDigits, lambda vocabulary: CategoryEmbedding(vocabulary, 2)]
ROW = np.zeros((2, 3), dtype=np.int32)
VOCABULARIES = st.lists(
    st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=9, unique=True), min_size=1, max_size=3
)


def some_rows(vocabulary, seed):
    random = np.random.default_rng(seed)
    return np.stack([random.choice([*column, 77], 8) for column in vocabulary], axis=1).astype(np.int32)


def place(value, column):
    """The place in the vocabulary, from 1; 0 for what is not in it."""
    return column.index(value) + 1 if value in column else 0


@settings(max_examples=25)
@given(vocabulary=VOCABULARIES, seed=st.integers(0, 100))
def test_one_hot_against_loops(vocabulary, seed):
    x = some_rows(vocabulary, seed)
    expected = [
        [
            float(place(value, column) == k)
            for value, column in zip(row, vocabulary, strict=True)
            for k in range(len(column) + 1)
        ]
        for row in x.tolist()
    ]
    np.testing.assert_array_equal(OneHot(vocabulary)(x), expected)


@settings(max_examples=25)
@given(vocabulary=VOCABULARIES, seed=st.integers(0, 100))
def test_binary_digits_against_loops(vocabulary, seed):
    x = some_rows(vocabulary, seed)
    expected = []
    for row in x.tolist():
        digits = []
        for value, column in zip(row, vocabulary, strict=True):
            width = int(np.ceil(np.log2(len(column) + 1)))
            digits += [float(digit) for digit in reversed(f"{place(value, column):0{width}b}")]
        expected.append(digits)
    np.testing.assert_array_equal(BinaryDigits(vocabulary)(x), expected)


@settings(max_examples=8)
@given(vocabulary=VOCABULARIES, seed=st.integers(0, 100), size=st.integers(1, 4))
def test_embedding_against_loops(vocabulary, seed, size):
    x, layer = some_rows(vocabulary, seed), CategoryEmbedding(vocabulary, size, seed)
    result, matrix = np.asarray(layer(x)), layer.embeddings.numpy()
    assert matrix.shape == (sum(len(column) + 1 for column in vocabulary), size)
    expected = []
    for row in x.tolist():
        offset, numbers = 0, []
        for value, column in zip(row, vocabulary, strict=True):
            numbers += matrix[offset + place(value, column)].tolist()
            offset += len(column) + 1
        expected.append(numbers)
    np.testing.assert_array_equal(result, expected)


def test_every_pair_of_column_and_value_has_numbers_of_its_own_and_unknown_ones_begin_at_zero():
    vocabulary, size = [[*range(40)], [*range(50)]], 20
    matrix = CategoryEmbedding(vocabulary, size, 3)
    matrix.build((None, 2))
    values = matrix.embeddings.numpy()
    assert not values[[0, 41]].any()
    known = np.delete(values, [0, 41], axis=0)
    assert len(np.unique(known)) > 0.99 * known.size
    assert (known.mean(), known.std()) == (pytest.approx(0, abs=0.1), pytest.approx(1, abs=0.1))  # 1800 numbers: 4 σ


def test_an_embedding_is_learnt_row_by_row():
    model = keras.Sequential(
        [keras.Input((2,), dtype="int32"), CategoryEmbedding([[5, 6], [5]], 2), keras.layers.Dense(1)]
    )
    before = model.layers[0].embeddings.numpy().copy()
    model.compile(keras.optimizers.SGD(0.1), "mse")
    model.fit(np.array([[6, 5]], dtype=np.int32), np.array([[3.0]]), verbose=0)
    changed = (model.layers[0].embeddings.numpy() != before).any(axis=1)
    assert changed.tolist() == [False, False, True, False, True]


@pytest.mark.parametrize("make", EACH, ids=["one-hot", "bits", "embedding"])
@pytest.mark.parametrize(
    ("vocabulary", "match"),
    [
        ([], "every vocabulary needs different values, at least one"),
        ([[1], []], r"every vocabulary needs different values, at least one. Received: vocabulary=\[\]"),
        ([[1, 2, 1]], r"Received: vocabulary=\[1, 2, 1\]"),
    ],
)
def test_vocabularies_that_are_refused(make, vocabulary, match):
    with pytest.raises(ValueError, match=match):
        make(vocabulary)


@pytest.mark.parametrize("make", EACH, ids=["one-hot", "bits", "embedding"])
def test_another_number_of_columns_is_refused(make):
    with pytest.raises(ValueError, match=r"takes \(rows, 1\) categories, or .*Received: inputs of shape \(2, 3\)"):
        make([[1, 2]])(ROW)


def test_an_embedding_of_nothing_is_refused():
    with pytest.raises(ValueError, match=r"`size` must be 1 or more. Received: size=0"):
        CategoryEmbedding([[1]], 0)
