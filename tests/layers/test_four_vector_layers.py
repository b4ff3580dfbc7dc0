"""Layers of four-vectors: the formulas, NaN where nothing is, gradients of padding; and what they refuse."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest
from keras import ops

from netwright import layers
from netwright.kinematics import (
    constituent_features,
    energy_excess,
    jet_features,
    object_features,
    pair_features,
    rest_frame_features,
    to_cartesian,
)
from netwright.layers import (
    AbsentParticles,
    ConstituentFeatures,
    FourMomenta,
    JetFeatures,
    LorentzBoost,
    ObjectFeatures,
    PairFeatures,
    RawFeatures,
)
from netwright.layers.contract import has_finite_gradients

NAN = float("nan")
FLOAT32 = {"rtol": 2e-5, "atol": 2e-5}
BASES = ["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"]


def padded():
    """Rows of three particles, of one, and of none, among four places."""
    p3 = np.random.default_rng(3).normal(0, 50, (3, 4, 3))
    p4 = np.concatenate([np.hypot(np.linalg.norm(p3, axis=-1, keepdims=True), 5), p3], axis=-1)
    p4[0, 3], p4[1, 1:], p4[2] = 0, 0, 0
    return p4.astype(np.float32)


P4 = padded()
EXCESS = np.asarray(energy_excess(P4, "E,px,py,pz"), dtype=np.float32)
EXISTS = P4[..., 0] > 0


def applied(layer, *inputs):
    """Build a layer and compile it once, not operation by operation."""
    layer(*(keras.Input(x.shape[1:]) for x in inputs))
    return np.asarray(jax.jit(layer)(*inputs))


def equal(found, expected):
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-6, atol=1e-6)


def test_features_are_the_formulas_and_nan_where_there_is_nothing():
    result = applied(ConstituentFeatures(), P4)
    np.testing.assert_allclose(result, np.where(EXISTS[..., None], constituent_features(P4)[0], NAN), **FLOAT32)
    assert np.isnan(result[~EXISTS]).all()
    jets = np.where(EXISTS.any(axis=1)[:, None], jet_features(P4), NAN)
    np.testing.assert_allclose(applied(JetFeatures(), P4), jets, **FLOAT32)
    np.testing.assert_allclose(applied(ObjectFeatures(), P4, EXCESS), object_features(P4, EXCESS), **FLOAT32)
    np.testing.assert_allclose(applied(PairFeatures(3), P4, EXCESS), pair_features(P4, 3, EXCESS), **FLOAT32)
    mask = EXISTS[..., None].astype(np.float32)
    np.testing.assert_array_equal(applied(RawFeatures(), P4, mask), np.where(mask > 0, P4, NAN))


@pytest.mark.parametrize("basis", BASES)
def test_four_momenta_are_the_formulas(basis):
    x = np.abs(P4) * np.float32([1, 0.01, 0.01, 0.01])
    p4, excess, mask = FourMomenta(basis)(x)
    equal(p4, to_cartesian(x, basis, ops))
    equal(excess, energy_excess(x, basis, ops))
    assert np.asarray(mask)[..., 0].tolist() == EXISTS.astype(float).tolist()


def test_absent_particles_are_zero():
    x = np.where(EXISTS[..., None], P4, -999).astype(np.float32)
    x[0, 0, 2] = NAN
    result = np.asarray(AbsentParticles([-999])(x))
    assert not result[0, 0].any()
    np.testing.assert_array_equal(result[0, 1:], P4[0, 1:])
    assert np.isnan(np.asarray(AbsentParticles()(x))).sum() == 0


def test_the_lorentz_boost_is_the_formula_of_its_weights():
    layer = LorentzBoost(3, scale=200, seed=4)
    result = applied(layer, P4, EXCESS)
    weights, scale = layer.get_weights()
    assert (weights.shape, float(scale)) == ((2, 4, 3), 200)
    assert (weights >= 0).all()
    np.testing.assert_allclose(result[:2], rest_frame_features(P4, EXCESS, weights / 200)[:2], rtol=3e-4, atol=3e-4)
    assert np.isnan(result[2]).all()
    layer.set_weights([-weights, scale])  # absolute values enter
    np.testing.assert_allclose(applied(layer, P4, EXCESS), result, rtol=1e-5)


def test_the_lorentz_boost_gives_the_features_asked_for():
    whole = applied(LorentzBoost(3, seed=4), P4, EXCESS)
    names, sizes = ["E", "pt", "eta", "phi", "m", "pair_cos"], [3, 3, 3, 6, 3, 3]
    ends = dict(zip(names, np.cumsum(sizes).tolist(), strict=True))
    result = applied(LorentzBoost(3, ["m", "phi", "E"], seed=4), P4, EXCESS)
    expected = [whole[:, ends["m"] - 3 : ends["m"]], whole[:, ends["phi"] - 6 : ends["phi"]], whole[:, :3]]
    np.testing.assert_allclose(result, np.concatenate(expected, axis=1), rtol=1e-4, atol=1e-4)


def test_a_lorentz_boost_learns_a_mass():
    """The mass of the sum of two massless particles, which one combination has as its own."""
    p3 = np.random.default_rng(1).normal(0, 50, (512, 2, 3))
    p4 = np.concatenate([np.linalg.norm(p3, axis=-1, keepdims=True), p3], axis=-1).astype(np.float32)
    total = p4.astype(float).sum(axis=1)
    mass = np.sqrt(total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)).astype(np.float32)
    inputs = [keras.Input((2, 4)), keras.Input((2, 1))]
    keras.utils.set_random_seed(3)
    outputs = keras.layers.Dense(1)(LorentzBoost(4, ["m"], scale=100, seed=1)(*inputs))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(0.03), "mse")
    data = [p4, np.zeros((512, 2, 1), np.float32)]
    model.fit(data, mass / 100, epochs=40, batch_size=128, verbose=0)
    error = model.predict(data, verbose=0)[:, 0] - mass / 100
    assert np.sqrt((error**2).mean()) < 0.02 * (mass / 100).std()


@pytest.mark.parametrize(
    ("make", "inputs"),
    [
        (ConstituentFeatures, [P4]),
        (JetFeatures, [P4]),
        (ObjectFeatures, [P4, EXCESS]),
        (PairFeatures, [P4, EXCESS]),
        (lambda: LorentzBoost(3, seed=1), [P4, EXCESS]),
        (AbsentParticles, [np.where(P4 == 0, np.nan, P4).astype(np.float32)]),
    ],
)
def test_gradients_are_finite_where_there_is_nothing(make, inputs):
    has_finite_gradients(make, inputs)


def test_gradient_of_padding_is_zero():
    def total(p4):
        return sum(ops.sum(ops.where(EXISTS[..., None], ConstituentFeatures()(p4), 0.0)) for _ in range(1))

    gradient = np.asarray(jax.jit(jax.grad(total))(P4))
    assert np.isfinite(gradient).all()
    assert gradient[0, :3].any()
    assert not gradient[~EXISTS].any()


ROW, ONE = np.zeros((2, 3), dtype=np.float32), np.zeros((2, 1, 4), dtype=np.float32)
TAKERS = ["AbsentParticles", "ConstituentFeatures", "FourMomenta", "JetFeatures", "ReflectEta", "RotatePhi"]


@pytest.mark.parametrize("name", [*TAKERS, "ShuffleParticles"])
def test_other_shapes_are_refused(name):
    with pytest.raises(
        ValueError, match=r"takes four-vectors of shape \(rows, P, 4\). Received: inputs of shape \(2, 3"
    ):
        getattr(layers, name)()(ROW)


@pytest.mark.parametrize("name", ["ObjectFeatures", "PairFeatures", "LorentzBoost"])
def test_other_shapes_of_two_inputs_are_refused(name):
    with pytest.raises(
        ValueError, match=r"takes four-vectors of shape \(rows, P, 4\). Received: inputs of shape \(2, 3"
    ):
        getattr(layers, name)()(ROW, ROW)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: FourMomenta("pt,eta,phi,E"), "`basis` must be E,px,py,pz or .*. Received: basis=pt,eta,phi,E"),
        (lambda: PairFeatures(1), "`first` must be at least 2, or there are no pairs. Received: first=1"),
        (
            lambda: PairFeatures()(ONE, ONE[..., :1]),
            r"needs two particles or more. Received: inputs of shape \(2, 1, 4",
        ),
        (lambda: LorentzBoost(1), "`particles` must be at least 2. Received: particles=1"),
        (lambda: LorentzBoost(features=["y"]), r"`features` must be some of E, pt, .*. Received: features=\['y'\]"),
        (lambda: LorentzBoost(features=[]), r"`features` must be some of .*. Received: features=\[\]"),
        (lambda: LorentzBoost(scale=0), "`scale` must be positive and finite. Received: scale=0"),
        (lambda: LorentzBoost(scale=NAN), "`scale` must be positive and finite. Received: scale=nan"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
