"""Boosts, combinations and rest frames: against matrices and loops, in float32, and under the symmetries of physics."""

from __future__ import annotations

import math

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import boosted, cartesian, exact_excess, make_angles, rotated

from netwright.kinematics import (
    REST_FRAME_FEATURES,
    combined,
    energy_excess,
    into_rest_frame,
    rest_frame_features,
)

M = 3
E, PT, ETA, COS, SIN, MASS, PAIR = (slice(M * k, M * (k + 1)) for k in range(7))


def parts(p4):
    """Momentum and excess of E, px, py, pz."""
    return p4[..., 1:], exact_excess(p4)[..., 0]


def slow_boost(p4, frame):
    """The matrix of arXiv:1812.09722, equation 2."""
    mass = math.sqrt(frame[0] ** 2 - frame[1:] @ frame[1:])
    gamma, size = frame[0] / mass, np.linalg.norm(frame[1:])
    n, beta = frame[1:] / size, size / frame[0]
    matrix = np.empty((4, 4))
    matrix[0, 0], matrix[0, 1:], matrix[1:, 0] = gamma, -gamma * beta * n, -gamma * beta * n
    matrix[1:, 1:] = np.eye(3) + (gamma - 1) * np.outer(n, n)
    return matrix @ p4


def slow_features(p4, weights):
    """The definitions for one row, one combination after another."""
    rows = []
    for m in range(weights.shape[2]):
        particle, frame = (sum(w * p for w, p in zip(weights[k, :, m], p4, strict=True)) for k in (0, 1))
        e, x, y, z = slow_boost(particle, frame)
        mass = math.sqrt(max(particle[0] ** 2 - particle[1:] @ particle[1:], 0))
        pt, size = math.hypot(x, y, e / 10), math.hypot(x, y, z, e / 10)
        rows.append(([e, math.hypot(x, y), math.asinh(z / pt), x / pt, y / pt, mass], np.array([x, y, z]) / size))
    cosines = [rows[i][1] @ rows[j][1] for i in range(len(rows)) for j in range(i + 1, len(rows))]
    return np.concatenate([np.array([row[0] for row in rows]).T.ravel(), cosines])


def make_weights(seed, particles=4):
    return np.random.default_rng(seed).uniform(0, 1, (2, particles, M))


# --- boosts ---------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_boosts_against_matrices(seed):
    p4 = cartesian(make_angles(seed, rows=5, masses=(0.0, 10.0)))
    frame = cartesian(make_angles(seed + 1, rows=5, masses=(80.0, 200.0), eta_limit=1))
    energy, momentum = into_rest_frame(*parts(p4), *parts(frame))
    expected = [[slow_boost(p, f) for p, f in zip(*row, strict=True)] for row in zip(p4, frame, strict=True)]
    result = np.concatenate([energy[..., None], momentum], axis=-1)
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9 * p4[..., 0].max())


@pytest.mark.parametrize("mass", [0.5, 91.0])
def test_its_own_rest_frame_gives_mass_and_nothing_else(mass):
    """In float32: momenta of γ m are rounded at 1e-7, γ up to 25."""
    angles = make_angles(7, masses=(mass,), eta_limit=1)
    angles[..., 0] = np.minimum(angles[..., 0], 10 * mass)
    excess = np.asarray(energy_excess(angles.astype(np.float32), "pt,eta,phi,m", ops))[..., 0]
    momentum = cartesian(angles)[..., 1:].astype(np.float32)
    energy, after = (np.asarray(x) for x in into_rest_frame(momentum, excess, momentum, excess, ops))
    np.testing.assert_allclose(energy, mass, rtol=2e-5)
    assert np.abs(after).max() < 2e-5 * mass


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_boosts_keep_the_mass_and_products(seed):
    one, two = (cartesian(make_angles(seed + k, rows=5, masses=(3.0, 10.0))) for k in (0, 1))
    frame = cartesian(make_angles(seed + 2, rows=5, masses=(80.0, 200.0), eta_limit=1))
    (e1, p1), (e2, p2) = (into_rest_frame(*parts(p), *parts(frame)) for p in (one, two))
    before = one[..., 0] * two[..., 0] - (one[..., 1:] * two[..., 1:]).sum(axis=-1)
    scale = one[..., 0] * two[..., 0]
    assert (np.abs(e1 * e2 - (p1 * p2).sum(axis=-1) - before) < 1e-8 * scale).all()
    np.testing.assert_allclose(e1**2 - (p1**2).sum(axis=-1), one[..., 0] ** 2 - (one[..., 1:] ** 2).sum(-1), atol=1e-3)


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
def test_no_frame_is_no_boost(xp):
    k, d = np.array([[3.0, 0.0, 4.0]], dtype=np.float32), np.array([1.0], dtype=np.float32)
    energy, momentum = into_rest_frame(k, d, 0 * k, 0 * d, xp)
    np.testing.assert_allclose(energy, [6.0])
    np.testing.assert_allclose(momentum, k)


def test_massless_frames_are_boosts_of_a_largest_gamma():
    k, none = np.array([3.0, 0.0, 4.0]), np.array(0.0)
    energy, momentum = into_rest_frame(k, none, k, none)
    gamma = math.hypot(25, 1)
    assert energy == pytest.approx(5 * (gamma - 25), rel=1e-9)
    assert np.linalg.norm(momentum) == pytest.approx(energy, rel=1e-9)
    opposite, _ = into_rest_frame(k, none, -k, none)
    assert opposite == pytest.approx(5 * (gamma + 25), rel=1e-9)


# --- combinations ---------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_combinations_are_sums_and_keep_their_mass(seed):
    p4, weights = cartesian(make_angles(seed, rows=5)), make_weights(seed)[0]
    momenta, excess = combined(p4, exact_excess(p4), weights)
    total = np.einsum("rpk,pm->rmk", p4, weights)
    np.testing.assert_allclose(momenta, total[..., 1:], rtol=1e-9, atol=1e-9)
    size = np.linalg.norm(momenta, axis=-1)
    np.testing.assert_allclose(excess, total[..., 0] - size, rtol=1e-6, atol=1e-6)


def test_one_massless_particle_alone_stays_massless_in_float32():
    p4 = cartesian(make_angles(3, masses=(0.0,))).astype(np.float32)
    _, excess = combined(p4, np.zeros((50, 4, 1), np.float32), np.eye(4, dtype=np.float32), ops)
    assert (np.asarray(excess) <= 1e-12 * p4[..., 0]).all()


# --- features -------------------------------------------------------------------------------------------------


def features_of(p4, weights, names=REST_FRAME_FEATURES, xp=np):
    return rest_frame_features(p4, energy_excess(p4, "E,px,py,pz", xp), weights, names, xp)


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_features_against_loops_in_float64(seed):
    p4, weights = cartesian(make_angles(seed, rows=3, eta_limit=2)), make_weights(seed)
    expected = [slow_features(row, weights) for row in p4]
    features = rest_frame_features(p4, exact_excess(p4), weights)
    np.testing.assert_allclose(features, expected, rtol=1e-6, atol=1e-6)


COMPILED = jax.jit(lambda p4, weights: features_of(p4, weights, xp=ops))
GRADIENTS = jax.jit(jax.grad(lambda p4, weights: ops.sum(features_of(p4, weights, xp=ops)), argnums=(0, 1)))


@pytest.mark.optimised
@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_float32_compiled_against_float64(seed):
    """The boost moves directions by γ · 1e-7 of an energy, γ up to 25, of which a tenth at least stands below them."""
    p4, weights = cartesian(make_angles(seed)).astype(np.float32), make_weights(seed).astype(np.float32)
    exact = features_of(p4.astype(float), weights.astype(float))
    error = np.abs(np.asarray(COMPILED(p4, weights)) - exact) / np.maximum(1, np.abs(exact))
    assert error.max() < 3e-4
    assert np.median(error) < 2e-6


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), angle=st.floats(-4, 4))
def test_a_turn_around_the_beam_turns_phi_only(seed, angle):
    p4, weights = cartesian(make_angles(seed)), make_weights(seed).astype(np.float32)
    before, after = (np.asarray(COMPILED(x.astype(np.float32), weights)) for x in (p4, rotated(p4, angle)))
    for part in (E, PT, ETA, MASS, PAIR):
        np.testing.assert_allclose(after[:, part], before[:, part], rtol=1e-3, atol=1e-3)
    turned = (before[:, COS] + 1j * before[:, SIN]) * np.exp(1j * angle)
    np.testing.assert_allclose(after[:, COS] + 1j * after[:, SIN], turned, atol=1e-3)


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), rapidity=st.floats(-1, 1), axis=st.integers(1, 3))
def test_energies_in_rest_frames_and_masses_do_not_know_the_frame_of_the_laboratory(seed, rapidity, axis):
    p4, weights = cartesian(make_angles(seed, eta_limit=1, masses=(10.0, 80.0))), make_weights(seed)
    before, after = (features_of(x, weights, ["E", "m"]) for x in (p4, boosted(p4, rapidity, axis)))
    np.testing.assert_allclose(after, before, rtol=1e-6)


@settings(max_examples=25)
@given(seed=st.integers(0, 1000))
def test_other_orders_of_particles_with_their_weights_change_nothing(seed):
    p4, weights = cartesian(make_angles(seed)), make_weights(seed)
    order = np.random.default_rng(seed).permutation(4)
    np.testing.assert_allclose(
        features_of(p4[:, order], weights[:, order]), features_of(p4, weights), rtol=1e-7, atol=1e-7
    )


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_padding_adds_nothing(seed):
    p4, weights = cartesian(make_angles(seed)), make_weights(seed, particles=6)
    padded = np.concatenate([p4, np.zeros((50, 2, 4))], axis=1)
    np.testing.assert_allclose(features_of(padded, weights), features_of(p4, weights[:, :4]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "row",
    [
        np.zeros((4, 4)),
        [[5, 3, 0, 4], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]],  # one, massless: each frame is its own
        [[5, 0, 0, 5], [5, 0, 0, -5], [0, 0, 0, 0], [0, 0, 0, 0]],
        [[5, 3, 0, 4], [5, -3, 0, -4], [5, 0, 0, 0], [4, 5, 0, 0]],  # at rest, and spacelike
        [[1e-6, 1e-6, 0, 0], [1e6, 0, 1e6, 0], [0, 0, 0, 0], [7e6, 0, 0, 7e6]],
    ],
)
def test_strange_rows_are_finite_and_so_are_their_gradients(row):
    p4, weights = np.array([row], dtype=np.float32), make_weights(1).astype(np.float32)
    weights[:, :, 0] = 0  # combinations of nothing
    assert np.isfinite(COMPILED(p4, weights)).all()
    for gradient in GRADIENTS(p4, weights):
        assert np.isfinite(gradient).all()


def test_nothing_is_zero():
    assert not np.any(features_of(np.zeros((2, 4, 4)), make_weights(1)))
