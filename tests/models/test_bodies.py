"""Each body against its formula in plain NumPy, its symmetries, its randomness and what it does to gradients."""

from __future__ import annotations

import math
from typing import get_args

import jax
import keras
import numpy as np
import pytest

from netwright.config import Activation

EXP, LOG1P, TANH = np.exp, np.log1p, np.tanh
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
ERF = np.vectorize(math.erf)
FORMULAS = {
    "relu": lambda z: np.maximum(z, 0),
    "relu6": lambda z: np.clip(z, 0, 6),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "elu": lambda z: np.where(z > 0, z, EXP(np.minimum(z, 0)) - 1),
    "celu": lambda z: np.where(z > 0, z, EXP(np.minimum(z, 0)) - 1),
    "selu": lambda z: SCALE * np.where(z > 0, z, ALPHA * (EXP(np.minimum(z, 0)) - 1)),
    "gelu": lambda z: z * (1 + ERF(z / np.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + EXP(-z)),
    "mish": lambda z: z * TANH(LOG1P(EXP(z))),
    "tanh": TANH,
    "sigmoid": lambda z: 1 / (1 + EXP(-z)),
    "softplus": lambda z: LOG1P(EXP(z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "hard_silu": lambda z: z * np.clip(z / 6 + 0.5, 0, 1),
    "linear": lambda z: z,
}
FLAT = np.random.default_rng(1).normal(size=(7, 3)).astype(np.float32)
PARTICLES = np.random.default_rng(2).normal(size=(7, 5, 2)).astype(np.float32)
MASK = (np.arange(5) < np.array([5, 0, 1, 2, 3, 4, 5])[:, None]).astype(np.float32)[:, :, None]
INPUTS = {"x": FLAT, "particles": PARTICLES, "mask": MASK}


def scrambled(model):
    """Give every weight, bias and moving average a value of its own; variances stay positive."""
    random = np.random.default_rng(3)
    for weight in model.weights:
        if weight.path.endswith(("/scale", "/rate")):
            continue  # no weights, but constants
        weight.assign(
            random.uniform(0.5, 1.5, weight.shape)
            if "variance" in weight.path
            else random.normal(size=weight.shape) / 2
        )
    return model


class Twin:
    """What layers do, written out in float64."""

    def __init__(self, model, *, activation, batch_normalisation):
        self.model, self.activation, self.place = model, FORMULAS[activation], batch_normalisation

    def weighted(self, name, x):
        kernel, *bias = self.model.get_layer(name).get_weights()
        return x @ kernel.astype(np.float64) + (bias[0] if bias else 0)

    def normalised(self, name, x):
        gamma, beta, mean, variance = self.model.get_layer(f"{name}-normalisation").get_weights()
        return gamma * (x - mean) / np.sqrt(variance + 1e-3) + beta

    def activated(self, name, x):
        x = self.normalised(name, x) if self.place == "before" else x
        x = self.activation(x)
        return self.normalised(name, x) if self.place == "after" else x

    def hidden(self, name, x):
        return self.activated(name, self.weighted(name, x))


def dense(twin, x, layers=3):
    for k in range(layers):
        x = twin.hidden(f"body-hidden-{k}", x)
    return x


def residual(twin, x):
    """Three layers; the last is narrower, so its shortcut has weights."""
    x = twin.weighted("body-hidden-0", x)
    x = x + twin.weighted("body-hidden-1", twin.activated("body-hidden-0", x))
    x = twin.weighted("body-hidden-2-shortcut", x) + twin.weighted("body-hidden-2", twin.activated("body-hidden-1", x))
    return twin.activated("body-hidden-2", x)


def densely_connected(twin, x):
    for k in range(3):
        x = np.concatenate([x, twin.hidden(f"body-hidden-{k}", x)], axis=1)
    return x


def deep_sets(twin, x):
    """Row by row, constituent by constituent."""
    sums = np.zeros((7, 4))
    for row, particles in enumerate(PARTICLES.astype(np.float64)):
        for place in np.flatnonzero(MASK[row]):
            one = twin.hidden("body-set-0-0", particles[place][None])
            sums[row] += twin.hidden("body-set-0-1", one)[0] / 2.5
    return dense(twin, np.concatenate([x, sums], axis=1))


BODIES = {
    "dense": (dense, {}),
    "residual": (residual, {}),
    "densely-connected": (densely_connected, {}),
    "deep-sets": (deep_sets, {"constituent_units": [6, 4], "particles": (5, 2)}),
}
EACH_KIND = pytest.mark.parametrize("kind", BODIES)


def inputs_of(kind):
    return INPUTS if kind == "deep-sets" else {"x": FLAT}


@pytest.mark.parametrize("batch_normalisation", ["none", "before", "after"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "selu"])
@EACH_KIND
def test_bodies_follow_their_formula(body_of, kind, activation, batch_normalisation):
    """Against a twin in float64: float32 keeps seven digits, and a dozen sums lose one or two."""
    twin, more = BODIES[kind]
    options = {"activation": activation, "batch_normalisation": batch_normalisation}
    model = scrambled(body_of(kind=kind, units=[8, 8, 4], **options, **more))
    expected = twin(Twin(model, **options), FLAT.astype(np.float64))
    result = np.asarray(model(inputs_of(kind)))
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("activation", get_args(Activation))
def test_every_activation_is_its_formula(body_of, activation):
    model = scrambled(body_of(units=[16], activation=activation))
    expected = Twin(model, activation=activation, batch_normalisation="none").hidden(
        "body-hidden-0", FLAT.astype(np.float64)
    )
    np.testing.assert_allclose(np.asarray(model({"x": FLAT})), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(("place", "biases"), [("none", 3), ("before", 0), ("after", 3)])
@EACH_KIND
def test_a_bias_is_left_out_where_a_normalisation_follows(body_of, kind, place, biases):
    _, more = BODIES[kind]
    model = body_of(kind=kind, units=[8, 8, 8], batch_normalisation=place, **more)
    names = [w.path for w in model.weights if w.path.endswith("/bias") and "hidden" in w.path]
    assert len(names) == biases


# --- sets of constituents -------------------------------------------------------------------------------------

SETS = {"kind": "deep-sets", "particles": (5, 2), "constituent_units": [6, 4], "activation": "tanh"}


@pytest.mark.parametrize("batch_normalisation", ["none", "before", "after"])
def test_the_order_of_constituents_does_not_matter(body_of, batch_normalisation):
    """Only the order of the sum changes: some 1e-7 of its size."""
    model, order = scrambled(body_of(**SETS, batch_normalisation=batch_normalisation)), [3, 0, 4, 2, 1]
    turned = INPUTS | {"particles": PARTICLES[:, order], "mask": MASK[:, order]}
    np.testing.assert_allclose(np.asarray(model(turned)), np.asarray(model(INPUTS)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("batch_normalisation", ["none", "before", "after"])
@pytest.mark.parametrize("training", [False, True])
def test_what_stands_in_the_padding_does_not_matter(body_of, batch_normalisation, training):
    model = scrambled(body_of(**SETS, batch_normalisation=batch_normalisation))
    state = [[w.value for w in ws] for ws in (model.trainable_variables, model.non_trainable_variables)]
    other = INPUTS | {"particles": np.where(MASK > 0, PARTICLES, 77).astype(np.float32)}
    (one, moved), (two, moved_too) = (model.stateless_call(*state, x, training=training) for x in (INPUTS, other))
    np.testing.assert_array_equal(one, two)
    for a, b in zip(moved, moved_too, strict=True):
        np.testing.assert_array_equal(a, b)


def test_batch_statistics_of_constituents_are_of_those_that_exist(body_of):
    """Keras moves its averages by 1% a step, from mean 0 and variance 1."""
    model = body_of(**SETS, batch_normalisation="before")
    z = PARTICLES[MASK[..., 0] > 0] @ model.get_layer("body-set-0-0").get_weights()[0]
    model(INPUTS, training=True)
    *_, mean, variance = model.get_layer("body-set-0-0-normalisation").get_weights()
    np.testing.assert_allclose(mean, 0.01 * z.mean(axis=0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(variance, 0.99 + 0.01 * z.var(axis=0), rtol=1e-5)


def test_a_batch_without_any_constituent_is_no_accident(body_of):
    model = body_of(**SETS, batch_normalisation="before", dropout=0.5)
    output = model(INPUTS | {"mask": np.zeros_like(MASK)}, training=True)
    assert np.isfinite(output).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())


@pytest.mark.parametrize("activation", ["tanh", "selu"])
def test_dropout_drops_a_unit_for_all_constituents_of_a_row(body_of, activation):
    model = body_of(**(SETS | {"constituent_units": [40], "activation": activation}), dropout=0.5)
    layer = model.get_layer("body-set-0-0-dropout")
    changed = np.asarray(layer(np.ones((7, 5, 40), dtype=np.float32), training=True))
    assert (changed == changed[:, :1]).all()
    assert not (changed == changed[:1]).all()
    assert len(np.unique(changed)) == 2


# --- regularisation -------------------------------------------------------------------------------------------


@EACH_KIND
def test_penalties_are_of_all_weights_of_dense_layers(body_of, kind):
    model = scrambled(body_of(kind=kind, l1=0.25, l2=0.5, **BODIES[kind][1]))
    kernels = [w.astype(np.float64) for w in model.get_weights() if w.ndim == 2]
    expected = sum(0.25 * np.abs(w).sum() + 0.5 * (w**2).sum() for w in kernels)
    assert float(sum(model.losses)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("activation", "kind"), [("relu", "Dropout"), ("tanh", "Dropout"), ("selu", "AlphaDropout")])
def test_selu_takes_alpha_dropout(body_of, activation, kind):
    layer = body_of(units=[8], activation=activation, dropout=0.2).get_layer("body-hidden-0-dropout")
    assert (type(layer).__name__, layer.rate) == (kind, 0.2)


def test_selu_keeps_mean_and_deviation_also_under_dropout(body_of):
    """0 and 1 are what SELU settles at; ten layers of 256 units wander by a tenth or two."""
    model = body_of(units=[256] * 10, activation="selu", dropout=0.1, features=256)
    x = np.random.default_rng(4).normal(size=(500, 256)).astype(np.float32)
    for training in (False, True):
        output = np.asarray(model({"x": x}, training=training))
        assert abs(output.mean()) < 0.2
        assert output.std() == pytest.approx(1, abs=0.3)


@EACH_KIND
def test_dropout_is_of_training_only_and_follows_the_seed(body_of, kind):
    options = {"kind": kind, "dropout": 0.4, "units": [16, 16], **BODIES[kind][1]}
    one, same, other = (body_of(**options, seed=seed) for seed in (5, 5, 6))
    inputs = inputs_of(kind)
    np.testing.assert_array_equal(one(inputs), same(inputs))
    dropped = np.asarray(one(inputs, training=True))
    np.testing.assert_array_equal(dropped, same(inputs, training=True))
    assert not np.array_equal(dropped, one(inputs))
    assert not np.array_equal(dropped, one(inputs, training=True))  # the next step drops others
    assert not np.array_equal(one(inputs), other(inputs))


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_training_keeps_weights_below_the_largest_norm(body_of, name):
    """Steps that would make every norm some tens, and do without the constraint."""
    longest = {}
    for limit in (0.7, None):
        model = body_of(units=[8, 4], max_norm=limit)
        optimizer = getattr(keras.optimizers, name)(1.0)
        optimizer.build(model.trainable_variables)
        trainable, state = ([v.value for v in vs] for vs in (model.trainable_variables, optimizer.variables))
        step = jax.jit(optimizer.stateless_apply)
        for _ in range(5):
            trainable, state = step(state, [-jax.numpy.ones_like(w) for w in trainable], trainable)
        kernels = [np.asarray(w) for w in trainable if w.ndim == 2]
        longest[limit] = max(np.linalg.norm(w, axis=0).max() for w in kernels)
        assert all((np.asarray(w) > 2).all() for w in trainable if w.ndim == 1)  # biases are free
    assert longest[None] > 5
    assert longest[0.7] == pytest.approx(0.7, rel=1e-5)


# --- depth ----------------------------------------------------------------------------------------------------


def gradient_at_the_first_layer(model, layers, *, shrink=1.0):
    """Return |∂L/∂b| of the first layer over that of the last, for L the mean of the outputs.

    Biases see the gradient that comes down to their layer; that of weights also has the size of what comes up.
    """
    for weight in model.trainable_variables:
        weight.assign(weight * shrink)
    x = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    others = [w.value for w in model.non_trainable_variables]

    def loss(weights):
        return jax.numpy.mean(model.stateless_call(weights, others, {"x": x}, training=True)[0])

    gradients = jax.jit(jax.grad(loss))([w.value for w in model.trainable_variables])
    size = {w.path: float(np.linalg.norm(g)) for w, g in zip(model.trainable_variables, gradients, strict=True)}
    return size["body-hidden-0/bias"] / size[f"body-hidden-{layers - 1}/bias"]


@pytest.mark.parametrize(
    ("kind", "layers", "activation", "shrink", "least", "most"),
    [
        ("dense", 30, "sigmoid", 1.0, 0, 1e-9),
        ("residual", 30, "sigmoid", 1.0, 0.1, 10),
        ("dense", 30, "tanh", 1.0, 0.01, 10),  # Glorot's weights are just large enough; half of them are not
        ("dense", 30, "tanh", 0.5, 0, 1e-7),
        ("residual", 30, "tanh", 1.0, 0.1, 10),
        ("residual", 30, "tanh", 0.5, 0.1, 10),
        ("dense", 10, "tanh", 0.5, 0, 0.01),
        ("densely-connected", 10, "tanh", 0.5, 0.1, 10),
    ],
)
def test_gradients_reach_the_first_layer_over_shortcuts(body_of, kind, layers, activation, shrink, least, most):
    model = body_of(kind=kind, units=[16] * layers, activation=activation)
    result = gradient_at_the_first_layer(model, layers, shrink=shrink)
    assert least <= result < most, result
