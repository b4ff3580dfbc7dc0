"""Losses of numbers: quantiles against sample quantiles and loops, the Huber loss against scipy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from netwright.tasks import QUANTILE_LEVELS, HuberLoss, ordered_quantiles, pinball_loss, squared_error

RANDOM = np.random.default_rng(8)


def test_quantiles_are_ordered_whatever_the_outputs() -> None:
    raw = RANDOM.normal(0, 50, (500, 5)).astype(np.float32)
    ordered = np.asarray(ordered_quantiles(jnp.asarray(raw), jnp))
    assert (np.diff(ordered[:, [3, 1, 0, 2, 4]], axis=1) >= 0).all()
    np.testing.assert_allclose(ordered, ordered_quantiles(raw.astype(np.float64), np), rtol=1e-5, atol=1e-5)  # float32


def test_the_pinball_loss_is_its_definition_and_smallest_at_the_quantiles_of_the_rows() -> None:
    values = RANDOM.gamma(2.0, 1.0, 4001)
    raw = RANDOM.normal(size=(20, 5))
    ordered = ordered_quantiles(raw, np)
    slow = [
        sum(level * (t - q) if t > q else (1 - level) * (q - t) for level, q in zip(QUANTILE_LEVELS, row, strict=True))
        for t, row in zip(values[:20], ordered, strict=True)
    ]
    np.testing.assert_allclose(pinball_loss(raw, values[:20]), slow, rtol=1e-5)
    best = np.quantile(values, QUANTILE_LEVELS)
    widths = np.array([best[0] - best[1], best[2] - best[0], best[1] - best[3], best[4] - best[2]])
    z = jnp.asarray(np.append(best[0], np.log(np.expm1(widths))), jnp.float32)

    def loss(z: jax.Array) -> jax.Array:
        return pinball_loss(jnp.broadcast_to(z, (len(values), 5)), values).mean()

    assert np.abs(jax.grad(loss)(z)).max() < 2e-3  # a row of 4001 more or less on one side
    for _ in range(5):
        assert float(loss(z + RANDOM.normal(0, 0.3, 5).astype(np.float32))) > float(loss(z))


def test_the_huber_loss_is_twice_scipys() -> None:
    residuals = np.linspace(-4, 4, 41)
    np.testing.assert_allclose(HuberLoss(0.7)(residuals, 0 * residuals), 2 * special.huber(0.7, residuals), rtol=1e-5)
    np.testing.assert_allclose(HuberLoss(100.0)(residuals, 0 * residuals), squared_error(residuals, 0.0), rtol=1e-6)
    slope = jax.grad(lambda z: HuberLoss(0.7)(z, 0.0))
    assert [float(slope(z)) for z in (0.1, 3.0, -3.0)] == pytest.approx([0.2, 1.4, -1.4])
