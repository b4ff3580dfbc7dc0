"""Objects one by one: against loops over `math`, in float32, and under the symmetries of physics."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import boosted, cartesian, exact_excess, make_angles, rotated

from netwright.kinematics import OBJECT_FEATURES, object_features

LOG_PT, ETA, COS, SIN, LOG_MASS, LOG_GAMMA = range(6)
FLOAT32 = {"rtol": 2e-5, "atol": 2e-5}


def slow(pt, eta, phi, mass):
    """The definitions, of one object."""
    energy = math.hypot(pt * math.cosh(eta), mass)
    regular = math.hypot(mass, energy / 200)
    return [math.log(pt), eta, math.cos(phi), math.sin(phi), math.log(regular), math.log(energy / regular)]


def test_names():
    assert OBJECT_FEATURES == ("log_pt", "eta", "cos_phi", "sin_phi", "log_mass", "log_gamma")


@given(seed=st.integers(0, 1000))
def test_against_loops_in_float64(seed):
    angles = make_angles(seed, rows=5)
    expected = [[slow(*particle) for particle in row] for row in angles.tolist()]
    p4 = cartesian(angles)
    np.testing.assert_allclose(object_features(p4, exact_excess(p4)), expected, rtol=1e-7, atol=1e-7)
    rounding = object_features(p4) - expected  # 4e-7 E² of m² are taken for rounding where the file does not say m
    assert np.abs(rounding).max() < 0.01


COMPILED = jax.jit(lambda p4: object_features(p4, None, ops))


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), unit=st.sampled_from([1, 1000]))
def test_float32_compiled_against_float64(seed, unit):
    p4 = (unit * cartesian(make_angles(seed))).astype(np.float32)
    np.testing.assert_allclose(COMPILED(p4), object_features(p4.astype(float)), **FLOAT32)


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), angle=st.floats(-4, 4))
def test_a_turn_around_the_beam_turns_the_direction_only(seed, angle):
    """In float32, where the turned components are rounded again: of light objects that moves ln m by less than 1%."""
    p4 = cartesian(make_angles(seed))
    before, after = (np.asarray(COMPILED(x.astype(np.float32))) for x in (p4, rotated(p4, angle)))
    np.testing.assert_allclose(after[..., [LOG_PT, ETA]], before[..., [LOG_PT, ETA]], **FLOAT32)
    np.testing.assert_allclose(after[..., [LOG_MASS, LOG_GAMMA]], before[..., [LOG_MASS, LOG_GAMMA]], atol=0.01)
    turned = (before[..., COS] + 1j * before[..., SIN]) * np.exp(1j * angle)
    np.testing.assert_allclose(after[..., COS] + 1j * after[..., SIN], turned, atol=2e-6)


@given(seed=st.integers(0, 1000), rapidity=st.floats(-2, 2))
def test_a_boost_along_the_beam_keeps_pt_phi_and_masses_above_the_floor(seed, rapidity):
    p4 = cartesian(make_angles(seed, masses=(50.0, 80.0), eta_limit=1))
    before, after = (object_features(x, exact_excess(x)) for x in (p4, boosted(p4, rapidity)))
    np.testing.assert_allclose(after[..., [LOG_PT, COS, SIN]], before[..., [LOG_PT, COS, SIN]], rtol=1e-9, atol=1e-9)
    floor = (boosted(p4, rapidity)[..., 0] / 200) ** 2
    np.testing.assert_allclose(
        np.exp(2 * after[..., LOG_MASS]) - floor, p4[..., 0] ** 2 - (p4[..., 1:] ** 2).sum(-1), rtol=1e-6
    )


@given(seed=st.integers(0, 1000))
def test_the_order_of_objects_and_of_features_is_the_same(seed):
    p4, order = cartesian(make_angles(seed)), np.random.default_rng(seed).permutation(4)
    np.testing.assert_array_equal(object_features(p4[:, order]), object_features(p4)[:, order])


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
def test_what_is_not_there_is_nan(xp):
    p4 = np.array([[[5, 3, 0, 4], [0, 0, 0, 0]]], dtype=np.float32)
    assert np.isnan(object_features(p4, None, xp)).tolist() == [[[False] * 6, [True] * 6]]


@pytest.mark.parametrize("p4", [[5, 3, 0, 4], [5, 0, 0, 5], [5, 0, 0, -6]])
def test_massless_and_spacelike_objects_end_at_the_largest_boost(p4):
    result = np.asarray(object_features(np.array(p4, dtype=np.float32), None, ops))
    assert np.isfinite(result).all()
    assert result[LOG_GAMMA] == pytest.approx(math.log(200), abs=1e-3)
    assert result[LOG_MASS] == pytest.approx(math.log(5 / 200), abs=1e-3)


def test_an_object_at_rest():
    result = np.asarray(object_features(np.array([91, 0, 0, 0], dtype=np.float32), None, ops))
    np.testing.assert_allclose(result[[ETA, COS, SIN, LOG_MASS, LOG_GAMMA]], [0, 0, 0, math.log(91), 0], atol=2e-5)


def test_there_is_no_seam():
    p4 = cartesian(np.array([[30, 0, math.pi - 1e-6, 0], [30, 0, -math.pi + 1e-6, 0]]))
    one, other = object_features(p4)
    np.testing.assert_allclose(one, other, atol=1e-5)
