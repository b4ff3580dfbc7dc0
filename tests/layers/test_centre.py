"""Centres come off values and rests as if they had been one number, and faults are named."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.precision.fine import rest_of_values
from netwright.layers import Centre

pytestmark = pytest.mark.optimised

SPREAD = np.linspace(-50, 50, 41)


def taken(x, centre, markers=()):
    """The distance from the centre of one column beside another that is left alone."""
    values = np.stack([np.full(len(x), 7.0), x], axis=1)
    layer = Centre([1], [centre], markers)
    return keras.ops.convert_to_numpy(layer(values.astype(np.float32), rest_of_values(values[:, 1:])))


@given(st.floats(-1e12, 1e12), st.floats(-40, 40))
def test_the_distance_is_that_of_double_precision(offset, centre):
    """Each rounding is at most 2^-49 of a number, and there are two numbers; distances have 24 bits of their own."""
    x = SPREAD + offset
    result = taken(x, offset + centre)
    bound = 2.0**-47 * (abs(offset) + 100) + 2.0**-22 * 100
    np.testing.assert_allclose(result[:, 1], x - (offset + centre), rtol=0, atol=bound)
    assert (result[:, 0] == 7).all()


def test_a_marker_is_missing_with_its_rest_or_without_and_no_other_value():
    marker = -999.9
    x = np.array([marker, np.float32(marker), marker + 1e-5, marker - 1e-5, np.nan, np.inf])
    assert np.isnan(taken(x, 0.0, [marker])[:, 1]).tolist() == [True, True, False, False, True, False]
    assert np.isnan(taken(np.zeros(2), 0.0, [7.0])).tolist() == [[True, False]] * 2


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (
            lambda: Centre([], []),
            "`columns` must be different positions, at least one, and `centre` a finite number for each",
        ),
        (lambda: Centre([1, 1], [0.0, 0.0]), r"Received: columns=\[1, 1\]"),
        (lambda: Centre([0], [np.nan]), r"centre=\[nan\]"),
        (lambda: Centre([-1], [0.0]), r"columns=\[-1\]"),
        (
            lambda: Centre([2], [0.0])(np.ones((3, 2)), np.ones((3, 1))),
            r"takes 1 remainders, of features \[2\]. Received: inputs",
        ),
        (lambda: Centre([0], [0.0])(np.ones((3, 2)), np.ones((3, 2))), r"of shapes \(3, 2\) and \(3, 2\)"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
