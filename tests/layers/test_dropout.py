"""Dropout: its mean, its zeros, its rate as data, and random bits that know nothing of each other."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.layers import Dropout
from netwright.layers._random_bits import random_bits

pytestmark = pytest.mark.optimised

ROWS, UNITS = 256, 128
ONES = np.ones((ROWS, UNITS), dtype=np.float32)
GOLDEN, PRIME = 0x9E3779B9, 0x85EBCA6B
WORD = 2**32


def slow_mix(x):
    """triple32 in whole numbers of any size."""
    x ^= x >> 17
    x = x * 0xED5AD4BB % WORD
    x ^= x >> 11
    x = x * 0xAC4C1B51 % WORD
    x ^= x >> 15
    x = x * 0x31848BAB % WORD
    return x ^ x >> 14


def slow_bits(seed, step, place):
    first, second = slow_mix((slow_mix(step ^ GOLDEN) + seed) % WORD), slow_mix((slow_mix(seed ^ PRIME) + step) % WORD)
    x = place ^ first
    x ^= x >> 17
    x = x * 0xED5AD4BB % WORD
    x ^= x >> 11
    x = (x + second) * 0xAC4C1B51 % WORD
    x ^= x >> 15
    return (x * 0x31848BAB % WORD) >> 1


def bits(seed, step, number):
    return np.asarray(random_bits(np.array([seed, step], dtype=np.uint32), np.arange(number, dtype=np.int32)))


@given(seed=st.integers(0, WORD - 1), step=st.integers(0, WORD - 1), place=st.integers(0, 2**31 - 1))
def test_the_bits_against_whole_numbers_of_any_size(seed, step, place):
    result = random_bits(np.array([seed, step], dtype=np.uint32), np.array([place], dtype=np.int32))
    assert int(result[0]) == slow_bits(seed, step, place)


# --- quality: chi-square tests with fixed seeds; each is of some 1e6 numbers, and would see a bias of 1e-3 ------------


def deviates(counts, expected):
    """How far χ² is from its degrees of freedom, in its own deviations sqrt(2 n)."""
    degrees = counts.size - 1
    return (((counts - expected) ** 2 / expected).sum() - degrees) / np.sqrt(2 * degrees)


@pytest.mark.parametrize("seed", [0, 1, 2, 12345, 2**31 - 1])
def test_values_are_uniform(seed):
    numbers = np.concatenate([bits(seed, step, ROWS * UNITS) for step in range(32)])
    for counts in (np.bincount(numbers >> 19, minlength=4096), np.bincount(numbers & 4095, minlength=4096)):
        assert abs(deviates(counts, len(numbers) / 4096)) < 4


def pairs(one, other):
    """χ² of 64 x 64 cells of the highest bits of two sequences: 0 on average where they are independent."""
    cells = np.bincount((one >> 25) * 64 + (other >> 25), minlength=4096)
    return abs(deviates(cells, len(one) / 4096))


@pytest.mark.parametrize("distance", [1, 2, 7, 64, UNITS, 1000, 32 * UNITS])
def test_positions_are_independent(distance):
    numbers = bits(3, 5, 2**20 + distance)
    assert pairs(numbers[:-distance], numbers[distance:]) < 4


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 2), (7, 8), (255, 256), (0, 2**16), (1000, 1001)])
def test_steps_are_independent(before, after):
    assert pairs(bits(4, before, 2**20), bits(4, after, 2**20)) < 4


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (4, 2**16 + 4), (1234567, 1234569), (0, 2**31 - 1)])
def test_members_are_independent(one, other):
    for step in (0, 9):
        assert pairs(bits(one, step, 2**20), bits(other, step, 2**20)) < 4


def test_a_step_and_a_seed_cannot_be_exchanged():
    assert pairs(bits(5, 6, 2**20), bits(6, 5, 2**20)) < 4


def test_every_bit_of_seed_step_and_position_turns_half_of_the_highest():
    """An avalanche: of 2^14 numbers with one bit of the key turned, half have another highest bit; 5 deviations."""
    base, number = bits(77, 99, 2**14) >> 30, 2**14
    for bit in range(31):
        for other in (bits(77 ^ 1 << bit, 99, number), bits(77, 99 ^ 1 << bit, number)):
            assert abs((base ^ other >> 30).mean() - 0.5) < 5 * 0.5 / np.sqrt(number), bit
    for bit in range(14):
        assert abs((base ^ base[np.arange(number) ^ 1 << bit]).mean() - 0.5) < 5 * 0.5 / np.sqrt(number / 2), bit


# --- the layer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.5, 0.9])
def test_mean_variance_and_share_of_zeros(rate):
    """E[y] = 1, Var[y] = p / (1 - p), P(0) = p, of 2 million numbers within 5 deviations."""
    layer = Dropout(rate, seed=3)
    y = np.stack([np.asarray(layer(ONES, training=True), dtype=np.float64) for _ in range(64)])
    assert len(np.unique(y)) == 2
    spread = np.sqrt(rate * (1 - rate) / y.size)
    assert abs((y == 0).mean() - rate) < 5 * spread
    assert abs(y.mean() - 1) < 5 * spread / (1 - rate)
    assert y.var() == pytest.approx(rate / (1 - rate), rel=0.02)
    assert y.max() == pytest.approx(1 / (1 - rate), rel=1e-6)
    # units, rows and steps are dropped alike: as many deviations as a binomial has
    for axes, number in (((0, 1), 64 * ROWS), ((0, 2), 64 * UNITS), ((1, 2), ROWS * UNITS)):
        shares = (y == 0).mean(axis=axes)
        assert np.abs(shares - rate).max() < 5 * np.sqrt(rate * (1 - rate) / number)


def test_a_rate_of_zero_changes_no_bit_and_none_is_drawn_without_training():
    x = np.random.default_rng(1).normal(size=(50, 7)).astype(np.float32) * 1e30
    layer = Dropout(0.0, seed=1)
    np.testing.assert_array_equal(layer(x, training=True), x)
    other = Dropout(0.7, seed=1)
    np.testing.assert_array_equal(other(x), x)
    assert other.generator.state.numpy().tolist() == [1, 0]


def test_each_step_draws_anew_and_a_seed_repeats_it():
    layer, again = Dropout(0.5, seed=5), Dropout(0.5, seed=5)
    first, second = (np.asarray(layer(ONES, training=True)) for _ in range(2))
    assert (first != second).any()
    np.testing.assert_array_equal(again(ONES, training=True), first)
    again.generator.state.assign([5, 0])  # as a run that goes on
    np.testing.assert_array_equal(again(ONES, training=True), first)
    np.testing.assert_array_equal(again(ONES, training=True), second)


def test_a_noise_shape_drops_together():
    x = np.ones((40, 5, 30), dtype=np.float32)
    y = np.asarray(Dropout(0.5, noise_shape=(None, 1, 30), seed=2)(x, training=True))
    assert (y == y[:, :1]).all()
    assert abs((y[:, 0] == 0).mean() - 0.5) < 5 * np.sqrt(0.25 / 1200)


def test_members_of_other_rates_and_seeds_share_a_program_and_get_what_they_get_alone():
    x = keras.Input((UNITS,))
    models = [keras.Model(x, Dropout(rate, seed=seed)(x)) for rate, seed in ((0.0, 1), (0.2, 1), (0.2, 2), (0.7, 3))]
    traced = []

    def step(state):
        traced.append(1)
        return models[0].stateless_call([], state, ONES, training=True)

    states = [[v.value for v in model.non_trainable_variables] for model in models]
    together, moved = jax.jit(jax.vmap(step))([jnp.stack(values) for values in zip(*states, strict=True)])
    alone = jax.jit(step)
    for number, (model, state) in enumerate(zip(models, states, strict=True)):
        expected, after = alone(state)
        np.testing.assert_array_equal(together[number], expected)
        for one, other in zip(moved, after, strict=True):
            np.testing.assert_array_equal(one[number], other)
        np.testing.assert_array_equal(model(ONES, training=True), expected)
    assert len(traced) == 2  # one for all together, one for each alone


def test_gradients_are_those_of_what_is_kept():
    layer = Dropout(0.25, seed=1)
    layer.build(ONES.shape)
    state = [v.value for v in layer.non_trainable_variables]
    y, _ = layer.stateless_call([], state, ONES, training=True)
    gradient = jax.grad(lambda x: layer.stateless_call([], state, x, training=True)[0].sum())(ONES)
    np.testing.assert_array_equal(gradient, y)


def test_in_bfloat16_it_stays_bfloat16():
    layer = Dropout(0.5, seed=1, dtype="mixed_bfloat16")
    y = layer(ONES, training=True)
    assert (y.dtype, layer.probability.dtype) == (jnp.bfloat16, "float32")
    np.testing.assert_array_equal(np.asarray(y, np.float32), Dropout(0.5, seed=1)(ONES, training=True))


ELSEWHERE = """
import sys, numpy as np, keras
from netwright.layers import Dropout
assert keras.backend.backend() == sys.argv[1]
x = keras.Input((7, 30))
model = keras.Model(x, Dropout(0.4, noise_shape=(None, 1, 30), seed=2**31 - 1)(x))
model.compile("sgd", "mse", run_eagerly=False)
model.fit(np.ones((8, 7, 30), "float32"), np.ones((8, 7, 30), "float32"), batch_size=8, verbose=0)  # one step, compiled
np.save(sys.argv[2], keras.ops.convert_to_numpy(model(np.ones((8, 7, 30), "float32"), training=True)))
"""


@pytest.mark.parametrize("backend", ["torch", "tensorflow"])
def test_other_backends_drop_the_same(backend, tmp_path):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", ELSEWHERE, backend, str(tmp_path / "y.npy")]
    subprocess.run(command, env=environment, check=True)
    layer, x = Dropout(0.4, noise_shape=(None, 1, 30), seed=2**31 - 1), np.ones((8, 7, 30), dtype=np.float32)
    layer(x, training=True)
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), layer(x, training=True), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Dropout(1.0), "`rate` must be from 0 to below 1. Received: rate=1.0"),
        (lambda: Dropout(-0.1), "Received: rate=-0.1"),
        (lambda: Dropout(float("nan")), "Received: rate=nan"),
        (lambda: Dropout(0.1, (None, 1))(np.zeros((2, 3, 4))), r"dimension of the inputs: .*noise_shape=\(None, 1\)"),
        (lambda: Dropout(0.1, (None, 2))(np.zeros((2, 3))), r"None, 1 or theirs, \(2, 3\). Received: .*\(None, 2\)"),
    ],
)
def test_what_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
