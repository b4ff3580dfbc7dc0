"""The excess of energy over momentum: against exact arithmetic with fractions."""

from __future__ import annotations

from fractions import Fraction

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import cartesian, make_angles

from netwright.kinematics import energy_excess
from netwright.kinematics._digits import halves, invariant_square, less_hyperbolic

MUON = 0.1056583755


def exact_square(p4):
    """E² - p² of float32 numbers without any rounding but that of the result."""
    rows = [[Fraction(float(x)) for x in p] for p in p4.reshape(-1, 4)]
    return np.array([float(e * e - x * x - y * y - z * z) for e, x, y, z in rows]).reshape(p4.shape[:-1])


@given(value=st.floats(-1, 1, width=32), size=st.floats(1, 1000, width=32))
def test_halves_are_exact(value, size):
    leading, trailing = halves(np.float32(value * size), np.float32(size))
    assert Fraction(float(leading)) + Fraction(float(trailing)) == Fraction(float(np.float32(value * size)))
    assert float(np.float32(float(leading) ** 2)) == float(leading) ** 2


COMPILED = jax.jit(lambda p4: invariant_square(*(p4[..., k] for k in range(4))))


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_invariant_square_in_float32_compiled(seed):
    p4 = cartesian(make_angles(seed, masses=(0.0, 0.1, 1.0, 10.0, 200.0))).astype(np.float32)
    exact = exact_square(p4)
    error = np.abs(np.asarray(COMPILED(p4)) - exact)
    assert (error <= 2e-10 * p4[..., 0].astype(float) ** 2 + 2e-7 * np.abs(exact)).all()


@pytest.mark.parametrize("limit", [5, 25])
def test_less_hyperbolic_in_float32_compiled(limit):
    random = np.random.default_rng(2)
    eta = random.uniform(-limit, limit, 3000).astype(np.float32)
    pt = np.exp(random.uniform(0, 5, 3000)).astype(np.float32)
    size = pt.astype(float) * np.cosh(eta.astype(float))
    energy = (size * (1 + random.exponential(1e-5, 3000))).astype(np.float32)
    exact = energy.astype(float) - size
    result = np.asarray(jax.jit(lambda *x: less_hyperbolic(*x, ops))(energy, pt, eta))  # type: ignore[call-arg]
    assert (np.abs(result - exact) <= 2e-9 * size + 2e-7 * np.abs(exact)).all()


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
def test_every_basis_finds_the_mass(xp):
    angles = make_angles(3, masses=(5.0, 80.0), eta_limit=2.5)
    p4 = cartesian(angles)
    size = np.linalg.norm(p4[..., 1:], axis=-1)
    for basis, x in (
        ("E,px,py,pz", p4),
        ("E,pt,eta,phi", np.concatenate([p4[..., :1], angles[..., :3]], axis=-1)),
        ("pt,eta,phi,m", angles),
    ):
        single = x.astype(np.float32)
        excess = np.asarray(energy_excess(single, basis, xp), dtype=float)[..., 0]
        result = np.sqrt(excess * (excess + 2 * size))
        # what is left is the rounding of the inputs: δm² = 4e-7 E²
        assert (np.abs(result - angles[..., 3]) <= 5e-7 * (p4[..., 0] ** 2 / angles[..., 3] + angles[..., 3])).all()


def test_a_muon_keeps_its_mass_where_the_file_says_it():
    x = np.array([[45.0, 2.1, 0.3, MUON], [800.0, -2.4, 3.0, MUON]], dtype=np.float32)
    excess = np.asarray(energy_excess(x, "pt,eta,phi,m", ops), dtype=float)[:, 0]
    size = x[:, 0].astype(float) * np.cosh(x[:, 1].astype(float))
    np.testing.assert_allclose(np.sqrt(excess * (excess + 2 * size)), MUON, rtol=2e-6)


@pytest.mark.parametrize("unit", [1, 1000])
def test_massless_particles_stay_massless_in_float32(unit):
    angles = make_angles(5, rows=500, masses=(0.0,))
    p4 = (unit * cartesian(angles)).astype(np.float32)
    excess = np.asarray(energy_excess(p4, "E,px,py,pz", ops))[..., 0]
    assert np.sqrt(2 * excess / p4[..., 0]).max() < 5e-4  # m / E; without care 6e-4 is typical, 2e-3 happens


@pytest.mark.parametrize("basis", ["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"])
@pytest.mark.parametrize("x", [[0, 0, 0, 0], [5, 6, 0, 0], [5, 0, 0, -5]])
def test_null_and_spacelike_vectors_have_none(basis, x):
    assert energy_excess(np.array([x], dtype=np.float32), basis, ops).shape == (1, 1)
    if basis == "E,px,py,pz" or not any(x):
        assert not np.any(energy_excess(np.array([x], dtype=np.float32), basis, ops))


@pytest.mark.parametrize("basis", ["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"])
def test_gradients_are_finite(basis):
    x = np.array([[0, 0, 0, 0], [5, 5, 0, 0], [5, 3, 0, 4], [5, 6, 0, 0], [1e6, 1, 14.5, 0]], dtype=np.float32)
    assert np.isfinite(jax.grad(lambda p4: ops.sum(energy_excess(p4, basis, ops)))(x)).all()
