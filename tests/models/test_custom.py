"""A user's own layer as a body: found, checked, the same from the same seed, saved and loaded elsewhere."""

from __future__ import annotations

import os
import random
import subprocess
import sys

import keras
import numpy as np
import pytest

from netwright.config import CustomBody, ModelSection
from netwright.errors import ExperimentError
from netwright.exporting import export_onnx
from netwright.models import import_custom_layers, raw_outputs
from netwright.models.trust import trust_module

MODULE = '''
"""A user's own layers."""

import keras
import numpy as np
from keras import ops


class Plain:
    pass


class Unregistered(keras.layers.Layer):
    def call(self, x):
        return x


@keras.saving.register_keras_serializable(package="own_layers")
class Gated(keras.layers.Layer):
    """y = dropout(V x * sigmoid(W x))."""

    def __init__(self, units=8, rate=0.0, **kwargs):
        super().__init__(**kwargs)
        self.units, self.rate = units, rate
        self.value, self.gate = keras.layers.Dense(units), keras.layers.Dense(units, activation="sigmoid")
        self.dropout = keras.layers.Dropout(rate)

    def build(self, shape):
        self.value.build(shape)
        self.gate.build(shape)

    def call(self, x, training=False):
        return self.dropout(self.value(x) * self.gate(x), training=training)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "rate": self.rate}


@keras.saving.register_keras_serializable(package="own_layers")
class NoNames(keras.layers.Layer):
    def __init__(self):
        super().__init__()


@keras.saving.register_keras_serializable(package="own_layers")
class Fussy(keras.layers.Layer):
    def __init__(self, units=8, **kwargs):
        super().__init__(**kwargs)
        if units < 3:
            raise ValueError(f"at least three units, not {units}")

    def call(self, x):
        return x


@keras.saving.register_keras_serializable(package="own_layers")
class Centring(keras.layers.Layer):
    def call(self, x):
        return x - ops.mean(x, axis=0)


@keras.saving.register_keras_serializable(package="own_layers")
class Cubic(keras.layers.Layer):
    def call(self, x):
        return x[:, :, None]


@keras.saving.register_keras_serializable(package="own_layers")
class Unseeded(keras.layers.Layer):
    def build(self, shape):
        start = keras.initializers.Constant(float(np.random.default_rng().normal()))
        self.kernel = self.add_weight(shape=(shape[-1],), initializer=start)

    def call(self, x):
        return x * self.kernel
'''


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """Put the module where Python finds it; it stays imported, as its classes stay registered."""
    path = tmp_path_factory.mktemp("own")
    (path / "own_layers.py").write_text(MODULE)
    (path / "broken_layers.py").write_text("import no_such_library\n")
    (path / "misspelt_layers.py").write_text("def f(:\n")
    sys.path.insert(0, str(path))
    for module in ("own_layers", "broken_layers", "misspelt_layers"):
        trust_module(module)
    yield path
    sys.path.remove(str(path))


OWN = {"kind": "custom", "layer": "own_layers:Gated", "arguments": {"units": 5, "rate": 0.3}}


@pytest.fixture(scope="module")
def problem_with(problem_of):
    """Return the maker of small problems with a custom body."""

    def make(inputs=("flat",), **more):
        problem = problem_of(inputs=inputs, **{key: more.pop(key) for key in ("seed", "targets") if key in more})
        model = ModelSection.model_validate({"body": OWN | more})
        experiment = problem.experiment.model_copy(update={"model": model})
        return type(problem)(experiment, problem.rows, problem.split, problem.description)

    return make


def outputs(model, problem, **kwargs):
    inputs = {name: problem.rows.inputs[name][:7] for name in problem.experiment.inputs}
    return {name: np.asarray(x) for name, x in model(inputs, **kwargs).items()}


def assert_same(one, other):
    for name, values in one.items():
        np.testing.assert_array_equal(other[name], values)


def test_it_is_the_body(problem_with):
    problem = problem_with()
    model = problem.build()
    layer = model.get_layer("body-hidden")
    assert type(layer).__name__ == "Gated"
    assert (layer.units, layer.rate) == (5, 0.3)
    x = keras.Model(model.input, layer.input)({"flat": problem.rows.inputs["flat"][:7]})
    (v, b), (w, c) = layer.value.get_weights(), layer.gate.get_weights()
    x = np.asarray(x, dtype=np.float64)
    expected = (x @ v + b) / (1 + np.exp(-(x @ w + c)))
    np.testing.assert_allclose(np.asarray(layer(x.astype(np.float32))), expected, rtol=1e-5, atol=1e-6)
    assert set(raw_outputs(model, problem.experiment.targets).output) == set(problem.experiment.targets)


def test_the_seed_of_the_experiment_decides_what_the_layer_leaves_open(problem_with):
    one, same, other = (problem_with(seed=seed) for seed in (3, 3, 4))
    models = [problem.build() for problem in (one, same, other)]
    for training in (False, True):
        result = [outputs(model, one, training=training) for model in models]
        assert_same(result[0], result[1])
        assert not np.array_equal(result[0]["mass"], result[2]["mass"])


def test_the_random_numbers_of_others_are_left_alone(body_of):
    before = random.getstate()
    body_of(**OWN)
    assert random.getstate() == before


def test_it_exports(problem_with, tmp_path):
    problem = problem_with()
    rows = {name: problem.rows.inputs[name][:50] for name in problem.experiment.inputs}
    check = export_onnx(problem.build(), problem.experiment, tmp_path / "model.onnx", rows=rows)
    assert check.largest_difference <= 1e-5


ELSEWHERE = """
import sys, numpy as np, netwright, keras
from netwright.config import ModelSection
from netwright.models import import_custom_layers
import_custom_layers(ModelSection.model_validate({"body": {OWN}}), trust=True)
model = keras.saving.load_model(sys.argv[1] + "/model.keras", compile=False, safe_mode=True)
with np.load(sys.argv[1] + "/inputs.npz") as file:
    np.savez(sys.argv[1] + "/outputs.npz", **model.predict(dict(file), verbose=0))
""".replace("{OWN}", repr(OWN))


def test_another_process_loads_it_once_its_module_is_imported(problem_with, folder, tmp_path):
    problem = problem_with()
    model = problem.build()
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "inputs.npz", flat=problem.rows.inputs["flat"][:7])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    subprocess.run([sys.executable, "-c", ELSEWHERE, str(tmp_path)], env=environment, check=True)
    with np.load(tmp_path / "outputs.npz") as result:
        for name, values in outputs(model, problem).items():
            np.testing.assert_allclose(result[name], values, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layer": "no_such_layers:Gated"}, "cannot import the module no_such_layers .*PYTHONPATH=. netwright train"),
        ({"layer": "broken_layers:Gated"}, "cannot import the module broken_layers .No module named 'no_such_library'"),
        ({"layer": "misspelt_layers:Gated"}, "cannot import the module misspelt_layers .invalid syntax"),
        ({"layer": "own_layers:Gatde"}, 'the module own_layers has no Gatde. Did you mean "Gated"?'),
        ({"layer": "own_layers:Plain"}, r"own_layers:Plain is not a Keras layer; derive .* from: Centring, Cubic"),
        ({"layer": "own_layers:ops"}, "own_layers:ops is not a Keras layer"),
        (
            {"layer": "own_layers:Unregistered"},
            r'not registered with Keras.*@keras.saving.register_keras_serializable\(package="own_layers"\) above',
        ),
    ],
)
def test_what_cannot_be_found_is_said_also_when_a_run_is_opened(problem_with, changes, message):
    for fails in (
        lambda: problem_with(**changes).build(),
        lambda: import_custom_layers(ModelSection(body=CustomBody(kind="custom", **changes))),
    ):
        with pytest.raises(ExperimentError, match=message):
            fails()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"arguments": {"unit": 3}}, r"does not take the arguments .*'unit': 3.*Its signature is Gated\(units=8, rate"),
        ({"layer": "own_layers:NoNames", "arguments": {}}, r"does not take the arguments .*it must take \*\*kwargs"),
        ({"layer": "own_layers:Fussy", "arguments": {"units": 2}}, "at least three units, not 2"),
        (
            {"layer": "own_layers:Centring", "arguments": {}},
            r"Centring \(body-hidden\) gives outputs of a row",
        ),
        ({"layer": "own_layers:Cubic", "arguments": {}}, r"own_layers:Cubic: .* this layer gives \(None, 2, 1\)"),
        ({"layer": "own_layers:Unseeded", "arguments": {}}, "other first weights from the same seed"),
    ],
)
def test_what_cannot_be_a_body_is_said(problem_with, changes, message):
    with pytest.raises(ExperimentError, match=f"(?s){message}"):
        problem_with(**changes).build()


def test_layers_of_keras_need_no_registration(problem_with):
    model = problem_with(layer="keras.layers:Dense", arguments={"units": 4, "activation": "relu"}).build()
    assert model.get_layer("body-hidden").units == 4


def test_models_without_own_layers_need_no_import():
    import_custom_layers(ModelSection())
