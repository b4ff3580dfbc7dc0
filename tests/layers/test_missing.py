"""Missing values in a network: markers become NaN, NaN goes to its place, and an indicator says so."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netwright.layers import MissingIndicator, MissingMarkers, MissingPlace

NAN = float("nan")
MAYBE = arrays(np.float32, (5, 2), elements=st.floats(-1e3, 1e3, width=32) | st.sampled_from([NAN, -999.0, -0.0]))


@given(MAYBE)
def test_every_value_is_kept_or_placed(x):
    result = np.asarray(MissingPlace([-4.0, 3.5])(x))
    expected = [[place if value != value else value for value, place in zip(row, (-4, 3.5), strict=True)] for row in x]
    np.testing.assert_array_equal(result, np.array(expected, dtype=np.float32))
    np.testing.assert_array_equal(MissingIndicator()(x), np.isnan(x).astype(np.float32))


@given(MAYBE)
def test_markers_become_nan_and_nothing_else_changes(x):
    result = np.asarray(MissingMarkers([-999, -99999])(x))
    np.testing.assert_array_equal(result, np.where(x == -999, NAN, x))


def test_a_marker_is_compared_in_float32():
    marker = -99999.9  # not a number of float32
    x = np.array([[marker, -99999.0]], dtype=np.float64).astype(np.float32)
    np.testing.assert_array_equal(np.isnan(MissingMarkers([marker])(x)), [[True, False]])


def test_infinity_is_not_missing():
    x = np.array([[np.inf], [-np.inf]], dtype=np.float32)
    np.testing.assert_array_equal(MissingPlace([-4.0])(x), x)
    np.testing.assert_array_equal(MissingIndicator()(x), 0 * np.ones((2, 1)))


def test_what_is_missing_has_no_gradient():
    layer = MissingPlace([-4.0])
    gradient = jax.grad(lambda x: layer(x).sum())(np.array([[NAN], [2.0]], dtype=np.float32))
    np.testing.assert_array_equal(gradient, [[0], [1]])


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: MissingMarkers([]), "`markers` needs values that are finite, at least one. Received"),
        (lambda: MissingMarkers([NAN]), r"finite, at least one. Received: markers=\[nan\]"),
        (lambda: MissingPlace([]), r"`places` needs one finite value per feature. Received: places=\[\]"),
        (lambda: MissingPlace([NAN]), r"`places` needs one finite value per feature. Received: places=\[nan\]"),
        (lambda: MissingPlace([1.0])(np.zeros((2, 3))), r"takes 1 features. Received: inputs of shape \(2, 3\)"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
