"""Bases: the same particle in each of them is the same four-vector."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import cartesian, make_angles

from netwright.kinematics import ETA_LIMIT, absent_as_zero, to_cartesian

BASES = ["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"]


def in_basis(angles, basis):
    p4 = cartesian(angles)
    if basis == "E,px,py,pz":
        return p4
    return angles if basis == "pt,eta,phi,m" else np.concatenate([p4[..., :1], angles[..., :3]], axis=-1)


@pytest.mark.parametrize("basis", BASES)
@given(seed=st.integers(0, 1000))
def test_every_basis_against_the_definitions(basis, seed):
    angles = make_angles(seed)
    np.testing.assert_allclose(to_cartesian(in_basis(angles, basis), basis), cartesian(angles), rtol=1e-12)


@pytest.mark.optimised
@pytest.mark.parametrize("basis", BASES)
def test_float32_in_a_network(basis):
    """Sine, cosine and hyperbolic functions of a float32 are good to a few 1e-7, of η = 3 to 3 times that."""
    x = in_basis(make_angles(1), basis).astype(np.float32)
    exact = to_cartesian(x.astype(np.float64), basis)
    error = np.abs(np.asarray(to_cartesian(x, basis, ops)) - exact) / exact[..., :1]
    assert error.max() < 2e-6


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
@pytest.mark.parametrize("basis", BASES)
def test_nothing_stays_nothing(basis, xp):
    assert not np.any(to_cartesian(np.zeros((1, 2, 4), dtype=np.float32), basis, xp))


@pytest.mark.parametrize("basis", BASES[1:])
def test_the_beam_does_not_overflow(basis):
    x = np.array([1.0, 1e10, 0.0, 0.0] if basis == BASES[2] else [1.0, 1.0, -1e10, 0.0], dtype=np.float32)
    result = np.asarray(to_cartesian(x, basis, ops))
    assert np.isfinite(result).all()
    assert abs(result[3]) == pytest.approx(math.sinh(ETA_LIMIT), rel=1e-5)


def test_a_particle_at_rest_and_one_of_negative_mass():
    assert to_cartesian(np.array([0.0, 0.0, 0.0, 91.0]), "pt,eta,phi,m").tolist() == [91.0, 0.0, 0.0, 0.0]
    assert to_cartesian(np.array([5.0, 0.0, 0.0, -3.0]), "pt,eta,phi,m")[0] == pytest.approx(4.0)


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
def test_particles_with_a_missing_component_are_not_there(xp):
    p4 = np.ones((1, 4, 4), dtype=np.float32)
    p4[0, 0, 2], p4[0, 1, 0], p4[0, 2, 3] = np.nan, -999, 0.1  # 0.1 is another number in float32
    result = np.asarray(absent_as_zero(p4, (-999, 0.1), xp))
    assert result.any(axis=-1).tolist() == [[False, False, False, True]]
    np.testing.assert_array_equal(result[0, 3], 1)
    np.testing.assert_array_equal(np.asarray(absent_as_zero(p4, (), xp))[0, 1], p4[0, 1])
