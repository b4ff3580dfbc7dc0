"""Layers that see raw units, and what a network that computes in a short precision would lose of these."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.layers import FourMomenta, MaskedBatchNormalisation, MissingMarkers, Standardise

pytestmark = pytest.mark.optimised


def test_markers_are_found_and_times_told_apart_in_mixed_precision():
    x = np.array([[-9999.0, 1.7e9], [1.0, 1.7e9 + 1024]], np.float32)
    values = MissingMarkers([-9999], dtype="mixed_bfloat16")(x)
    scaled = Standardise([0.0, 1.7e9], [1.0, 1024.0], dtype="mixed_bfloat16")(values)
    np.testing.assert_array_equal(scaled, [[np.nan, 0.0], [1.0, 1.0]])


def test_energies_do_not_overflow_and_masses_keep_their_digits_in_float16():
    z_boson = np.array([[[1000.0, 2.0, 0.1, 91.19]]], np.float32)  # squares of energies are beyond 65504
    in_float32, in_float16 = (FourMomenta("pt,eta,phi,m", dtype=f"{kind}")(z_boson) for kind in ("float32", "float16"))
    for expected, values in zip(in_float32, in_float16, strict=True):
        np.testing.assert_array_equal(values, expected)


def test_moving_averages_move_in_mixed_precision():
    """In 8 digits 0.99 · 3 + 0.01 · 3.2 is 3."""
    layer = MaskedBatchNormalisation(dtype="mixed_bfloat16")
    layer.build((None, 1))
    layer.moving_mean.assign([3.0])
    layer(np.array([[3.2]], np.float32), training=True)
    assert float(layer.moving_mean.numpy()[0]) == pytest.approx(3.002, abs=1e-6)
