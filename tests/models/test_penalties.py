"""Penalties on weights as data: what Keras computes, and nothing twice or not at all."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from netwright.models.penalties import other_losses, penalised, penalty, penalty_coefficients

X = np.random.default_rng(1).normal(size=(6, 3)).astype(np.float32)
NUMBERS = st.floats(0, 10, width=32).map(lambda x: 0.0 if x < 1e-3 else x)


class Adding(keras.layers.Layer):
    """A user's layer with a loss of its own, and weights with a penalty of no known kind."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1],), initializer="ones", regularizer=Cubes(0.5), name="kernel")
        super().build(shape)

    def call(self, x):
        self.add_loss(100.0 * ops.mean(x))
        return x * self.kernel


class Cubes(keras.regularizers.L2):
    """Derived from what is data, and something else."""

    def __call__(self, x):
        return self.l2 * ops.sum(ops.abs(x) ** 3)


def network():
    x = keras.Input((3,))
    y = keras.layers.Dense(
        4,
        kernel_regularizer=keras.regularizers.L1L2(0.1, 0.2),
        bias_regularizer=keras.regularizers.L1(0.3),
        activity_regularizer=keras.regularizers.L2(0.7),
    )(x)
    y = Adding()(y)
    y = keras.layers.BatchNormalization(gamma_regularizer=keras.regularizers.L2(0.4))(y)
    return keras.Model(x, keras.layers.Dense(2)(y))


def values_of(model):
    random = np.random.default_rng(2)
    return [random.normal(size=v.shape).astype(np.float32) for v in model.trainable_variables]


def test_coefficients_by_variable():
    coefficients = penalty_coefficients(network())
    assert coefficients.dtype == np.float32
    expected = [[0.1, 0.2], [0.3, 0], [0, 0], [0, 0.4], [0, 0], [0, 0], [0, 0]]
    np.testing.assert_allclose(coefficients, expected, rtol=1e-6)


def test_with_the_other_losses_it_is_what_keras_computes_each_once():
    model = network()
    values, others = values_of(model), [v.value for v in model.non_trainable_variables]
    coefficients = penalty_coefficients(model)
    of = penalised(coefficients[None])

    @jax.jit
    def both(values):
        _, _, losses = model.stateless_call(values, others, X, training=True, return_losses=True)
        return sum(losses), other_losses(model, losses), penalty(coefficients, values, of)

    total, rest, weights = both(values)
    assert len(rest) == 3
    np.testing.assert_allclose(sum(rest) + weights, total, rtol=1e-6)
    inner = X @ values[0] + values[1]
    expected = [100 * inner.mean(), 0.7 * (inner**2).sum() / len(X), 0.5 * (np.abs(values[2]) ** 3).sum()]
    np.testing.assert_allclose(sorted(map(float, rest)), sorted(expected), rtol=1e-5)


def test_a_network_without_penalties_computes_nothing():
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2)(x))
    coefficients = penalty_coefficients(model)
    of = penalised([coefficients, coefficients])
    assert of == ((False, False), (False, False))
    assert other_losses(model, model.losses) == []
    program = jax.make_jaxpr(lambda c, v: penalty(c, v, of))(coefficients, values_of(model))
    assert not [e for e in program.eqns if e.primitive.name in {"reduce_sum", "abs", "square", "integer_pow", "mul"}]


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=2), st.integers(0, 100))
def test_the_penalty_against_loops(coefficients, seed):
    random = np.random.default_rng(seed)
    values = [random.normal(size=shape).astype(np.float32) for shape in ((3, 2), (4,))]
    expected = sum(
        l1 * sum(abs(float(w)) for w in value.ravel()) + l2 * sum(float(w) ** 2 for w in value.ravel())
        for (l1, l2), value in zip(coefficients, values, strict=True)
    )
    assert float(penalty(np.array(coefficients, np.float32), values, penalised([coefficients]))) == pytest.approx(
        expected, rel=1e-5
    )


def test_members_of_other_coefficients_in_one_program():
    """One with L1, one with L2, one without: each what it is alone, also its gradient."""
    members = np.array([[[0.5, 0], [0, 0]], [[0, 0.25], [0, 0.5]], [[0, 0], [0, 0]]], dtype=np.float32)
    values = [
        np.random.default_rng(seed).normal(size=(3, *shape)).astype(np.float32)
        for seed, shape in enumerate(((4, 2), (2,)))
    ]
    of = penalised(members)
    assert of == ((True, True), (False, True))
    result = jax.jit(jax.vmap(jax.value_and_grad(lambda v, c: penalty(c, v, of))))(values, members)
    for number, member in enumerate(members):
        own = [value[number] for value in values]
        alone = jax.value_and_grad(lambda v, c=member: penalty(c, v, penalised(c[None])))(own)
        for one, other in zip(jax.tree.leaves(result), jax.tree.leaves(alone), strict=True):
            np.testing.assert_allclose(one[number], other, rtol=1e-6)
    assert not any(jnp.any(g[2] != 0) for g in result[1])


def test_a_network_of_ours_has_the_coefficients_of_its_section(problem_of):
    model = problem_of(inputs=("flat",), targets=("mass",), l1=0.25, l2=0.5).build()
    result = {
        v.path: row for v, row in zip(model.trainable_variables, penalty_coefficients(model).tolist(), strict=True)
    }
    kernels = {path for path in result if "hidden" in path and path.endswith("/kernel")}
    assert len(kernels) == 2
    assert all(row == ([0.25, 0.5] if path in kernels else [0, 0]) for path, row in result.items())
    values = [v.value for v in model.trainable_variables]
    whole = penalty_coefficients(model)
    assert float(penalty(whole, values, penalised(whole[None]))) == pytest.approx(float(sum(model.losses)), rel=1e-6)
