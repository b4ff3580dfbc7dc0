"""bfloat16 in the bodies alone: the same variables as in float32, nearly the same outputs, nothing left behind."""

from __future__ import annotations

import sys
import types

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from netwright.errors import ExperimentError
from netwright.layers import MaskedSum
from netwright.models import build, ensemble, raw_outputs
from netwright.models._precision import computing_in

pytestmark = pytest.mark.optimised

BODIES = {
    "dense": {"kind": "dense", "dropout": 0.2, "l2": 1e-3},
    "residual": {"kind": "residual", "units": [8, 8, 4], "batch_normalisation": "before"},
    "densely-connected": {"kind": "densely-connected", "dropout": 0.2, "activation": "selu"},
    "deep-sets": {"kind": "deep-sets", "constituent_units": [5, 3], "batch_normalisation": "before", "dropout": 0.2},
    "custom": {"kind": "custom", "layer": "keras.layers:Dense", "arguments": {"units": 4}},
}


@pytest.fixture(scope="module", params=BODIES)
def both(request, problem_of):
    """A problem, and its network in both precisions; a head has a layer of its own."""
    body = BODIES[request.param]
    inputs = ("jet",) if body["kind"] == "deep-sets" else ("flat",)
    problem = problem_of(inputs=inputs, targets=("is_top", "mass"), **(body if body["kind"] != "custom" else {}))
    sections = problem.experiment.model_dump()
    sections["targets"]["mass"]["units"] = [5]
    if body["kind"] == "custom":
        sections["model"]["body"] = body
    experiment = type(problem.experiment).model_validate(sections)
    full, short = (build(experiment, problem.description, precision=p) for p in ("float32", "bfloat16"))
    return problem, full, short


def test_the_variables_are_the_same(both):
    _, full, short = both
    for one, other in ((full.trainable_variables, short.trainable_variables), (full.variables, short.variables)):
        names = ([(v.path, v.shape, v.dtype) for v in vs if "seed_generator" not in v.path] for vs in (one, other))
        assert next(names) == next(names)
        assert [v.shape for v in one] == [v.shape for v in other]
    for one, other in zip(full.trainable_variables, short.trainable_variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())  # and so are their first values


def test_only_bodies_and_layers_of_heads_own_compute_in_bfloat16(both):
    _, full, short = both
    assert {layer.compute_dtype for layer in full.layers} == {"float32"}
    for layer in short.layers:
        own = (layer.name.startswith("body") or "-own-" in layer.name) and not isinstance(layer, MaskedSum)
        assert layer.compute_dtype == ("bfloat16" if own else "float32"), layer.name


def outputs(model, inputs):
    state = [[v.value for v in vs] for vs in (model.trainable_variables, model.non_trainable_variables)]
    return jax.jit(lambda state: model.stateless_call(*state, inputs, training=False)[0])(state)


def test_outputs_are_float32_and_agree_to_the_digits_of_bfloat16(both):
    """Eight bits of each number, a handful of layers: some percent of the spread of what comes out."""
    problem, full, short = both
    inputs = {name: problem.rows.inputs[name][:100] for name in problem.experiment.inputs}
    one, other = (outputs(raw_outputs(model, problem.experiment.targets), inputs) for model in (full, short))
    for head, values in other.items():
        assert values.dtype == jnp.float32
        assert 0 < np.abs(one[head] - values).max() < 0.08 * (1 + np.abs(one[head]).max())


def test_gradients_are_float32_finite_and_of_the_same_direction(both):
    problem, full, short = both
    inputs = {name: problem.rows.inputs[name][:100] for name in problem.experiment.inputs}

    def gradient(model):
        raw = raw_outputs(model, problem.experiment.targets)
        others = [v.value for v in raw.non_trainable_variables]

        def loss(weights):
            outputs, _ = raw.stateless_call(weights, others, inputs, training=False)
            return sum(jnp.mean(jnp.square(x - 1)) for x in outputs.values())

        return jax.jit(jax.grad(loss))([v.value for v in raw.trainable_variables])

    one, other = (gradient(model) for model in (full, short))
    assert all(g.dtype == jnp.float32 and np.isfinite(g).all() for g in other)
    a, b = (np.concatenate([np.ravel(g) for g in gs]) for gs in (one, other))
    assert a @ b / np.linalg.norm(a) / np.linalg.norm(b) > 0.99


def test_what_was_trained_in_bfloat16_is_saved_in_float32(problem_of, tmp_path):
    problem = problem_of(inputs=("flat",), batch_normalisation="before", dropout=0.2)
    full, short = (build(problem.experiment, problem.description, precision=p) for p in ("float32", "bfloat16"))
    for variable in short.trainable_variables:
        variable.assign(variable + 0.01)
    for one, other in zip(full.variables, short.variables, strict=True):
        one.assign(other)
    full.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert {layer.compute_dtype for layer in again.layers} == {"float32"}
    inputs = {"flat": problem.rows.inputs["flat"][:50]}
    expected, rounded = outputs(full, inputs), outputs(short, inputs)
    for head, values in outputs(again, inputs).items():
        np.testing.assert_array_equal(values, expected[head])
        np.testing.assert_allclose(values, rounded[head], rtol=0.1, atol=0.1)
        assert rounded[head].dtype == jnp.float32


def test_nothing_is_left_behind(problem_of, monkeypatch):
    before = keras.config.dtype_policy().name
    problem = problem_of(inputs=("flat",))
    build(problem.experiment, problem.description, precision="bfloat16")
    assert keras.config.dtype_policy().name == before == "float32"
    monkeypatch.setitem(sys.modules, "an_empty_module", types.ModuleType("an_empty_module"))
    sections = problem.experiment.model_dump()
    sections["model"]["body"] = {"kind": "custom", "layer": "an_empty_module:Nothing"}
    broken = type(problem.experiment).model_validate(sections)
    with pytest.raises(ExperimentError, match="has no Nothing"):
        build(broken, problem.description, precision="bfloat16")
    assert keras.config.dtype_policy().name == before


def test_a_policy_of_the_process_does_not_matter(problem_of):
    """A script may set one for networks of its own; raw units, heads and weights of ours stay float32."""
    problem = problem_of(inputs=("flat",))
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build(problem.experiment, problem.description)
        both = ensemble([model, build(problem.experiment, problem.description)], problem.experiment.targets, "mean", {})
    finally:
        keras.config.set_dtype_policy(before)
    assert {layer.dtype_policy.name for network in (model, both) for layer in network.layers[1:]} == {"float32"}


def test_one_precision_within_another():
    with computing_in("bfloat16"):
        with computing_in("float32"):
            assert keras.layers.Identity().compute_dtype == "float32"
        assert keras.layers.Identity().compute_dtype == "bfloat16"
    assert keras.layers.Identity().compute_dtype == "float32"
