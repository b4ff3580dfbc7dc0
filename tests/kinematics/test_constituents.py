"""Kinematics: against plain loops over `math`, in float64 and float32, and under the symmetries of physics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from keras import ops
from tests.four_vector_samples import boosted, cartesian, rotated

from netwright.kinematics import CONSTITUENT_FEATURES, JET_FEATURES, constituent_features, jet_features
from netwright.kinematics._safe import TINY

FLOAT64 = {"rtol": 1e-8, "atol": 1e-8}  # 1e-9 GeV are added to pT inside of logarithms
FLOAT32 = {"rtol": 3e-5, "atol": 3e-5}  # a few hundred roundings of 6e-8 in sums and differences
DELTA_PHI = CONSTITUENT_FEATURES.index("delta_phi")


def slow_constituents(jet):
    """The definitions for one jet, one constituent at a time."""
    exists = [p for p in jet if p[0] > 0]
    jx, jy, jz = (sum(p[k] for p in exists) for k in (1, 2, 3))
    jet_pt = math.hypot(jx, jy)
    rows = []
    for e, px, py, pz in jet:
        if e <= 0:
            rows.append([0.0] * 5)
            continue
        pt = math.hypot(px, py)
        d_eta = math.asinh(pz / pt) - math.asinh(jz / jet_pt)
        d_phi = math.remainder(math.atan2(py, px) - math.atan2(jy, jx), 2 * math.pi)
        rows.append([math.log(pt / jet_pt), math.log(e), d_eta, d_phi, math.hypot(d_eta, d_phi)])
    return rows


# its mass of 0.07 GeV is small enough to see the 1e-9 GeV² that the logarithm ends at
LIGHT_JET = np.array(
    [[[8.96469058, -5.76821646, -0.60981834, 6.79406237], [1.05360342, -0.55865194, -0.07934223, 0.67017387]]]
)


def slow_jet(jet):
    """The definitions for one jet of massless constituents, with m² = E² - p² in exact sums."""
    exists = [p for p in jet if p[0] > 0]
    if not exists:
        return [0.0] * 4
    x, y, z = (math.fsum(p[k] for p in exists) for k in (1, 2, 3))
    energy = math.fsum(math.sqrt(p[1] ** 2 + p[2] ** 2 + p[3] ** 2) for p in exists)
    size = math.sqrt(x * x + y * y + z * z)
    mass_squared = (energy - size) * (energy + size) + (1e-3 * size) ** 2
    pt = math.hypot(x, y)
    return [math.log(pt), math.asinh(z / pt), 0.5 * math.log(mass_squared + TINY), math.log(len(exists))]


@st.composite
def jets(draw, *, massless=False, least=1, spread=0.8, padding=True):
    """Jets of up to eight constituents around an axis, in GeV, shape (rows, P, 4)."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    number, most = draw(st.integers(1, 4)), draw(st.integers(least, 8))
    axis_eta, axis_phi = random.uniform(-2, 2, (number, 1)), random.uniform(-np.pi, np.pi, (number, 1))
    eta = axis_eta + random.uniform(-spread, spread, (number, most))
    phi = axis_phi + random.uniform(-spread, spread, (number, most))
    pt = np.exp(random.uniform(-1, 6, (number, most)))
    mass = 0.0 if massless else random.uniform(0, 1, (number, most))
    p4 = from_pt_eta_phi(pt, eta, phi, mass)
    if padding:
        p4[np.arange(most) >= random.integers(least, most + 1, (number, 1))] = 0
    return p4


def from_pt_eta_phi(pt, eta, phi, mass=0.0):
    return cartesian(np.stack(np.broadcast_arrays(pt, eta, phi, mass), axis=-1))


def rapidity_shift(p4):
    """Pseudorapidity less rapidity of each jet, shape (rows, 1): what a boost along z changes in eta."""
    e, px, py, pz = np.moveaxis(p4.sum(axis=1, keepdims=True), -1, 0)
    return np.arcsinh(pz / np.hypot(px, py)) - np.arctanh(pz / e)


# --- slow twins -----------------------------------------------------------------------------------------------


@given(jets())
def test_constituents_against_loops_in_float64(p4):
    features, mask = constituent_features(p4)
    np.testing.assert_allclose(features, [slow_constituents(jet) for jet in p4.tolist()], **FLOAT64)
    np.testing.assert_array_equal(mask[..., 0], p4[..., 0] > 0)


@given(jets(least=2))
@example(LIGHT_JET)
def test_jets_against_loops_in_float64(p4):
    np.testing.assert_allclose(jet_features(p4), [slow_jet(jet) for jet in p4.tolist()], rtol=1e-8, atol=1e-8)


def _compare_in_float32(p4):
    single = p4.astype(np.float32)
    features, mask = constituent_features(single, ops)
    exact, exact_mask = constituent_features(single.astype(np.float64))
    np.testing.assert_allclose(ops.convert_to_numpy(features), exact, **FLOAT32)
    np.testing.assert_array_equal(ops.convert_to_numpy(mask), exact_mask)
    np.testing.assert_allclose(
        ops.convert_to_numpy(jet_features(single, ops)), jet_features(single.astype(np.float64)), **FLOAT32
    )


@pytest.mark.optimised
@pytest.mark.parametrize("unit", [1.0, 1000.0], ids=["GeV", "MeV"])
def test_float32_in_a_network_against_float64_on_real_jets(shared_data, unit):
    with np.load(shared_data / "real_jets_1000.npz") as file:
        _compare_in_float32(unit * file["constituents"][:300])


def test_float32_in_a_network_against_float64_on_random_jets():
    random = np.random.default_rng(5)
    shape = (300, 200)  # that of the real jets: compiled once
    eta, phi = 1.5 + random.uniform(-1, 1, shape), 3 + random.uniform(-1, 1, shape)
    p4 = from_pt_eta_phi(np.exp(random.uniform(-1, 6, shape)), eta, phi)
    p4[np.arange(200) >= random.integers(2, 30, (300, 1))] = 0
    _compare_in_float32(p4)


def test_real_jets_are_as_the_dataset_says(shared_data):
    """550 < pT < 650 GeV, |eta| < 2, constituents within about R = 0.8, up to 200 of them."""
    with np.load(shared_data / "real_jets_1000.npz") as file:
        p4 = file["constituents"].astype(np.float64)
    log_pt, eta, _, log_n = jet_features(p4).T
    assert 549 < np.exp(log_pt).min() < np.exp(log_pt).max() < 651
    assert np.abs(eta).max() < 2.1
    np.testing.assert_allclose(np.exp(log_n), (p4[..., 0] > 0).sum(axis=1), rtol=1e-8)
    features, mask = constituent_features(p4)
    weights = mask[..., 0] * np.exp(features[..., 0])
    assert (np.average(features[..., 4], axis=1, weights=weights) < 0.8).all()


def test_mass_of_real_jets_against_the_four_vectors(shared_data):
    """The detector's constituents are massless, so both ways of the mass agree."""
    with np.load(shared_data / "real_jets_1000.npz") as file:
        p4 = file["constituents"].astype(np.float64)
    e, px, py, pz = p4.sum(axis=1).T
    mass = np.sqrt(e**2 - px**2 - py**2 - pz**2)
    result = np.exp(jet_features(p4)[:, JET_FEATURES.index("log_mass")])
    np.testing.assert_allclose(result, mass, rtol=0.02)  # of the file's float32, and of the thousandth of p
    assert np.median(np.abs(result / mass - 1)) < 1e-3


# --- symmetries -----------------------------------------------------------------------------------------------


@given(jets(), st.floats(-7, 7))
def test_rotations_around_the_beam_change_nothing(p4, angle):
    for before, after in zip(constituent_features(p4), constituent_features(rotated(p4, angle)), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(jet_features(rotated(p4, angle)), jet_features(p4), rtol=1e-6, atol=1e-6)


@given(jets(massless=True, least=2), st.floats(-1.5, 1.5))
def test_boosts_along_the_beam(p4, rapidity):
    """Massless: pT, Δφ, m, n stay; η moves with the constituents, Δη by what the jet's η is off its rapidity."""
    after_p4 = boosted(p4, rapidity)
    before, mask = constituent_features(p4)
    after, _ = constituent_features(after_p4)
    for name in ("log_relative_pt", "delta_phi"):
        position = CONSTITUENT_FEATURES.index(name)
        np.testing.assert_allclose(after[..., position], before[..., position], rtol=1e-7, atol=1e-7)
    eta = CONSTITUENT_FEATURES.index("delta_eta")
    to_rapidity = [(f[..., eta] + rapidity_shift(p)) * mask[..., 0] for f, p in ((before, p4), (after, after_p4))]
    np.testing.assert_allclose(to_rapidity[1], to_rapidity[0], rtol=1e-6, atol=1e-6)
    jets_before, jets_after = jet_features(p4), jet_features(after_p4)
    for name in ("log_pt", "log_n"):
        position = JET_FEATURES.index(name)
        np.testing.assert_allclose(jets_after[:, position], jets_before[:, position], rtol=1e-7, atol=1e-7)
    masses = []
    for p, features in ((p4, jets_before), (after_p4, jets_after)):
        floor = (1e-3 * np.linalg.norm(p.sum(axis=1)[:, 1:], axis=-1)) ** 2
        masses.append(np.exp(2 * features[:, JET_FEATURES.index("log_mass")]) - floor)
    scale = np.abs(after_p4).sum() ** 2
    np.testing.assert_allclose(masses[1], masses[0], rtol=1e-6, atol=1e-12 * scale)


def test_boosts_leave_narrow_jets_alone():
    """At m << pT the jet's pseudorapidity is its rapidity, and Δη does not move either."""
    p4 = from_pt_eta_phi(np.array([[50.0, 30.0, 20.0]]), np.array([[0.001, 0.0, -0.001]]), np.array([[0, 0.001, 0.0]]))
    before, after = constituent_features(p4)[0], constituent_features(boosted(p4, 1.0))[0]
    kept = [CONSTITUENT_FEATURES.index(n) for n in ("log_relative_pt", "delta_eta", "delta_phi", "delta_r")]
    np.testing.assert_allclose(after[..., kept], before[..., kept], atol=2e-6)


@given(jets(), st.randoms(use_true_random=False))
def test_the_order_of_constituents_does_not_matter(p4, random):
    order = list(range(p4.shape[1]))
    random.shuffle(order)
    for before, after in zip(constituent_features(p4), constituent_features(p4[:, order]), strict=True):
        np.testing.assert_allclose(after, before[:, order], rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(jet_features(p4[:, order]), jet_features(p4), rtol=1e-6, atol=1e-6)


@given(jets(), st.integers(0, 5))
def test_padding_adds_nothing(p4, padding):
    longer = np.concatenate([p4, np.zeros((len(p4), padding, 4))], axis=1)
    for before, after in zip(constituent_features(p4), constituent_features(longer), strict=True):
        np.testing.assert_allclose(after[:, : p4.shape[1]], before, rtol=1e-12, atol=1e-12)
        assert not after[:, p4.shape[1] :].any()
    np.testing.assert_allclose(jet_features(longer), jet_features(p4), rtol=1e-9, atol=1e-9)


@given(jets(), st.floats(0.01, 1000))
def test_another_unit_shifts_logarithms_only(p4, unit):
    before, mask = constituent_features(p4)
    shift = math.log(unit) * mask[..., 0]
    after = constituent_features(unit * p4)[0]
    np.testing.assert_allclose(after[..., 1], before[..., 1] + shift, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(after[..., [0, 2, 3, 4]], before[..., [0, 2, 3, 4]], rtol=1e-5, atol=1e-5)


# --- corners --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [math.pi, -math.pi, 0.0, math.pi / 2])
def test_there_is_no_seam(axis):
    p4 = from_pt_eta_phi(np.full((1, 2), 10.0), np.zeros((1, 2)), np.array([[axis - 0.1, axis + 0.1]]))
    np.testing.assert_allclose(constituent_features(p4)[0][0, :, DELTA_PHI], [-0.1, 0.1], atol=1e-12)


@pytest.mark.parametrize("mass", [0.0, 5.0])
def test_a_single_constituent_is_its_jet(mass):
    p4 = from_pt_eta_phi(np.array([[30.0]]), np.array([[-1.2]]), np.array([[3.1]]), mass)
    features, mask = constituent_features(p4)
    np.testing.assert_allclose(features[0, 0], [0, math.log(p4[0, 0, 0]), 0, 0, 0], atol=1e-9)
    assert mask.tolist() == [[[1.0]]]
    momentum = np.linalg.norm(p4[0, 0, 1:])
    np.testing.assert_allclose(
        jet_features(p4)[0], [math.log(30), -1.2, math.log(1e-3 * momentum), 0], rtol=1e-7, atol=1e-7
    )


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
def test_an_empty_jet_is_zero(xp):
    p4 = np.zeros((2, 3, 4), dtype=np.float32)
    features, mask = constituent_features(p4, xp)
    assert not np.any(features)
    assert not np.any(mask)
    assert not np.any(jet_features(p4, xp))


@pytest.mark.parametrize("xp", [np, ops], ids=["numpy", "keras"])
@pytest.mark.parametrize(
    "constituents",
    [
        [[5, 0, 0, 5], [0, 0, 0, 0]],  # along the beam
        [[5, 3, 0, 4], [5, -3, 0, -4]],  # a jet at rest
        [[5, 3, 0, 4], [5, -3, 0, 4]],  # a jet along the beam
        [[1e-6, 1e-6, 0, 0], [1e6, 0, 1e6, 0]],
    ],
)
def test_strange_jets_stay_finite(xp, constituents):
    p4 = np.array([constituents], dtype=np.float32)
    for values in (*constituent_features(p4, xp), jet_features(p4, xp)):
        assert np.isfinite(np.asarray(values)).all()
