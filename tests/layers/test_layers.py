"""What each layer computes, against its definition; and what it refuses."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from netwright.data import constituent_features, jet_features
from netwright.layers import FourVectorFeatures, MaskedSum, OneHot, Probability, Standardise, Unstandardise

NAN = float("nan")


@given(
    mean=st.floats(-1e3, 1e3),
    std=st.floats(1e-2, 1e3),
    x=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=9),
)
def test_standardise_and_its_inverse(mean, std, x):
    values = np.array(x, dtype=np.float32)[:, None]
    scaled = np.asarray(Standardise([mean], [std])(values))
    expected = (values.astype(np.float64) - mean) / std
    size = 1 + (np.abs(values) + abs(mean)) / std
    assert (np.abs(scaled - expected) <= 5e-7 * size).all()  # a few float32 roundings of the larger of x and mean
    back = np.asarray(Unstandardise([mean], [std])(scaled))
    assert (np.abs(back - values) <= 1e-6 * (1 + np.abs(values) + abs(mean))).all()


def test_missing_values_are_encoded_and_others_are_not():
    x = np.array([[NAN, 5.0], [0.0, NAN], [-1.0, -0.0]], dtype=np.float32)
    found = np.asarray(Standardise([1.0, 2.0], [2.0, 1.0], missing=[-3.5, 4.0])(x))
    np.testing.assert_allclose(found, [[-3.5, 3.0], [-0.5, 4.0], [-1.0, -2.0]])


def test_without_missing_nan_stays_to_be_seen():
    assert np.isnan(np.asarray(Standardise([0.0], [1.0])(np.array([[NAN]], dtype=np.float32)))).all()


def test_infinity_is_not_missing():
    found = np.asarray(Standardise([0.0], [1.0], missing=[-4.0])(np.array([[np.inf], [-np.inf]], dtype=np.float32)))
    assert found[:, 0].tolist() == [np.inf, -np.inf]


@settings(max_examples=25)
@given(
    vocabulary=st.lists(
        st.lists(st.integers(-(2**31) + 1, 2**31 - 1), min_size=1, max_size=5, unique=True), min_size=1, max_size=3
    ),
    seed=st.integers(0, 100),
)
def test_one_hot_against_loops(vocabulary, seed):
    random = np.random.default_rng(seed)
    x = np.stack([random.choice([*column, 77], 8) for column in vocabulary], axis=1).astype(np.int32)
    expected = []
    for row in x.tolist():
        encoded = []
        for value, column in zip(row, vocabulary, strict=True):
            encoded += [float(value not in column), *(float(value == known) for known in column)]
        expected.append(encoded)
    np.testing.assert_array_equal(OneHot(vocabulary)(x), expected)


@given(scale=st.floats(0.1, 100), seed=st.integers(0, 100))
def test_masked_sum_against_loops(scale, seed):
    random = np.random.default_rng(seed)
    x, mask = random.normal(size=(3, 6, 2)).astype(np.float32), random.integers(0, 2, (3, 6, 1)).astype(np.float32)
    expected = [[sum(float(x[r, i, f]) for i in range(6) if mask[r, i, 0]) / scale for f in range(2)] for r in range(3)]
    np.testing.assert_allclose(MaskedSum(scale)(x, mask), expected, rtol=1e-5, atol=1e-5)
    order = random.permutation(6)
    np.testing.assert_allclose(MaskedSum(scale)(x[:, order], mask[:, order]), expected, rtol=1e-5, atol=1e-5)


def test_four_vector_features_are_the_formulas():
    p4 = np.random.default_rng(0).uniform(1, 10, (6, 5, 4)).astype(np.float32)
    features, mask, jets = FourVectorFeatures()(p4)
    expected, expected_mask = constituent_features(p4, ops)
    np.testing.assert_array_equal(features, expected)
    np.testing.assert_array_equal(mask, expected_mask)
    np.testing.assert_array_equal(jets, jet_features(p4, ops))


def test_gradient_of_padding_is_zero():
    p4 = np.zeros((1, 4, 4), dtype=np.float32)
    p4[0, :2] = [[5, 3, 0, 4], [10, 0, 6, 8]]
    layer = FourVectorFeatures()
    gradient = np.asarray(jax.jit(jax.grad(lambda x: sum(ops.sum(part) for part in layer(x))))(p4))
    assert np.isfinite(gradient).all()
    assert gradient[0, :2].any()
    assert not gradient[0, 2:].any()


ROW = np.zeros((2, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Standardise([1.0], [1.0, 2.0]), "`mean` and `std` need one value per feature each. Received: 1 and 2"),
        (lambda: Standardise([], []), "need one value per feature each. Received: 0 and 0"),
        (
            lambda: Standardise([NAN], [1.0]),
            r"`mean` must be finite and `std` finite and positive. Received: mean=\[nan\]",
        ),
        (lambda: Standardise([0.0], [0.0]), r"`std` finite and positive. Received: mean=\[0.0\], std=\[0.0\]"),
        (lambda: Unstandardise([0.0], [-1.0]), r"`std` finite and positive. Received: .* std=\[-1.0\]"),
        (lambda: Standardise([0.0], [1.0], missing=[1.0, 2.0]), "`missing` needs one finite value per feature"),
        (lambda: Standardise([0.0], [1.0], missing=[NAN]), "`missing` needs one finite value per feature"),
        (lambda: Standardise([0.0], [1.0])(ROW), r"scales 1 features. Received: inputs of shape \(2, 3\)"),
        (lambda: OneHot([]), "every vocabulary needs different values, at least one"),
        (
            lambda: OneHot([[1], []]),
            r"every vocabulary needs different values, at least one. Received: vocabulary=\[\]",
        ),
        (lambda: OneHot([[1, 2, 1]]), r"Received: vocabulary=\[1, 2, 1\]"),
        (lambda: OneHot([[1, 2]])(ROW.astype(np.int32)), r"takes \(rows, 1\) categories. Received: inputs of shape"),
        (lambda: MaskedSum(0), "`scale` must be positive and finite. Received: scale=0"),
        (lambda: MaskedSum(NAN), "`scale` must be positive and finite. Received: scale=nan"),
        (lambda: MaskedSum(np.inf), "`scale` must be positive and finite. Received: scale=inf"),
        (lambda: FourVectorFeatures()(ROW), r"takes E, px, py, pz of shape \(rows, P, 4\). Received: inputs of shape"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_probability_keeps_the_digits_of_small_ones():
    z = np.linspace(-80, 80, 161, dtype=np.float32)
    slow = [math.exp(x) / (1 + math.exp(x)) if x < 0 else 1 / (1 + math.exp(-x)) for x in z.tolist()]
    # a unit of the last digit of exp in float32
    np.testing.assert_allclose(np.asarray(Probability()(z)), slow, rtol=3e-7)
