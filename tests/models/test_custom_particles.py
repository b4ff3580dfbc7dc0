"""A user's own layer that takes particles: by the names of its arguments, checked, saved, loaded and exported."""

from __future__ import annotations

import sys

import keras
import numpy as np
import pytest

from netwright.config import ModelSection
from netwright.errors import ExperimentError
from netwright.exporting import export_onnx
from netwright.layers import check_layer
from netwright.models import load_model
from netwright.models.trust import trust_module

MODULE = '''
"""A user's own layers of particles."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="particle_layers")
class Attending(keras.layers.Layer):
    """A mean of particles that features of their own weight by softmax, beside sums of E and of pT-like features."""

    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.score, self.value = keras.layers.Dense(1), keras.layers.Dense(units)

    def build(self, features_shape, particles_shape, momenta_shape, eta_phi_shape, exists_shape):
        self.score.build(particles_shape)
        self.value.build(particles_shape)

    def call(self, features, particles, momenta, eta_phi, exists):
        score = ops.softmax(self.score(particles) - 1e9 * (1 - exists), axis=1) * exists
        energy = ops.sum(momenta[:, :, 0] * exists[:, :, 0], axis=1, keepdims=True)
        spread = ops.sum(score * ops.square(eta_phi), axis=1)
        return ops.concatenate([features, ops.sum(score * self.value(particles), axis=1), energy, spread], axis=1)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(package="particle_layers")
class Summing(keras.layers.Layer):
    def call(self, momenta, exists):
        return ops.sum(momenta * exists, axis=1)


@keras.saving.register_keras_serializable(package="particle_layers")
class IgnoresMask(keras.layers.Layer):
    def call(self, particles, exists):
        return ops.mean(particles, axis=1)


@keras.saving.register_keras_serializable(package="particle_layers")
class Masking(keras.layers.Layer):
    def call(self, particles, mask):
        return ops.sum(particles * mask, axis=1)


@keras.saving.register_keras_serializable(package="particle_layers")
class Rooting(keras.layers.Layer):
    """Has no finite gradient where there is no particle."""

    def call(self, momenta):
        return ops.sum(ops.sqrt(momenta[:, :, 0]), axis=1, keepdims=True)
'''


@pytest.fixture(scope="module", autouse=True)
def _module(tmp_path_factory):
    path = tmp_path_factory.mktemp("own")
    (path / "particle_layers.py").write_text(MODULE)
    sys.path.insert(0, str(path))
    trust_module("particle_layers")
    yield
    sys.path.remove(str(path))


@pytest.fixture(scope="module")
def problem_with(problem_of):
    """Return the maker of small problems with a body of one of these layers."""

    def make(layer, inputs=("jet",), features=("constituents",), unit="GeV", more=None, **arguments):
        problem = problem_of(inputs=inputs, targets=("is_top",))
        body = {"kind": "custom", "layer": f"particle_layers:{layer}", "arguments": arguments}
        groups = dict(problem.experiment.inputs)
        if "jet" in groups:
            groups["jet"] = groups["jet"].model_copy(update={"features": list(features), "unit": unit})
        changes = {"model": ModelSection.model_validate({"body": body}), "inputs": groups | (more or {})}
        return type(problem)(
            problem.experiment.model_copy(update=changes), problem.rows, problem.split, problem.description
        )

    return make


@pytest.fixture(scope="module")
def attending(problem_with):
    problem = problem_with("Attending", inputs=("flat", "jet"), units=2)
    return problem, problem.build()


def rows_of(problem, number):
    return {name: problem.rows.inputs[name][:number] for name in problem.experiment.inputs}


def test_it_gets_what_its_call_names(attending):
    """Against loops in float64: float32 keeps seven digits of each term."""
    problem, model = attending
    layer = model.get_layer("body-hidden")
    given = keras.Model(model.input, layer._inbound_nodes[0].arguments.kwargs | {"output": layer.output})(
        rows_of(problem, 20)
    )
    given = {name: np.asarray(x, np.float64) for name, x in given.items()}
    p4 = problem.rows.inputs["jet"][:20].astype(float)
    np.testing.assert_array_equal(given["momenta"], p4)
    np.testing.assert_array_equal(given["exists"][..., 0], p4[..., 0] > 0)
    (a, b), (v, c) = layer.score.get_weights(), layer.value.get_weights()
    for row, momenta in enumerate(p4):
        exists = momenta[:, 0] > 0
        _, px, py, pz = momenta[exists].T
        eta_phi = np.stack([np.arcsinh(pz / np.hypot(px, py)), np.arctan2(py, px)], axis=1)
        particles = given["particles"][row][exists]
        weights = np.exp(particles @ a + b)
        weights /= weights.sum()
        expected = [
            *(weights * (particles @ v + c)).sum(axis=0),
            momenta[:, 0].sum(),
            *(weights * eta_phi**2).sum(axis=0),
        ]
        np.testing.assert_allclose(given["output"][row], [*given["features"][row], *expected], rtol=1e-4, atol=1e-5)


def test_it_saves_loads_and_exports(attending, tmp_path):
    problem, model = attending
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    rows = rows_of(problem, 50)
    np.testing.assert_array_equal(model(rows)["is_top"], again(rows)["is_top"])
    assert export_onnx(again, problem.experiment, tmp_path / "model.onnx", rows=rows).largest_difference <= 1e-5


def test_momenta_are_in_gev(problem_with):
    """Sums over all particles, of a file in MeV and of the same numbers in GeV."""
    result = {}
    for unit in ("GeV", "MeV"):
        problem = problem_with("Summing", unit=unit)
        model = problem.build()
        result[unit] = np.asarray(keras.Model(model.input, model.get_layer("body-hidden").output)(rows_of(problem, 9)))
    np.testing.assert_allclose(result["MeV"], result["GeV"] / 1000, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (
            "Summing",
            {"inputs": ("flat",)},
            "takes particles, of one input group .* but there is none. Change the inputs",
        ),
        ("Summing", {"features": ("jet",)}, r"takes particles, of one input group .* but there is none"),
        (
            "Summing",
            {"inputs": ("flat", "jet")},
            "takes particles only, but .* Add the argument `features` to its call",
        ),
        ("Attending", {}, "its call takes `features`, but the inputs have none besides those of particles. Leave"),
        (
            "IgnoresMask",
            {},
            r"IgnoresMask .* gives outputs that change with the padding, where there is no particle. Multiply",
        ),
        ("Rooting", {}, r"Rooting .* gives gradients by its inputs that are not finite"),
    ],
)
def test_what_does_not_fit_is_said(problem_with, layer, options, message):
    with pytest.raises(ExperimentError, match=message):
        problem_with(layer, **options).build()


def test_of_two_groups_it_cannot_say_which(problem_with, monkeypatch):
    problem = problem_with("Summing")
    groups = problem.experiment.inputs | {"fat": problem.experiment.inputs["jet"]}
    description = problem.description
    for name in ("particles", "shapes"):
        monkeypatch.setitem(getattr(description, name), "fat", getattr(description, name)["jet"])
    experiment = problem.experiment.model_copy(update={"inputs": groups})
    with pytest.raises(ExperimentError, match=r"takes particles, .* but there are 2: jet, fat"):
        type(problem)(experiment, problem.rows, problem.split, description).build()


def test_the_contract_takes_arguments_by_name():
    """Also some by place; the mask is left out of what is changed."""
    random = np.random.default_rng(3)
    exists = (np.arange(3) < np.array([3, 2, 1, 0])[:, None])[:, :, None].astype(np.float32)
    particles = random.normal(size=(4, 3, 2)).astype(np.float32)
    kind = keras.saving.get_registered_object("particle_layers>Summing")
    check_layer(kind, particles, exists=exists)
    check_layer(kind, momenta=particles, exists=exists)
    ignores_mask = keras.saving.get_registered_object("particle_layers>IgnoresMask")
    with pytest.raises(ExperimentError, match="change with the padding, where there is no particle"):
        check_layer(ignores_mask, particles=particles, exists=exists)
