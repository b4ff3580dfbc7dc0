"""Features held within a range, and turned up or down by learnt factors."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.layers import FeatureScale, SmoothClip


def test_the_clip_is_the_formula_and_ends_at_its_limit():
    x = np.linspace(-50, 50, 101).astype(np.float32)
    exact = x.astype(np.float64) / np.sqrt(1 + (x.astype(np.float64) / 3) ** 2)
    np.testing.assert_allclose(np.asarray(SmoothClip(3.0)(x)), exact, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(SmoothClip(3.0)(np.float32([-3e38, 3e38]))), [-3, 3], rtol=1e-6)


def test_factors_begin_at_one_and_move_with_their_speed():
    layer, x = FeatureScale(6.0), np.float32([[2.0, 3.0]])
    np.testing.assert_array_equal(np.asarray(layer(x)), x)
    layer.set_weights([np.float32([0.5, -1 / 6])])
    np.testing.assert_allclose(np.asarray(layer(x)), [[8.0, 0.0]], atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SmoothClip(0), "`limit` must be positive. Received: limit=0"),
        (lambda: FeatureScale(-1), "`speed` must be positive. Received: speed=-1"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
