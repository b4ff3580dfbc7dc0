"""Directions of particles: against `math`, in float32, under turns around the beam, and where there is nothing."""

from __future__ import annotations

import math

import jax
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import cartesian, make_angles, rotated

from netwright.kinematics import eta_phi

COMPILED = jax.jit(lambda p4: eta_phi(p4, ops))


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), unit=st.sampled_from([1, 1000]))
def test_they_are_those_that_the_momenta_were_made_of(seed, unit):
    """float32 keeps seven digits of px, py and pz; η of up to 5 loses two of them."""
    angles = make_angles(seed)
    p4 = unit * cartesian(angles)
    np.testing.assert_allclose(eta_phi(p4), angles[..., 1:3], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(COMPILED(p4.astype(np.float32)), angles[..., 1:3], rtol=2e-5, atol=2e-5)


@given(seed=st.integers(0, 1000), turn=st.floats(-4, 4))
def test_a_turn_around_the_beam_adds_to_phi_only(seed, turn):
    p4 = cartesian(make_angles(seed))
    before, after = eta_phi(p4), eta_phi(rotated(p4, turn))
    np.testing.assert_allclose(after[..., 0], before[..., 0], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(np.exp(1j * after[..., 1]), np.exp(1j * (before[..., 1] + turn)), atol=1e-9)


def test_the_ends():
    """No particle, along the beam both ways, at rest, opposite to the x axis."""
    p4 = [[0, 0, 0, 0], [5, 0, 0, 5], [5, 0, 0, -5], [2, 0, 0, 0], [1, -1, 0, 0]]
    result = eta_phi(np.array(p4, dtype=float))
    np.testing.assert_array_equal(result[[0, 3]], 0)
    assert result[1, 0] == -result[2, 0] > 20
    assert result[4].tolist() == [0, math.pi]
    slope = jax.jit(jax.jacobian(lambda x: eta_phi(x, ops)))(np.array(p4, dtype=np.float32))
    assert np.isfinite(slope).all()
