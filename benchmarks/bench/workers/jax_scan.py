"""JAX by hand: one compiled epoch, a scan over a permutation, with Adam written out."""

from __future__ import annotations

import time
from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np

from bench.problems import DeepSets, Dense, Floats
from bench.workers import devices
from bench.workers.training import Train, serve_training

Weights = list[tuple[jax.Array, jax.Array]]
State = tuple[Weights, Weights, Weights, jax.Array]

_RATE, _B1, _B2, _EPSILON = 1e-3, 0.9, 0.999, 1e-7


def initial(case: Dense) -> State:
    """Return weights (Glorot), Adam's two moments, and the number of steps."""
    random = np.random.default_rng(1)
    weights = []
    for n, m in pairwise([case.inputs, *case.units, 1]):
        limit = (6 / (n + m)) ** 0.5
        kernel = random.uniform(-limit, limit, size=(n, m)).astype(np.float32)
        weights.append((jnp.asarray(kernel), jnp.zeros(m)))
    return weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), jnp.zeros(())


def loss_of(weights: Weights, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the mean binary cross entropy, log(1 + e^z) - y z."""
    for kernel, bias in weights[:-1]:
        x = jax.nn.elu(x @ kernel + bias)
    kernel, bias = weights[-1]
    z = (x @ kernel + bias)[:, 0]
    return jnp.mean(jnp.logaddexp(0, z) - y * z)


@partial(jax.jit, donate_argnums=0)
def epoch(state: State, x: jax.Array, y: jax.Array, order: jax.Array) -> tuple[State, jax.Array]:
    """Do a step for each row of `order`, (steps, batch); return the state and the losses."""

    def step(state: State, rows: jax.Array) -> tuple[State, jax.Array]:
        weights, first, second, count = state
        loss, gradients = jax.value_and_grad(loss_of)(weights, x[rows], y[rows])
        count = count + 1
        first = jax.tree.map(lambda m, g: _B1 * m + (1 - _B1) * g, first, gradients)
        second = jax.tree.map(lambda v, g: _B2 * v + (1 - _B2) * g * g, second, gradients)
        rate = _RATE * jnp.sqrt(1 - _B2**count) / (1 - _B1**count)
        weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + _EPSILON), weights, first, second)
        return (weights, first, second, count), loss

    return jax.lax.scan(step, state, order)


def fresh(case: Dense | DeepSets, x: Floats, y: Floats) -> Train:
    """Make weights; the compiled epoch is the same for all trainings of one size."""
    assert isinstance(case, Dense)
    inputs, labels = jnp.asarray(x), jnp.asarray(y)
    random = np.random.default_rng(2)
    state = initial(case)
    steps = len(x) // case.batch

    def train(epochs: int) -> float:
        nonlocal state
        began = time.perf_counter()
        for _ in range(epochs):
            order = random.permutation(len(x))[: steps * case.batch].astype(np.int32).reshape(steps, case.batch)
            state, losses = epoch(state, inputs, labels, order)
        jax.block_until_ready(losses)
        return time.perf_counter() - began

    return train


if __name__ == "__main__":
    serve_training(fresh, ["jax"], devices.of_jax)
