"""Pairs: against exact sums, in float32 also side by side, under the symmetries of physics, and on real muons."""

from __future__ import annotations

import math
from itertools import combinations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import boosted, cartesian, exact_excess, make_angles, rotated

from netwright.data import read
from netwright.kinematics import PAIR_FEATURES, pair_features

LOG_MASS, D_ETA, D_PHI, D_R, COSINE = range(5)
FLOAT32 = {"rtol": 3e-5, "atol": 3e-5}


def slow(one, other):
    """The definitions, of two particles pt, eta, phi, m."""
    p, q = (cartesian(np.array(x)) for x in (one, other))
    energy, x, y, z = (math.fsum(pair) for pair in zip(p, q, strict=True))
    floor = (one[0] + other[0]) / 200
    d_eta, d_phi = one[1] - other[1], math.remainder(one[2] - other[2], 2 * math.pi)
    cosine = float(p[1:] @ q[1:]) / (np.linalg.norm(p[1:]) * np.linalg.norm(q[1:]))
    return [
        0.5 * math.log(energy**2 - x**2 - y**2 - z**2 + floor**2),
        d_eta,
        d_phi,
        math.hypot(d_eta, d_phi),
        cosine,
    ]


def test_names():
    assert PAIR_FEATURES == ("log_mass", "delta_eta", "delta_phi", "delta_r", "cos_angle")


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), first=st.integers(2, 6))
def test_against_loops_in_float64(seed, first):
    angles = make_angles(seed, rows=4)
    expected = [[slow(*pair) for pair in combinations(row[:first], 2)] for row in angles.tolist()]
    p4 = cartesian(angles)
    np.testing.assert_allclose(pair_features(p4, first, exact_excess(p4)), expected, rtol=1e-6, atol=1e-7)


COMPILED = jax.jit(lambda p4: pair_features(p4, 4, None, ops))
GRADIENT = jax.jit(jax.grad(lambda p4: ops.sum(pair_features(p4, 4, None, ops))))


@pytest.mark.optimised
@settings(max_examples=10)
@given(seed=st.integers(0, 1000), unit=st.sampled_from([1, 1000]))
def test_float32_compiled_against_float64(seed, unit):
    p4 = (unit * cartesian(make_angles(seed))).astype(np.float32)
    np.testing.assert_allclose(COMPILED(p4), pair_features(p4.astype(float), 4), **FLOAT32)


@pytest.mark.parametrize("apart", [0.3, 0.1, 0.02])
def test_masses_of_particles_side_by_side_keep_their_digits(apart):
    """m² = 2 pT pT' (cosh Δη - cos Δφ) of massless particles; E² - p² would lose it below ΔR = 0.01 at η = 3."""
    random = np.random.default_rng(1)
    angles = make_angles(1, masses=(0.0,), particles=4)
    angles[:, 1:, 1:3] = angles[:, :1, 1:3] + apart * random.uniform(0.2, 1, (50, 3, 2))
    i, j = np.triu_indices(4, 1)
    one, two = angles[:, i], angles[:, j]
    cosh_less_cos = 2 * (np.sinh((one - two)[..., 1] / 2) ** 2 + np.sin((one - two)[..., 2] / 2) ** 2)
    exact = 2 * one[..., 0] * two[..., 0] * cosh_less_cos + ((one + two)[..., 0] / 200) ** 2
    result = np.exp(2 * np.asarray(COMPILED(cartesian(angles).astype(np.float32)), dtype=float)[..., LOG_MASS])
    np.testing.assert_allclose(result, exact, rtol=0.02)  # the inputs' own rounding, 1e-7 E² = 1e-5 pT²
    assert np.median(np.abs(result / exact - 1)) < 2e-4


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), angle=st.floats(-4, 4))
def test_a_turn_around_the_beam_changes_nothing(seed, angle):
    p4 = cartesian(make_angles(seed))
    before, after = (np.asarray(COMPILED(x.astype(np.float32)), dtype=float) for x in (p4, rotated(p4, angle)))
    before, after = (x[np.abs(before[..., D_PHI]) < 3.141] for x in (before, after))
    np.testing.assert_allclose(after[:, 1:], before[:, 1:], **FLOAT32)
    np.testing.assert_allclose(after[:, LOG_MASS], before[:, LOG_MASS], atol=5e-3)  # two light ones close together


@given(seed=st.integers(0, 1000), rapidity=st.floats(-3, 3))
def test_a_boost_along_the_beam_keeps_masses_and_differences(seed, rapidity):
    p4 = cartesian(make_angles(seed, masses=(0.0,)))
    before, after = pair_features(p4, 4), pair_features(boosted(p4, rapidity), 4)
    np.testing.assert_allclose(after[..., :COSINE], before[..., :COSINE], rtol=1e-6, atol=1e-6)
    heavy = cartesian(make_angles(seed, masses=(5.0, 80.0)))
    before, after = (pair_features(x, 4, exact_excess(x)) for x in (heavy, boosted(heavy, rapidity)))
    np.testing.assert_allclose(after[..., [LOG_MASS, D_PHI]], before[..., [LOG_MASS, D_PHI]], rtol=1e-6, atol=1e-6)


@given(seed=st.integers(0, 1000))
def test_exchanging_two_particles_changes_signs_only(seed):
    p4 = cartesian(make_angles(seed, particles=2))
    before, after = pair_features(p4, 2), pair_features(p4[:, ::-1], 2)
    signs = np.array([1, -1, -1, 1, 1])
    np.testing.assert_allclose(after, signs * before, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
def test_pairs_with_one_that_is_not_there_are_nan(xp):
    p4 = np.array([[[5, 3, 0, 4], [5, 0, 3, -4], [0, 0, 0, 0]]], dtype=np.float32)
    result = np.isnan(pair_features(p4, 4, None, xp)).tolist()
    assert result == [[[False] * 5, [True] * 5, [True] * 5]]


@pytest.mark.parametrize(
    "pair",
    [
        [[5, 0, 0, 5], [5, 0, 0, -5]],  # both along the beam
        [[5, 0, 0, 5], [5, 0, 0, 5]],
        [[91, 0, 0, 0], [5, 3, 0, 4]],  # one at rest
        [[5, 3, 0, 4], [5, 3, 0, 4]],  # the same twice
        [[1e-6, 1e-6, 0, 0], [1e6, 0, 1e6, 0]],
    ],
)
def test_strange_pairs_are_finite_and_so_are_their_gradients(pair):
    p4 = np.array([pair], dtype=np.float32)
    assert np.isfinite(COMPILED(p4)).all()
    assert np.isfinite(GRADIENT(p4)).all()


def test_one_particle_at_rest_adds_its_energy():
    result = pair_features(np.array([[[91.0, 0, 0, 0], [5.0, 3.0, 0, 4.0]]]), 2)[0, 0]
    assert np.exp(2 * result[LOG_MASS]) == pytest.approx(91**2 + 2 * 91 * 5 + (3 / 200) ** 2)


def test_masses_of_real_muons(shared_data):
    """Against the mass that CMS wrote beside them, from more digits than the file has."""
    data = read(shared_data / "Zmumu_Run2011A_masses.csv")
    names = [[f"{c}{muon}" for c in ("E", "px", "py", "pz")] for muon in (1, 2)]
    p4 = np.stack([np.stack([data.column(n) for n in each], axis=-1) for each in names], axis=1).astype(np.float32)
    features = np.asarray(pair_features(p4, 2, None, ops), dtype=float)[:, 0]
    floor = (np.hypot(p4[..., 1], p4[..., 2]).sum(axis=1) / 200) ** 2
    result = np.sqrt(np.exp(2 * features[:, LOG_MASS]) - floor)
    difference = np.abs(result - data.column("M"))
    assert np.median(difference) < 1e-3
    assert difference.max() < 0.02
