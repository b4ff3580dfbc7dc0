"""First values of weights: the variance of their papers, and signals that keep their size through ten layers."""

from __future__ import annotations

from typing import get_args

import keras
import numpy as np
import pytest

from netwright.config import Activation
from netwright.layers import PeriodicEmbedding
from netwright.models import load_model
from netwright.models.bodies.initialiser import initialiser

ACTIVATIONS = get_args(Activation)
SATURATING = {"tanh", "softsign"}
DRAWING_NEAR = {"sigmoid", "hard_sigmoid", "softplus"}


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - SATURATING - {"softplus"}))
def test_the_variance_is_the_inverse_of_what_the_activation_leaves(activation):
    """Against the integral of f(z)² over a normal z, by the rectangle rule: good to 1e-4."""
    z = np.linspace(-12, 12, 200_001)
    f = np.asarray(keras.activations.get(activation)(z.astype(np.float32)), dtype=np.float64)
    left = (f**2 * np.exp(-(z**2) / 2)).sum() * (z[1] - z[0]) / np.sqrt(2 * np.pi)
    assert initialiser(activation, 1).scale == pytest.approx(1 / left, rel=5e-4)


@pytest.mark.parametrize(
    ("activation", "theirs"),
    [("relu", "HeNormal"), ("selu", "LecunNormal"), ("linear", "LecunNormal"), ("tanh", "GlorotNormal")],
)
def test_those_of_the_papers_are_keras_own(activation, theirs):
    shape = (30, 20) if activation != "tanh" else (200, 100)  # more numbers than the shortest line has
    expected = getattr(keras.initializers, theirs)(seed=3)(shape)
    ours = initialiser(activation, 3)
    np.testing.assert_array_equal(ours(shape), expected)
    again = keras.initializers.deserialize(keras.initializers.serialize(ours))
    np.testing.assert_array_equal(again(shape), expected)


def test_a_share_of_the_variance():
    whole, part = (np.asarray(initialiser("relu", 1, share=share)((50, 40))) for share in (1.0, 0.25))
    np.testing.assert_allclose(part, whole / 2, rtol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_signals_keep_their_size_through_ten_layers(body_of, activation):
    """The root mean square after 10 layers is within a factor 8 of that after the first, in layers of 128 units.

    softsign shrinks the most (0.15) and hard_silu grows the most (4 to 6); relu, leaky_relu and selu stay within a
    factor 1.4. Glorot's weights under silu would give 1e-3. The deviation over rows is kept as well, but not where
    all outputs are positive and draw near to each other.
    """
    model = body_of(units=[128] * 10, activation=activation, features=128)
    x = np.random.default_rng(2).normal(size=(400, 128)).astype(np.float32)
    names = ["body-hidden-0-activation", "body-hidden-9-activation"]
    parts = keras.Model(model.input, [model.get_layer(name).output for name in names])
    first, last = (np.asarray(values, dtype=np.float64) for values in parts({"x": x}))
    assert 1 / 8 < np.sqrt((last**2).mean() / (first**2).mean()) < 8
    if activation not in DRAWING_NEAR:
        assert 1 / 8 < np.sqrt(last.var(axis=0).mean() / first.var(axis=0).mean()) < 8


@pytest.mark.parametrize("activation", ["relu", "tanh", "selu", "gelu", "linear"])
def test_the_variance_through_thirty_residual_layers_stays_below_e(body_of, activation):
    model = body_of(kind="residual", units=[128] * 30, activation=activation, features=128)
    x = np.random.default_rng(2).normal(size=(400, 128)).astype(np.float32)
    names = ["body-hidden-0", "body-hidden-29-sum"]
    parts = keras.Model(model.input, [model.get_layer(name).output for name in names])
    first, last = (float(np.asarray(values).var()) for values in parts({"x": x}))
    assert 1 < last / first < np.e * 1.15  # the share of 1 / 29 a layer, up to the spread of random weights


def test_a_saved_network_is_loaded_without_drawing_weights(tmp_path, monkeypatch):
    """Those of the file come anyway, and JAX would compile a program for each shape."""
    layers = [PeriodicEmbedding(seed=1), keras.layers.Dense(6, kernel_initializer=initialiser("relu", 1))]
    network = keras.Sequential([keras.Input((3,)), *layers])
    network.save(tmp_path / "model.keras")

    for name in ("normal", "uniform", "truncated_normal"):
        monkeypatch.setattr(keras.random, name, None)
    again = load_model(tmp_path / "model.keras")
    for weight, expected in zip(again.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    monkeypatch.undo()
    assert np.any(initialiser("relu", 1)((3, 2)))
