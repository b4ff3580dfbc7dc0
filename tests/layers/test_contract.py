"""What every layer of netwright keeps to; a new layer is tested by a line in CASES, and missed without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest

from netwright import layers

RNG = np.random.default_rng(11)


def make_jets(rows=6, constituents=5):
    p3 = RNG.normal(0, 100, (rows, constituents, 3))
    p4 = np.concatenate([np.linalg.norm(p3, axis=-1, keepdims=True), p3], axis=-1).astype(np.float32)
    p4[:, 3:] = 0
    p4[-1] = 0
    return p4


@dataclass(frozen=True)
class Case:
    """A layer's arguments and inputs in raw ranges."""

    inputs: tuple[np.ndarray, ...]
    arguments: dict[str, Any] = field(default_factory=dict)


CASES = {
    "FourVectorFeatures": [Case((make_jets(),)), Case((1000 * make_jets(),))],
    "MaskedSum": [
        Case(
            (RNG.normal(0, 3, (6, 5, 2)).astype(np.float32), RNG.integers(0, 2, (6, 5, 1)).astype(np.float32)),
            {"scale": 3},
        )
    ],
    "OneHot": [Case((RNG.integers(-3, 30, (6, 2)).astype(np.int32),), {"vocabulary": [[0, 1, 22], [-2]]})],
    "Probability": [Case((RNG.normal(0, 30, (6, 1)).astype(np.float32),))],
    "Standardise": [
        Case((RNG.normal(1e5, 10, (6, 2)).astype(np.float32),), {"mean": [1e5, 1e5], "std": [10, 1]}),
        Case((RNG.normal(0, 1, (6, 5, 2)).astype(np.float32),), {"mean": [0, 1], "std": [1, 2]}),
        Case(
            (np.where(RNG.uniform(size=(6, 1)) < 0.5, np.nan, 1).astype(np.float32),),
            {"mean": [0], "std": [1], "missing": [-4]},
        ),
    ],
    "Unstandardise": [Case((RNG.normal(0, 1, (6, 1)).astype(np.float32),), {"mean": [91.2], "std": [2.5]})],
}
EACH = [pytest.param(name, case, id=f"{name}-{k}") for name, cases in CASES.items() for k, case in enumerate(cases)]


def make(name, case):
    return getattr(layers, name)(**case.arguments)


def arrays(outputs):
    return [keras.ops.convert_to_numpy(x) for x in (outputs if isinstance(outputs, (tuple, list)) else [outputs])]


def assert_same(one, other):
    for a, b in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(a, b)


def model_of(name, case):
    inputs = [keras.Input(x.shape[1:], dtype=x.dtype.name) for x in case.inputs]
    return keras.Model(inputs, make(name, case)(*inputs))


def test_every_layer_has_a_case():
    assert sorted(CASES) == sorted(layers.__all__)


@pytest.mark.parametrize(("name", "case"), EACH)
def test_outputs_are_finite_float32_of_the_shape_that_is_computed(name, case):
    layer = make(name, case)
    found = arrays(layer(*case.inputs))
    shapes = layer.compute_output_shape(*(x.shape for x in case.inputs))
    assert [x.shape for x in found] == (list(shapes) if isinstance(shapes[0], tuple) else [shapes])
    for values in found:
        assert values.dtype == np.float32
        assert np.isfinite(values).all()


@pytest.mark.parametrize(("name", "case"), EACH)
def test_rows_may_be_unknown(name, case):
    layer = make(name, case)
    shapes = layer.compute_output_shape(*((None, *x.shape[1:]) for x in case.inputs))
    assert all(shape[0] is None for shape in (shapes if isinstance(shapes[0], tuple) else [shapes]))
    symbolic = layer(*[keras.Input(x.shape[1:], dtype=x.dtype.name) for x in case.inputs])
    assert [tuple(s.shape) for s in (symbolic if isinstance(symbolic, (tuple, list)) else [symbolic])] == (
        list(shapes) if isinstance(shapes[0], tuple) else [shapes]
    )


@pytest.mark.parametrize(("name", "case"), EACH)
def test_layers_have_no_weights_and_are_deterministic(name, case):
    layer = make(name, case)
    assert_same(layer(*case.inputs), layer(*case.inputs))
    assert_same(layer(*case.inputs), make(name, case)(*case.inputs))
    assert layer.weights == []


@pytest.mark.parametrize(("name", "case"), EACH)
def test_rows_do_not_see_each_other(name, case):
    layer = make(name, case)
    whole = arrays(layer(*case.inputs))
    part = arrays(layer(*(x[2:4] for x in case.inputs)))
    for a, b in zip(whole, part, strict=True):
        np.testing.assert_allclose(a[2:4], b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "case"), EACH)
def test_config_round_trip(name, case):
    layer = make(name, case)
    config = keras.saving.serialize_keras_object(layer)
    again = keras.saving.deserialize_keras_object(config, safe_mode=True)
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
    assert_same(again(*case.inputs), layer(*case.inputs))


@pytest.mark.parametrize(("name", "case"), EACH)
def test_a_model_with_it_saves_and_loads_in_safe_mode(name, case, tmp_path):
    model = model_of(name, case)
    path = tmp_path / "model.keras"
    model.save(path)
    again = keras.saving.load_model(path, safe_mode=True)
    assert_same(model(list(case.inputs)), again(list(case.inputs)))


@pytest.mark.parametrize(("name", "case"), EACH)
def test_compiled_and_eager_agree(name, case):
    model = model_of(name, case)
    compiled = model.predict(list(case.inputs), verbose=0)
    for a, b in zip(arrays(compiled), arrays(model(list(case.inputs))), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5)  # fused operations round otherwise


@pytest.mark.parametrize(("name", "case"), EACH)
def test_gradients_are_finite_at_padding_and_missing_values(name, case):
    jax = pytest.importorskip("jax")
    if case.inputs[0].dtype != np.float32:
        pytest.skip("categories have no gradient")
    layer = make(name, case)

    def total(*inputs):
        outputs = layer(*inputs)
        return sum(keras.ops.sum(x) for x in (outputs if isinstance(outputs, tuple) else [outputs]))

    gradients = jax.jit(
        jax.grad(total, argnums=tuple(range(len(case.inputs))))
    )  # one compilation, not one per operation
    for gradient in gradients(*map(jax.numpy.asarray, case.inputs)):
        assert np.isfinite(gradient).all()
