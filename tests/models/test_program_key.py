"""What members may differ in without another compiled program, and that the program then serves both."""

from __future__ import annotations

import json

import jax
import keras
import numpy as np
import pytest

from netwright import layers
from netwright.config import parse_experiment
from netwright.data import describe, divide
from netwright.models import build, program_of, raw_outputs
from netwright.models.program_key import _NUMBERS

from .conftest import make_rows

ROWS = make_rows(number=200)
NUMERIC = {"kind": "numeric", "columns": ["a", "b"], "missing": True}
JET = {"kind": "four-vectors", "columns": "p4", "at_most": 6}
EVERYTHING = {
    "flat": NUMERIC | {"log": ["a"], "scaling": "quantiles"},
    "kind": {"kind": "categorical", "columns": ["q", "r"], "encoding": "embedding"},
    "jet": JET | {"features": ["constituents", "jet", "lorentz-boost"], "augment": ["rotate-phi"]},
}
SETS = {"kind": "deep-sets", "constituent_units": [5], "units": [6], "dropout": 0.2, "l2": 1e-3}


def network(fold=0, seed=1, *, inputs=None, training=None, name="n", precision="float32", **body):
    """Build a network of the tests' rows."""
    experiment = parse_experiment(
        {
            "name": name,
            "data": {"files": ["f"], "identity": ["e"]},
            "inputs": inputs or {"flat": NUMERIC},
            "targets": {"is_top": {"kind": "binary", "column": "y"}, "mass": {"kind": "regression", "column": "m"}},
            "split": {"kind": "cross", "folds": 3},
            "model": {"body": {"kind": "dense", "units": [8, 4], "dropout": 0.1, "l2": 1e-3} | body},
            "training": {"seed": seed} | (training or {}),
        }
    )
    split = divide(ROWS.identity, experiment.split).split(fold)
    return build(experiment, describe(ROWS, split, experiment), precision=precision)


@pytest.fixture(scope="module")
def program():
    """The program of the network that the others differ from in one thing."""
    return program_of(network())


@pytest.mark.parametrize(
    "other",
    [
        {"fold": 1},
        {"seed": 7},
        {"name": "another"},
        {"l2": 0.5},
        {"l2": 0, "l1": 0.1},
        {"l2": 0},
        {"dropout": 0.7},
        {"training": {"learning_rate": 0.1, "epochs": 3, "batch_size": 7}},
    ],
    ids=str,
)
def test_what_is_data(program, other):
    assert program_of(network(**other)) == program


@pytest.mark.parametrize(
    "other",
    [
        {"units": [8, 5]},
        {"units": [8, 4, 4]},
        {"activation": "tanh"},
        {"max_norm": 2.0},
        {"dropout": 0},  # no layer at all
        {"batch_normalisation": "before"},
        {"kind": "residual"},
        {"precision": "bfloat16"},
        {"inputs": {"flat": NUMERIC, "kind": EVERYTHING["kind"]}},
        {"inputs": {"flat": NUMERIC | {"missing": [-999]}}},
        {"inputs": {"flat": NUMERIC | {"noise": 0.1}}},
        {"inputs": {"flat": NUMERIC | {"log": ["a"]}}},
        {"inputs": {"flat": NUMERIC | {"scaling": "quantiles"}}},
        {"inputs": {"flat": NUMERIC | {"scaling": "both"}}},
    ],
    ids=str,
)
def test_what_is_compiled_in(program, other):
    assert program_of(network(**other)) != program


def test_first_frequencies_of_waves_are_data():
    waves = {"kind": "tabular", "networks": 2, "waves": 2, "wave_deviation": 0.1}
    program = program_of(network(**waves))
    assert program_of(network(**waves | {"wave_deviation": 1.0})) == program
    assert program_of(network(**waves | {"waves": 3})) != program


def test_other_vocabularies_and_their_sizes_are_other_programs():
    x = keras.Input((1,), dtype="int32", name="x")
    programs = {
        program_of(keras.Model(x, kind([values], **more, name="y")(x)))
        for kind, more in ((layers.OneHot, {}), (layers.BinaryDigits, {}), (layers.CategoryEmbedding, {"size": 2}))
        for values in ([1, 2], [1, 3], [1, 2, 3])
    }
    assert len(programs) == 9


def test_noise_and_alpha_dropout_and_penalties_of_other_kinds_are_compiled_in():
    def one(layer):
        x = keras.Input((4,), name="x")
        return program_of(keras.Model(x, layer(x)))

    def dense(**more):
        return one(keras.layers.Dense(2, name="y", **more))

    orthogonal = [keras.regularizers.OrthogonalRegularizer(factor) for factor in (0.1, 0.2)]
    for make, one_value, other in (
        (lambda value: one(keras.layers.GaussianNoise(value, seed=1, name="y")), 0.1, 0.2),
        (lambda value: one(keras.layers.AlphaDropout(value, seed=1, name="y")), 0.1, 0.2),
        (lambda value: dense(activity_regularizer=keras.regularizers.L2(value)), 0.1, 0.2),
        (lambda value: dense(kernel_regularizer=value), *orthogonal),
    ):
        assert make(one_value) == make(one_value)
        assert make(one_value) != make(other)
    assert one(keras.layers.GaussianNoise(0.1, seed=1, name="y")) == one(
        keras.layers.GaussianNoise(0.1, seed=2, name="y")
    )


@keras.saving.register_keras_serializable(package="test_program")
class OfOnesOwn(keras.layers.Layer):
    """A user's layer: nobody knows what is compiled in."""

    def __init__(self, rate=0.5, seed=1, scale=1.0, **kwargs):
        super().__init__(**kwargs)
        self.rate, self.seed, self.scale = rate, seed, scale

    def call(self, x):
        return x * self.rate * self.scale + self.seed

    def get_config(self):
        return {**super().get_config(), "rate": self.rate, "seed": self.seed, "scale": self.scale}


@pytest.mark.parametrize("change", [{"rate": 0.6}, {"seed": 2}, {"scale": 3.0}])
def test_of_layers_of_ones_own_everything_counts(change):
    def one(**arguments):
        x = keras.Input((4,), name="x")
        return program_of(keras.Model(x, OfOnesOwn(name="y", **arguments)(x)))

    assert one() == one()
    assert one() != one(**change)


@pytest.mark.optimised
@pytest.mark.parametrize(
    "sections",
    [
        {"inputs": EVERYTHING, **SETS},
        {"inputs": {"flat": NUMERIC | {"scaling": "batch-normalisation", "noise": 0.1}}, "activation": "selu"},
        {"inputs": {"flat": NUMERIC | {"scaling": "none", "noise": 0.1}}, "batch_normalisation": "after"},
    ],
    ids=["quantiles and sets", "batch normalisation", "units"],
)
def test_one_compiled_program_serves_both(sections):
    """Another fold, seed, dropout and L2 in the program of the first: what the other says itself, to the last bit."""
    changes = {"fold": 2, "seed": 9, "l2": 0.2}
    if sections.get("activation") != "selu":  # whose dropout is Keras's, with a rate that is compiled in
        changes["dropout"] = 0.6
    one, other = (raw_outputs(network(**s), ["is_top", "mass"]) for s in (sections, sections | changes))
    assert program_of(one) == program_of(other)
    inputs = {name: ROWS.inputs[name][:16] for name in one.input}
    state = [[v.value for v in vs] for vs in (other.trainable_variables, other.non_trainable_variables)]
    (given, moved), (own, moved_too) = (
        jax.jit(lambda state, model=model: model.stateless_call(*state, inputs, training=True))(state)
        for model in (one, other)
    )
    for a, b in zip(jax.tree.leaves((given, moved)), jax.tree.leaves((own, moved_too)), strict=True):
        np.testing.assert_array_equal(a, b)
    before = jax.jit(lambda state: one.stateless_call(*state, inputs, training=True)[0])(
        [[v.value for v in vs] for vs in (one.trainable_variables, one.non_trainable_variables)]
    )
    assert np.abs(np.asarray(before["mass"]) - np.asarray(given["mass"])).max() > 0.01


def test_every_layer_with_constants_says_which_arguments_they_are():
    """Weights that cannot be trained, and are no state of a generator or average of batches, are named as data.

    Calibrations are fitted after the training: their weights are no arguments.
    """
    from ..layers.cases import CASES  # noqa: TID252

    result = set()
    for name, cases in CASES.items():
        for case in cases:
            layer = getattr(layers, name)(**case.arguments)
            layer(*(keras.Input(x.shape[1:], dtype=x.dtype.name) for x in case.inputs))
            if any("moving" not in weight.path for weight in layer.non_trainable_weights):
                result.add(f"netwright>{name}")
            for argument in _NUMBERS.get(f"netwright>{name}", ()):
                assert argument in layer.get_config()
    assert result - {"netwright>IsotonicScaling", "netwright>TemperatureScaling"} == set(_NUMBERS)


def test_a_program_is_json(program):
    assert {"layers", "input_layers", "output_layers"} <= set(json.loads(program))
