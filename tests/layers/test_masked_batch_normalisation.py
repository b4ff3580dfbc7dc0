"""Batch normalisation over existing values: against Keras where nothing is missing, and against loops where it is."""

from __future__ import annotations

import jax
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.layers import MaskedBatchNormalisation

NAN = float("nan")


@pytest.mark.parametrize("shape", [(32, 3), (8, 5, 3)])
def test_it_is_that_of_keras_where_nothing_is_missing(shape):
    random = np.random.default_rng(1)
    ours, theirs = MaskedBatchNormalisation(), keras.layers.BatchNormalization()
    for layer in (ours, theirs):
        layer.build(shape)
    for step in range(20):
        x = random.normal(step, 3, shape).astype(np.float32)
        np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), rtol=1e-5, atol=1e-5)
    weights = {w.path.split("/")[-1]: w.numpy() for w in theirs.weights}
    for weight in ours.weights:
        np.testing.assert_allclose(weight.numpy(), weights[weight.path.split("/")[-1]], rtol=1e-5)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-5)


@given(seed=st.integers(0, 1000), share=st.floats(0, 1), momentum=st.floats(0, 0.9))
def test_missing_values_count_nowhere(seed, share, momentum):
    random = np.random.default_rng(seed)
    x = random.normal(2, 3, (12, 2)).astype(np.float32)
    x[random.uniform(size=x.shape) < share] = NAN
    layer = MaskedBatchNormalisation(momentum=momentum, epsilon=1e-3)
    result = np.asarray(layer(x, training=True))
    for feature in range(2):
        exists = ~np.isnan(x[:, feature])
        np.testing.assert_array_equal(np.isnan(result[:, feature]), ~exists)
        mean, variance = layer.moving_mean.numpy()[feature], layer.moving_variance.numpy()[feature]
        if not exists.any():
            assert (mean, variance) == (0, 1)  # as before
            continue
        values = x[exists, feature].astype(np.float64)
        expected = (values - values.mean()) / np.sqrt(values.var() + 1e-3)
        np.testing.assert_allclose(result[exists, feature], expected, rtol=1e-4, atol=1e-4)
        assert mean == pytest.approx((1 - momentum) * values.mean(), rel=1e-4, abs=1e-5)
        assert variance == pytest.approx(momentum + (1 - momentum) * values.var(), rel=1e-4, abs=1e-5)


def test_gradients_by_inputs_and_weights_are_finite_where_values_are_missing():
    x = np.array([[1.0, NAN], [NAN, NAN], [4.0, NAN]], dtype=np.float32)
    layer = MaskedBatchNormalisation()
    layer.build(x.shape)
    weights, other = ([w.value for w in ws] for ws in (layer.trainable_variables, layer.non_trainable_variables))

    def total(weights, x):
        outputs, _ = layer.stateless_call(weights, other, x, training=True)
        return (jax.numpy.where(jax.numpy.isnan(outputs), 0.0, outputs) ** 3).sum()

    for gradient in jax.tree.leaves(jax.grad(total, argnums=(0, 1))(weights, x)):
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"momentum": 1.0}, "`momentum` must be from 0 to below 1 and `epsilon` positive. Received: momentum=1.0"),
        ({"momentum": -0.1}, "Received: momentum=-0.1"),
        ({"epsilon": 0.0}, "Received: momentum=0.99, epsilon=0.0"),
    ],
)
def test_what_is_refused(arguments, match):
    with pytest.raises(ValueError, match=match):
        MaskedBatchNormalisation(**arguments)
