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
from netwright.data.description.particles import describe_particles
from netwright.exporting.conversion import _quick_look_up
from netwright.models.encode_particles import encode_particles

KINDS = ["raw", "constituents", "jet", "objects", "pairs", "lorentz-boost"]
OF_PARTICLES = {"raw": 4, "constituents": 5, "objects": 6}
OF_ROWS = {"jet": 4, "pairs": 3 * 5, "lorentz-boost": 3 * 6 + 3}
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
    description = Description(particles={"p": describe_particles("p", group, rows, number)})
    inputs = keras.Input(x.shape[1:], name="p")
    result = encode_particles("p", group, {"p": inputs}, description, itertools.count(1))
    particles = [] if result.particles is None else [result.particles.features, result.particles.mask]
    return keras.Model(inputs, [*particles, *result.flat]), result


def outputs(model, x):
    predictions = model.predict(x, verbose=0)
    return predictions if isinstance(predictions, list) else [predictions]


@pytest.fixture(scope="module")
def everything():
    """All features of one group, with noise: inputs, model, what was encoded, outputs; compiled once."""
    x = make_inputs(BASES[0])
    model, result = encoded(group_of(noise=0.1), x)
    return x, model, result, outputs(model, x)


def test_every_feature_is_finite_and_of_its_shape(everything):
    _, _, result, (features, mask, *flat) = everything
    assert features.shape == (ROWS, PARTICLES, sum(OF_PARTICLES.values()))
    assert [part.shape[1] for part in flat] == list(OF_ROWS.values())
    assert all(np.isfinite(part).all() for part in (features, *flat))
    np.testing.assert_array_equal(mask[..., 0], ~ABSENT)
    number = (~ABSENT).sum(axis=1)
    assert result.particles.typical == pytest.approx(np.exp(np.log(number[number > 0]).mean()))


@pytest.mark.parametrize("scaling", ["quantiles", "batch-normalisation", "none"])
def test_every_scaling_is_finite(scaling):
    x = make_inputs(BASES[0])
    features, *_ = outputs(encoded(group_of(scaling=scaling, features=["raw"]), x)[0], x)
    assert np.isfinite(features).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_feature_alone(kind):
    model, result = encoded(group_of(BASES[2], features=[kind]), make_inputs(BASES[2]))
    assert (result.particles is None) == (kind in OF_ROWS)
    assert len(result.flat) == (kind in OF_ROWS)
    assert model.outputs[0].shape[-1] == (OF_PARTICLES | OF_ROWS)[kind]


def test_scaled_features_have_mean_0_and_deviation_1_over_what_there_is(everything):
    features, mask, jets, *_ = everything[3]
    exists = features[mask[..., 0] > 0]
    np.testing.assert_allclose(exists.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(exists.std(axis=0), 1, atol=1e-2)
    np.testing.assert_allclose(jets[mask.any(axis=1)[:, 0]].std(axis=0), 1, atol=1e-2)
    assert (np.abs(features[mask[..., 0] == 0]) >= 3).all()  # what is missing stands apart


@pytest.mark.parametrize("basis", BASES)
def test_what_stands_for_a_missing_particle_does_not_matter(basis):
    kinds = ["raw", "objects"]
    expected = outputs(encoded(group_of(basis, features=kinds), make_inputs(basis))[0], make_inputs(basis))
    x = make_inputs(basis, absent=-999.0)
    x[:5] = np.where(x[:5] == -999, np.nan, x[:5])
    result = outputs(encoded(group_of(basis, features=kinds, missing=[-999]), x)[0], x)
    for one, other in zip(result, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("basis", BASES[:2])
def test_every_basis_says_the_same(basis):
    """E and p in float32 know the mass of a light particle to half a per cent of its energy."""
    kinds = ["objects", "pairs"]
    result = outputs(encoded(group_of(basis, features=kinds), make_inputs(basis))[0], make_inputs(basis))
    x = make_inputs(BASES[2])
    expected = outputs(encoded(group_of(BASES[2], features=kinds), x)[0], x)
    for one, other in zip(result, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=5e-3, atol=5e-3)


def test_augmentation_is_for_training_only_and_keeps_what_is_invariant():
    x, kinds = make_inputs(BASES[0]), ["raw", "constituents", "jet"]
    model, _ = encoded(group_of(features=kinds, augment=["rotate-phi", "reflect-eta", "permute"]), x)
    before, _, jets_before = outputs(encoded(group_of(features=kinds), x)[0], x)
    np.testing.assert_allclose(outputs(model, x)[0], before, rtol=1e-5, atol=1e-5)
    step = jax.jit(lambda state: model.stateless_call([], state, x, training=True))
    (one, *_), state = step([v.value for v in model.non_trainable_variables])
    (two, mask, jets), _ = (tuple(map(np.asarray, part)) for part in step(state))
    assert min(np.abs(one - two).max(), np.abs(one - before).max(), np.abs(two - before).max()) > 1
    np.testing.assert_array_equal(mask[..., 0], ~ABSENT)
    np.testing.assert_allclose(jets[:, [0, 2, 3]], jets_before[:, [0, 2, 3]], rtol=1e-3, atol=1e-3)
    relative = two[..., 4:6].sum(axis=1), before[..., 4:6].sum(axis=1)  # ln pT / pT_jet and ln E, in any order
    np.testing.assert_allclose(*relative, rtol=1e-3, atol=1e-3)


def test_features_of_particles_keep_the_order_of_the_file(everything):
    x, model, _, (features, mask, jets, *_) = everything
    order = [2, 0, 3, 1]
    turned, turned_mask, turned_jets, *_ = outputs(model, x[:, order])
    np.testing.assert_array_equal(turned_mask, mask[:, order])
    np.testing.assert_allclose(turned, features[:, order], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(turned_jets, jets, rtol=1e-4, atol=1e-4)


def test_saved_and_loaded_it_is_the_same(everything, tmp_path):
    x, model, _, expected = everything
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for one, other in zip(outputs(again, x), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.optimised
@pytest.mark.parametrize(("basis", "kinds"), [(BASES[0], KINDS), (BASES[1], KINDS[:-1]), (BASES[2], KINDS[:-1])])
def test_exported_it_is_the_same_to_1e_5(basis, kinds):
    """Of directions in learnt rest frames 1e-4: a boost of γ up to 25 moves them by γ times a rounding."""
    jax2onnx, onnxruntime = (pytest.importorskip(name) for name in ("jax2onnx", "onnxruntime"))
    x = make_inputs(basis, absent=np.nan)
    model, _ = encoded(group_of(basis, missing=True, features=kinds), x)
    state = [[v.value for v in variables] for variables in (model.trainable_variables, model.non_trainable_variables)]
    (rows,) = jax.export.symbolic_shape("rows")
    logging.getLogger("jax2onnx").setLevel(logging.ERROR)
    with _quick_look_up():
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
    for number, (one, other) in enumerate(zip(answers, outputs(model, x), strict=True)):
        tolerance = 1e-5 if number < 4 else 1e-4
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=2 * tolerance)
