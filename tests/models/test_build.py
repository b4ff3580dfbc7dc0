"""Networks: every body, head and input together; constants, seeds, invariances; saved, loaded, elsewhere."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from netwright.models import make_forward, raw_outputs

BODIES = {
    "dense": {"kind": "dense"},
    "regularised": {"kind": "dense", "batch_normalisation": "before", "dropout": 0.3, "l2": 1e-3, "activation": "selu"},
    "residual": {"kind": "residual", "units": [8, 8, 4], "batch_normalisation": "after", "max_norm": 3},
    "densely-connected": {"kind": "densely-connected", "l1": 1e-3, "activation": "silu"},
    "deep-sets": {"kind": "deep-sets", "constituent_units": [5, 3], "activation": "tanh"},
    "tabular": {"kind": "tabular", "networks": 3, "waves": 4, "dropout": 0.1},
    "regularised sets": {
        "kind": "deep-sets",
        "constituent_units": [5],
        "batch_normalisation": "before",
        "dropout": 0.2,
    },
}
EACH_INPUT = [("flat",), ("kind",), ("jet",), ("flat", "kind", "jet")]
EACH_TARGET = [("is_top",), ("flavour",), ("mass",), ("is_top", "flavour", "mass")]
SHAPES = {"is_top": (1,), "flavour": (3,), "mass": (1,)}


def some(problem, rows=7):
    """The first rows of every input of an experiment."""
    return {name: problem.rows.inputs[name][:rows] for name in problem.experiment.inputs}


def arrays(outputs):
    return {name: keras.ops.convert_to_numpy(x) for name, x in outputs.items()}


def weights(model):
    return [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]


@pytest.mark.parametrize(
    ("body", "inputs", "targets"),
    [
        *((b, i, EACH_TARGET[-1]) for b in BODIES for i in EACH_INPUT if "sets" not in b or "jet" in i),
        *((b, EACH_INPUT[-1], t) for b in ("dense", "deep-sets") for t in EACH_TARGET[:-1]),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),
)
def test_every_body_with_every_input_and_head(problem_of, body, inputs, targets):
    problem = problem_of(inputs=inputs, targets=targets, **BODIES[body])
    model = problem.build()
    assert list(model.input) == list(inputs)
    assert {name: tuple(x.shape) for name, x in model.output.items()} == {n: (None, *SHAPES[n]) for n in targets}
    assert not any("-" in name for name in (*model.input, *model.output))


@pytest.fixture(scope="module", params=sorted(set(BODIES) - {"dense", "deep-sets"}))  # the regularised do more
def whole(request, problem_of):
    """A problem with everything, and its network."""
    problem = problem_of(**BODIES[request.param])
    return problem, problem.build()


def test_outputs_are_what_they_say(whole):
    problem, model = whole
    result = arrays(model(some(problem)))
    assert {name: x.shape for name, x in result.items()} == {name: (7, *shape) for name, shape in SHAPES.items()}
    assert all(x.dtype == np.float32 and np.isfinite(x).all() for x in result.values())
    assert ((result["is_top"] > 0) & (result["is_top"] < 1)).all()
    np.testing.assert_allclose(result["flavour"].sum(axis=1), 1, rtol=1e-6)
    moments = problem.description.targets["mass"]
    assert (np.abs(result["mass"] - moments.mean) < 30 * moments.std).all()  # before training, in the unit's range


def test_raw_outputs_share_weights_and_lead_to_the_outputs(whole):
    problem, model = whole
    raw = raw_outputs(model, problem.experiment.targets)
    assert {id(w) for w in raw.trainable_variables} == {id(w) for w in model.trainable_variables}
    before, after = arrays(raw(some(problem))), arrays(model(some(problem)))
    np.testing.assert_allclose(after["is_top"], 1 / (1 + np.exp(-before["is_top"].astype(np.float64))), rtol=1e-5)
    exponentials = np.exp(before["flavour"].astype(np.float64))
    np.testing.assert_allclose(after["flavour"], exponentials / exponentials.sum(axis=1, keepdims=True), rtol=1e-5)
    moments = problem.description.targets["mass"]
    np.testing.assert_allclose(after["mass"], before["mass"] * moments.std + moments.mean, rtol=1e-6)


def test_a_network_of_its_own_is_asked_as_an_ensemble_of_one(whole, monkeypatch):
    problem, model = whole
    monkeypatch.setattr(sys.modules[make_forward.__module__], "_ROWS_AT_ONCE", 4)  # two batches
    inputs = some(problem)
    result, expected = make_forward(model)(inputs), arrays(model(inputs))
    assert {name: x.shape for name, x in result.items()} == {
        "is_top": (7, 1, 1),
        "flavour": (7, 1, 3),
        "mass": (7, 1, 1),
    }
    for name, values in result.items():
        np.testing.assert_allclose(values[:, 0], expected[name], rtol=2e-5, atol=2e-6)


def test_saved_and_loaded_it_is_the_same_also_for_raw_outputs(whole, tmp_path):
    problem, model = whole
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for one, other in ((model, again), *([tuple(raw_outputs(m, problem.experiment.targets) for m in (model, again))])):
        before, after = arrays(one(some(problem))), arrays(other(some(problem)))
        for name in before:
            np.testing.assert_array_equal(after[name], before[name])


ELSEWHERE = """
import sys, numpy as np, keras, netwright.layers
assert keras.backend.backend() == sys.argv[1]
model = keras.saving.load_model(sys.argv[2] + "/model.keras", safe_mode=True)
with np.load(sys.argv[2] + "/inputs.npz") as file:
    outputs = model.predict(dict(file), verbose=0)
np.savez(sys.argv[2] + "/outputs.npz", **outputs)
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_other_backends_agree(whole, tmp_path, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    problem, model = whole
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "inputs.npz", **some(problem))
    environment = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([sys.executable, "-c", ELSEWHERE, backend, str(tmp_path)], env=environment, check=True)
    expected = arrays(model(some(problem)))
    with np.load(tmp_path / "outputs.npz") as result:
        for name, values in expected.items():
            np.testing.assert_allclose(result[name], values, rtol=1e-4, atol=1e-5)


# --- names ----------------------------------------------------------------------------------------------------


def test_names_of_layers_never_clash_with_those_of_users(problem_of):
    problem = problem_of(inputs=("flat", "jet"))
    sections = problem.experiment.model_dump()
    awkward_inputs = {"body_0": "flat", "all_features": "jet"}
    awkward_targets = {"flat_0": "is_top", "body_0_standardise": "flavour", "mass_raw": "mass"}
    sections["inputs"] = {new: sections["inputs"][old] for new, old in awkward_inputs.items()}
    sections["targets"] = {new: sections["targets"][old] for new, old in awkward_targets.items()}
    experiment = type(problem.experiment).model_validate(sections)
    renamed = {}
    for field, values in vars(problem.description).items():
        names = {old: new for new, old in (awkward_inputs | awkward_targets).items()}
        renamed[field] = {names.get(name, name): value for name, value in values.items()}
    from netwright.models import build

    model = build(experiment, type(problem.description)(**renamed))
    assert set(model.output) == set(awkward_targets)


# --- seeds ----------------------------------------------------------------------------------------------------

SEEDED = {"kind": "deep-sets", "dropout": 0.1, "seed": 5, "targets": ("is_top",)}
PROCESS = """
import sys
sys.path.insert(0, sys.argv[1])
import netwright, hashlib, keras
from conftest import make_problem
SEEDED = {SEEDED}
model = make_problem(**SEEDED).build()
print(hashlib.sha256(b"".join(keras.ops.convert_to_numpy(w).tobytes() for w in model.trainable_variables)).hexdigest())
""".replace("{SEEDED}", repr(SEEDED))


@pytest.mark.optimised
def test_the_same_seed_gives_the_same_weights_in_two_processes(problem_of):
    command = [sys.executable, "-c", PROCESS, str(Path(__file__).parent)]
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    here = hashlib.sha256(b"".join(w.tobytes() for w in weights(problem_of(**SEEDED).build()))).hexdigest()
    assert there == here


def shared(one, other):
    """The share of the values of one kernel that also stand in the other; float32 repeats one in 100,000 by chance."""
    return np.isin(one, other).mean()


def test_other_seeds_share_no_weights(problem_of):
    result = [[w for w in weights(problem_of(seed=k, units=[64, 64]).build()) if w.ndim == 2] for k in (1, 2, 3)]
    for model, other in ((0, 1), (1, 2)):
        assert max(shared(one, two) for one in result[model] for two in result[other] if one.size > 100) < 0.01


def test_layers_of_one_network_share_no_weights(problem_of):
    one, two = (w for w in weights(problem_of(units=[64, 64, 64]).build()) if w.shape == (64, 64))
    assert shared(one, two) < 0.01


@pytest.mark.parametrize("seed", [0, 2**31 - 1])
def test_every_seed_that_may_be_said_can_be_used(problem_of, seed):
    problem_of(inputs=("flat",), seed=seed, dropout=0.1).build()


# --- first values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "variance"),
    [
        ("relu", 2 / 300),
        ("selu", 1 / 300),
        ("tanh", 2 / 500),
    ],
)
def test_initial_weights_have_the_variance_of_their_paper(problem_of, activation, variance):
    """He: 2 / fan_in. LeCun: 1 / fan_in. Glorot: 2 / (fan_in + fan_out). Statistical error 0.6% at 60,000 weights."""
    model = problem_of(inputs=("flat",), units=[300, 200], activation=activation).build()
    kernel = next(w for w in weights(model) if w.shape == (300, 200))
    assert kernel.var() == pytest.approx(variance, rel=0.03)
    assert abs(kernel.mean()) < 5 * np.sqrt(variance / kernel.size)


def test_a_binary_head_starts_at_the_share_of_the_signal(problem_of):
    problem = problem_of(inputs=("flat",), targets=("is_top",))
    rows, train = problem.rows, problem.split.train
    labels, each = rows.heads["is_top"].values[train], rows.weights[train]
    signal, background = each[labels == 1].sum(), each[labels == 0].sum()
    bias = weights(problem.build())[-1]
    assert float(bias[0]) == pytest.approx(np.log(signal / background), rel=1e-6)


def test_biases_of_hidden_layers_and_other_heads_start_at_zero(problem_of):
    for weight in weights(problem_of(inputs=("flat",), targets=("mass",)).build()):
        assert weight.ndim == 2 or not weight.any()


def test_l2_is_of_dense_layers_only(problem_of):
    model = problem_of(inputs=("flat",), targets=("mass",), l2=0.5).build()
    kernels = [w for w in weights(model) if w.ndim == 2][:-1]  # all but the head's
    assert float(sum(model.losses)) == pytest.approx(0.5 * sum((w**2).sum() for w in kernels), rel=1e-5)


# --- heads and bodies -----------------------------------------------------------------------------------------


def with_sections(problem, *, model=None, **targets):
    """Change the model section of a problem, and keys of its targets."""
    sections = problem.experiment.model_dump()
    sections["model"] |= model or {}
    for name, changes in targets.items():
        sections["targets"][name] |= changes
    experiment = type(problem.experiment).model_validate(sections)
    return type(problem)(experiment, problem.rows, problem.split, problem.description)


def layers_between(model, head):
    """Names of the dense layers that a head's raw output depends on."""
    part = keras.Model(model.input, model.get_layer(f"{head}-raw").output)
    return {layer.name for layer in part.layers if isinstance(layer, keras.layers.Dense)}


def test_heads_have_layers_of_their_own_in_the_style_of_their_body(problem_of):
    style = {"activation": "selu", "dropout": 0.1, "l2": 0.01, "batch_normalisation": "before"}
    problem = with_sections(problem_of(inputs=("flat",), **style), mass={"units": [6, 5]})
    model = problem.build()
    shared = {"body-hidden-0", "body-hidden-1"}
    assert layers_between(model, "mass") == {*shared, "mass-own-0", "mass-own-1", "mass-raw"}
    assert layers_between(model, "is_top") == {*shared, "is_top-raw"}
    assert [model.get_layer(f"mass-own-{k}").units for k in (0, 1)] == [6, 5]
    assert model.get_layer("mass-own-0").kernel_regularizer.l2 == pytest.approx(0.01)
    assert model.get_layer("mass-own-0-activation").activation is keras.activations.selu
    assert isinstance(model.get_layer("mass-own-0-dropout"), keras.layers.AlphaDropout)
    assert model.get_layer("mass-own-0-normalisation")
    raw = raw_outputs(model, problem.experiment.targets)
    assert {id(w) for w in raw.trainable_variables} == {id(w) for w in model.trainable_variables}


def test_heads_on_a_body_of_ones_own_have_relu_layers(problem_of):
    body = {"kind": "custom", "layer": "keras.layers:Dense", "arguments": {"units": 3}}
    model = with_sections(problem_of(inputs=("flat",)), model={"body": body}, mass={"units": [6]}).build()
    assert model.get_layer("mass-own-0-activation").activation is keras.activations.relu


def test_several_bodies_share_the_features_and_nothing_else(problem_of):
    more = {"other": {"kind": "residual", "units": [5, 5]}, "mass": {"kind": "densely-connected", "units": [3]}}
    changes = {"flavour": {"body": "other"}, "mass": {"body": "mass", "units": [4]}}
    model = with_sections(problem_of(), model={"more_bodies": more}, **changes).build()
    result = {head: layers_between(model, head) for head in SHAPES}
    assert result == {
        "is_top": {"body-hidden-0", "body-hidden-1", "is_top-raw"},
        "flavour": {"other-hidden-0", "other-hidden-1", "flavour-raw"},
        "mass": {"mass-hidden-0", "mass-own-0", "mass-raw"},
    }


@pytest.mark.parametrize("balance", ["weights", "collocated", "down-sampling"])
def test_a_balanced_head_starts_at_one_half(problem_of, balance):
    problem = with_sections(problem_of(inputs=("flat",), targets=("is_top",)), is_top={"balance": balance})
    assert weights(problem.build())[-1].tolist() == [0]


@pytest.mark.parametrize("balance", ["none", "weights"])
def test_importance_moves_the_start_with_the_shares(problem_of, balance):
    problem = problem_of(inputs=("flat",), targets=("is_top",))
    target = problem.experiment.targets["is_top"]
    factors = dict(zip(target.classes, (4.0, 0.5), strict=True))
    before = weights(with_sections(problem, is_top={"balance": balance}).build())[-1]
    after = weights(with_sections(problem, is_top={"balance": balance, "importance": factors}).build())[-1]
    assert float(after[0] - before[0]) == pytest.approx(np.log(0.5 / 4.0), rel=1e-5)


def test_every_network_exports(whole, tmp_path):
    """A value near zero is compared on the scale of its target, of a single row too, which has no deviation."""
    onnx = pytest.importorskip("netwright.exporting")
    pytest.importorskip("jax2onnx")
    problem, model = whole
    random = np.random.default_rng(1)
    for weight in model.non_trainable_variables:  # averages that training would have moved
        if "moving" in weight.path:
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
    std, bias = model.get_layer("mass").std[0], model.get_layer("mass-raw").bias
    bias.assign(bias - arrays(model(some(problem)))["mass"][0, 0] / std)
    first = {name: values[:1] for name, values in arrays(model(some(problem))).items()}
    assert abs(first["mass"][0, 0]) < 1e-4 * std
    check = onnx.export_onnx(model, problem.experiment, tmp_path / "model.onnx", rows=some(problem, 50))
    assert check.largest_difference <= 1e-5
    single = onnx.GraphCheck(tmp_path / "model.onnx", model, problem.experiment)
    single.compare(some(problem, 1), {}, first)
    assert single.largest <= 1e-5


def test_quantiles_are_in_order_and_export(problem_of, tmp_path):
    onnx = pytest.importorskip("netwright.exporting")
    pytest.importorskip("jax2onnx")
    problem = problem_of(inputs=("flat", "kind"), targets=("is_top", "range"), **BODIES["tabular"])
    model = problem.build()
    quantiles = arrays(model(some(problem, 50)))["range"]
    assert (np.diff(quantiles[:, [3, 1, 0, 2, 4]], axis=1) > 0).all()
    check = onnx.export_onnx(model, problem.experiment, tmp_path / "model.onnx", rows=some(problem, 50))
    assert check.largest_difference <= 1e-5


# --- inputs ---------------------------------------------------------------------------------------------------


def test_missing_values_never_reach_the_outputs(whole):
    problem, model = whole
    inputs = some(problem)
    inputs["flat"] = np.full_like(inputs["flat"], np.nan)
    for values in arrays(model(inputs)).values():
        assert np.isfinite(values).all()


def test_unknown_categories_are_told_apart_from_known_ones(whole):
    problem, model = whole
    inputs = some(problem)
    collected = []
    for category in (0, 1, 99, 100):
        inputs["kind"] = np.full_like(inputs["kind"], category)
        collected.append(arrays(model(inputs))["mass"])
    np.testing.assert_array_equal(collected[2], collected[3])
    assert not np.allclose(collected[0], collected[1])
    assert not np.allclose(collected[0], collected[2])


def test_deep_sets_do_not_see_the_order_of_constituents(problem_of):
    problem = problem_of(**BODIES["deep-sets"])
    model, inputs = problem.build(), some(problem)
    before = arrays(model(inputs))["is_top"]
    inputs["jet"] = inputs["jet"][:, [3, 0, 5, 1, 4, 2]]
    np.testing.assert_allclose(arrays(model(inputs))["is_top"], before, rtol=1e-4, atol=1e-5)


def test_deep_sets_do_not_see_the_padding(problem_of):
    collected = []
    for constituents in (6, 11):
        problem = problem_of(inputs=("jet",), targets=("is_top",), **BODIES["deep-sets"], constituents=constituents)
        collected.append(arrays(problem.build()(some(problem)))["is_top"])
    np.testing.assert_allclose(collected[1], collected[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("body", ["residual", "deep-sets"])
def test_networks_do_not_see_the_azimuth_of_a_jet(problem_of, body):
    problem = problem_of(inputs=("jet",), targets=("is_top",), **BODIES[body])
    model, p4 = problem.build(), problem.rows.inputs["jet"][:7].astype(np.float64)
    turned = p4.copy()
    turned[..., 1], turned[..., 2] = 0.6 * p4[..., 1] - 0.8 * p4[..., 2], 0.8 * p4[..., 1] + 0.6 * p4[..., 2]
    one, other = (arrays(model({"jet": x.astype(np.float32)}))["is_top"] for x in (p4, turned))
    np.testing.assert_allclose(other, one, rtol=1e-4, atol=1e-4)


def test_an_empty_jet_is_no_accident(problem_of):
    problem = problem_of(inputs=("jet",), **BODIES["deep-sets"])
    for values in arrays(problem.build()({"jet": np.zeros((7, 6, 4), dtype=np.float32)})).values():
        assert np.isfinite(values).all()
