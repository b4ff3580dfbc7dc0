"""The joint output of inner networks: the head's function of it is the mean of theirs."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.layers import InnerDense, InnerScale, JointOutput, PeriodicEmbedding


def test_probabilities_are_means_also_where_they_are_tiny():
    z = np.random.default_rng(1).normal(0, 40, (50, 4, 3)).astype(np.float32)
    exact = z.astype(np.float64)
    p = np.exp(-np.logaddexp(0, -exact[:, :, :1])).mean(axis=1)
    q = np.exp(-np.logaddexp(0, exact[:, :, :1])).mean(axis=1)
    joint = np.asarray(JointOutput("sigmoid")(z[:, :, :1]))
    np.testing.assert_allclose(joint, np.log(p) - np.log(q), rtol=2e-6, atol=2e-6)
    several = np.exp(exact - np.logaddexp.reduce(exact, axis=2, keepdims=True)).mean(axis=1)
    joint = np.asarray(JointOutput("softmax")(z), dtype=np.float64)
    np.testing.assert_allclose(joint, np.log(several), rtol=2e-6, atol=2e-5)
    np.testing.assert_allclose(np.asarray(JointOutput("linear")(z)), z.mean(axis=1), rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("units", [2, 6])
def test_each_inner_network_is_a_network_of_its_own(units):
    """Weights between factors are those of W diag(a) in each network, and the last layer is that of each."""
    x = np.random.default_rng(2).normal(size=(5, 4)).astype(np.float32)
    scale, last = InnerScale(3, random=True, shared=2, seed=1, bias=True), InnerDense(units)
    y = np.asarray(last(scale(x)))
    factors = np.asarray(scale.factors)
    np.testing.assert_array_equal(factors[:, ::2], factors[:, 1::2])  # numbers of one feature begin alike
    assert len(np.unique(factors)) == 6
    for n in range(3):
        alone = (x * factors[n]) @ np.asarray(last.kernel[n])
        np.testing.assert_allclose(y[:, n], alone, rtol=1e-5, atol=1e-6)


def test_waves_are_sums_of_cosines():
    layer = PeriodicEmbedding(3, waves=4, deviation=0.5, seed=2)
    x = np.random.default_rng(3).normal(size=(6, 2)).astype(np.float32)
    x[:3] *= 100  # the cosine of many turns too
    y = np.asarray(layer(x)).reshape(6, 2, 3)
    np.testing.assert_array_equal(y[:, :, 0], x)
    u, b, w, c = (np.asarray(v, np.float64) for v in (layer.frequencies, layer.phases, layer.kernel, layer.bias))
    for f in range(2):
        turns = x[:, f : f + 1] * u[f] + b[f]
        tolerance = 1e-6 + 2 * np.pi * np.abs(w[f]).sum() * np.spacing(np.float32(np.abs(turns).max()))
        np.testing.assert_allclose(y[:, f, 1:], np.cos(2 * np.pi * turns) @ w[f] + c[f], rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: JointOutput("relu"), "`function` must be sigmoid, softmax or linear. Received: function=relu"),
        (lambda: InnerScale(0), "`networks` and `shared` must be 1 or more. Received: networks=0, shared=1"),
        (lambda: InnerScale(2, shared=2)(np.ones((1, 3))), "must be a multiple of `shared`. Received: 3 and 2"),
        (lambda: InnerScale(2)(np.ones((1, 3, 4))), r"has 2 networks. Received: inputs of shape \(1, 3, 4\)"),
        (lambda: InnerDense(2)(np.ones((1, 3))), r"features of inner networks, \(rows, N, features\)"),
        (lambda: PeriodicEmbedding(1), "`size` must be 2 or more, `waves` 1 or more, `deviation` positive"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
