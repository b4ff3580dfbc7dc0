"""Logarithms of some features, cut at the smallest value there may be."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.layers import Logarithm

NAN = float("nan")


@given(
    smallest=st.floats(2.0**-99, 2.0**99), x=st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=1, max_size=9)
)
def test_logarithm_against_loops(smallest, x):
    values = np.stack([np.array(x, dtype=np.float32)] * 2, axis=1)
    result = np.asarray(Logarithm([smallest, None])(values))
    expected = [math.log(max(value, float(np.float32(smallest)))) for value in values[:, 0].tolist()]
    np.testing.assert_allclose(result[:, 0], expected, rtol=3e-7, atol=3e-7)  # of the logarithm in float32
    np.testing.assert_array_equal(result[:, 1], values[:, 1])


def test_nan_stays_and_everything_has_a_finite_gradient():
    layer, x = Logarithm([0.5, None]), np.array([[NAN, NAN], [0, 0], [-3, -3], [2, 2]], dtype=np.float32)
    np.testing.assert_array_equal(np.isnan(layer(x)), np.isnan(x))
    gradient = np.asarray(jax.grad(lambda x: jax.numpy.nansum(layer(x)))(x))
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient[1:], [[0, 1], [0, 1], [0.5, 1]])


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Logarithm([]), r"`smallest` needs a positive number in float32, or None, per feature. Received"),
        (lambda: Logarithm([0.0]), r"or None, per feature. Received: smallest=\[0.0\]"),
        (lambda: Logarithm([-1.0, None]), r"Received: smallest=\[-1.0, None\]"),
        (lambda: Logarithm([1e-40]), r"Received: smallest=\[1e-40\]"),
        (lambda: Logarithm([NAN]), r"Received: smallest=\[nan\]"),
        (lambda: Logarithm([1.0])(np.zeros((2, 3))), r"takes 1 features. Received: inputs of shape \(2, 3\)"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
