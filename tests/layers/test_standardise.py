"""Shift and scale, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.layers import Standardise, Unstandardise

NAN = float("nan")
ROW = np.zeros((2, 3), dtype=np.float32)


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


def test_nan_stays_to_be_placed_and_infinity_to_be_seen():
    x = np.array([[NAN, np.inf], [1, -np.inf]], dtype=np.float32)
    np.testing.assert_array_equal(Standardise([0.0, 0.0], [1.0, 1.0])(x), [[NAN, np.inf], [1, -np.inf]])


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
        (lambda: Unstandardise([0.0], [1.0], NAN), "`offset` must be finite. Received: offset=nan"),
        (lambda: Standardise([0.0], [1.0])(ROW), r"scales 1 features. Received: inputs of shape \(2, 3\)"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
