"""What each layer computes, against its definition; and what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.layers import MaskedSum, Probability

NAN = float("nan")


@given(scale=st.floats(0.1, 100), seed=st.integers(0, 100))
def test_masked_sum_against_loops(scale, seed):
    random = np.random.default_rng(seed)
    x, mask = random.normal(size=(3, 6, 2)).astype(np.float32), random.integers(0, 2, (3, 6, 1)).astype(np.float32)
    expected = [[sum(float(x[r, i, f]) for i in range(6) if mask[r, i, 0]) / scale for f in range(2)] for r in range(3)]
    np.testing.assert_allclose(MaskedSum(scale)(x, mask), expected, rtol=1e-5, atol=1e-5)
    order = random.permutation(6)
    np.testing.assert_allclose(MaskedSum(scale)(x[:, order], mask[:, order]), expected, rtol=1e-5, atol=1e-5)


ROW = np.zeros((2, 3), dtype=np.float32)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: MaskedSum(0), "`scale` must be positive and finite. Received: scale=0"),
        (lambda: MaskedSum(NAN), "`scale` must be positive and finite. Received: scale=nan"),
        (lambda: MaskedSum(np.inf), "`scale` must be positive and finite. Received: scale=inf"),
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
