"""Groups of four-vectors inside a network: every feature, basis and marker; saved, exported, augmented."""

from __future__ import annotations

import itertools
import logging

import jax
import keras
import numpy as np
import pytest

from netwright.config import FourVectorsInput
from netwright.data import Description, Rows
from netwright.data.describe_four_vectors import describe_four_vectors
from netwright.models.encode_four_vectors import encode_four_vectors

KINDS = ["raw", "constituents", "jet", "objects", "pairs", "lorentz-boost"]
OF_PARTICLES = {"raw": 4, "constituents": 5, "objects": 6}
OF_ROWS = {"jet": 4, "pairs": 3 * 5, "lorentz-boost": 3 * 7 + 3}
BASES = ["E,px,py,pz", "E,pt,eta,phi", "pt,eta,phi,m"]
ROWS, PARTICLES = 300, 4
ABSENT = np.arange(PARTICLES) >= np.random.default_rng(5).integers(0, PARTICLES + 1, (ROWS, 1))


def make_inputs(basis, absent=0.0):
    random = np.random.default_rng(6)
    shape = (ROWS, PARTICLES)
    pt, eta, phi = np.exp(random.uniform(3, 5, shape)), random.uniform(-2, 2, shape), random.uniform(-3.1, 3.1, shape)
    mass = random.choice([0.0, 0.1, 5.0, 80.0], shape)
    energy = np.hypot(pt * np.cosh(eta), mass)
    forms = {
        BASES[0]: [energy, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)],
        BASES[1]: [energy, pt, eta, phi],
        BASES[2]: [pt, eta, phi, mass],
    }
    x = np.stack(forms[basis], axis=-1).astype(np.float32)
    x[ABSENT] = absent
    return x


def group_of(basis=BASES[0], **more):
    content = {"kind": "four-vectors", "columns": "p4", "basis": basis, "features": KINDS, "pairs_of": 3}
    return FourVectorsInput.model_validate(content | {"lorentz_boost": {"particles": 3}} | more)


def encoded(group, x):
    """Return the model of a group's features, those of particles and then those of rows, and the mask."""
    number = np.arange(len(x))
    rows = Rows({"p": x}, {}, np.ones(len(x)), number.astype(np.uint64), number)
    description = Description(four_vectors={"p": describe_four_vectors("p", group, rows, number)})
    inputs = keras.Input(x.shape[1:], name="p")
    found = encode_four_vectors("p", group, inputs, description, itertools.count(1))
    particles = [] if found.particles is None else [found.particles.features, found.particles.mask]
    return keras.Model(inputs, [*particles, *found.flat]), found


def outputs(model, x, **more):
    if more:
        return [np.asarray(part) for part in model(x, **more)]
    found = model.predict(x, verbose=0)
    return found if isinstance(found, list) else [found]


@pytest.mark.parametrize("scaling", ["standardise", "quantiles", "batch-normalisation", "none"])
def test_every_feature_and_scaling_is_finite(scaling):
    x = make_inputs(BASES[0])
    model, found = encoded(group_of(scaling=scaling, noise=0.1), x)
    features, mask, *flat = outputs(model, x)
    assert features.shape == (ROWS, PARTICLES, sum(OF_PARTICLES.values()))
    assert [part.shape[1] for part in flat] == list(OF_ROWS.values())
    assert all(np.isfinite(part).all() for part in (features, *flat))
    np.testing.assert_array_equal(mask[..., 0], ~ABSENT)
    number = (~ABSENT).sum(axis=1)
    assert found.particles.typical == pytest.approx(np.exp(np.log(number[number > 0]).mean()))


@pytest.mark.parametrize("kind", KINDS)
def test_every_feature_alone(kind):
    x = make_inputs(BASES[2])
    model, found = encoded(group_of(BASES[2], features=[kind]), x)
    assert (found.particles is None) == (kind in OF_ROWS)
    assert len(found.flat) == (kind in OF_ROWS)
    sizes = OF_PARTICLES | OF_ROWS
    assert outputs(model, x)[0].shape[-1] == sizes[kind]


def test_scaled_features_have_mean_0_and_deviation_1_over_what_there_is():
    x = make_inputs(BASES[0])
    features, mask, jets, *_ = outputs(encoded(group_of(), x)[0], x)
    there = features[mask[..., 0] > 0]
    np.testing.assert_allclose(there.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(there.std(axis=0), 1, atol=1e-2)
    np.testing.assert_allclose(jets[mask.any(axis=1)[:, 0]].std(axis=0), 1, atol=1e-2)
    assert (np.abs(features[mask[..., 0] == 0]) >= 3).all()  # what is missing stands apart


@pytest.mark.parametrize("basis", BASES)
def test_what_stands_for_a_missing_particle_does_not_matter(basis):
    expected = outputs(encoded(group_of(basis), make_inputs(basis))[0], make_inputs(basis))
    for missing, value in (([-999], -999.0), (True, np.nan)):
        x = make_inputs(basis, absent=value)
        for one, other in zip(outputs(encoded(group_of(basis, missing=missing), x)[0], x), expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("basis", BASES[:2])
def test_every_basis_says_the_same(basis):
    """All but raw; E and p in float32 know the mass of a light particle to half a per cent of its energy."""
    kinds = [kind for kind in KINDS if kind != "raw"]
    found = outputs(encoded(group_of(basis, features=kinds), make_inputs(basis))[0], make_inputs(basis))
    x = make_inputs(BASES[2])
    expected = outputs(encoded(group_of(BASES[2], features=kinds), x)[0], x)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("seed", [1, 2])
def test_augmentation_is_for_training_only_and_keeps_what_is_invariant(seed):
    x = make_inputs(BASES[0])
    model, _ = encoded(group_of(augment=["rotate-phi", "reflect-eta", "permute"]), x)
    plain, _ = encoded(group_of(), x)
    weights = iter(plain.get_weights())
    for layer in model.layers:
        if layer.name in {other.name for other in plain.layers} and layer.weights:
            layer.set_weights(list(itertools.islice(weights, len(layer.weights))))
    for one, other in zip(outputs(model, x), outputs(plain, x), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    for _ in range(seed):
        features, mask, jets, *_ = outputs(model, x, training=True)
    before, _, jets_before, *_ = outputs(plain, x)
    np.testing.assert_array_equal(mask[..., 0], ~ABSENT)
    np.testing.assert_allclose(jets[:, [0, 2, 3]], jets_before[:, [0, 2, 3]], rtol=1e-3, atol=1e-3)
    assert np.abs(features - before).max() > 1
    relative = features[..., 4:6].sum(axis=1), before[..., 4:6].sum(axis=1)  # ln pT / pT_jet and ln E, in any order
    np.testing.assert_allclose(*relative, rtol=1e-3, atol=1e-3)


def test_deep_sets_see_particles_in_the_order_of_the_file():
    x, order = make_inputs(BASES[0]), [2, 0, 3, 1]
    model, _ = encoded(group_of(features=["raw", "constituents", "objects", "jet"]), x)
    for one, other in zip(outputs(model, x[:, order])[:2], outputs(model, x)[:2], strict=True):
        np.testing.assert_allclose(one, other[:, order], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(outputs(model, x[:, order])[2], outputs(model, x)[2], rtol=1e-4, atol=1e-4)


def test_saved_and_loaded_it_is_the_same(tmp_path):
    x = make_inputs(BASES[1], absent=-999)
    model, _ = encoded(group_of(BASES[1], missing=[-999], augment=["rotate-phi", "reflect-eta", "permute"]), x)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for one, other in zip(outputs(model, x), outputs(again, x), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("basis", BASES)
def test_exported_it_is_the_same_to_1e_5(basis):
    """Of directions in learnt rest frames 1e-4: a boost of γ up to 25 moves them by γ times a rounding."""
    jax2onnx, onnxruntime = (pytest.importorskip(name) for name in ("jax2onnx", "onnxruntime"))
    x = make_inputs(basis, absent=np.nan)
    model, _ = encoded(group_of(basis, missing=True), x)
    state = [[v.value for v in variables] for variables in (model.trainable_variables, model.non_trainable_variables)]
    (rows,) = jax.export.symbolic_shape("rows")
    logging.getLogger("jax2onnx").setLevel(logging.ERROR)
    proto = jax2onnx.to_onnx(
        lambda values: tuple(model.stateless_call(*state, values, training=False)[0]),
        [jax.ShapeDtypeStruct((rows, *x.shape[1:]), np.float32)],
        opset=18,
    )
    proto.ir_version = 9
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    answers = session.run(None, {session.get_inputs()[0].name: x})
    *parts, boosts = zip(answers, outputs(model, x), strict=True)
    for one, other in parts:
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(*boosts, rtol=1e-4, atol=1e-4)
