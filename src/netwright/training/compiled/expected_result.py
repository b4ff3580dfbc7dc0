"""Losses that are an expected result: the significance of a soft cut, and the upper limit of soft bins of the score."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

__all__ = ["ExpectedEvents", "limit_loss", "significance_loss"]

_SMALL = 0.1  # below it, seven terms of a series are exact to float32
_BINS = 10
_SOFTNESS = 0.25  # width of the edge of a bin, in units of the bin
_ITERATIONS = 15
_TINY = 1e-30


class ExpectedEvents(NamedTuple):
    """What is expected in recorded collisions.

    Attributes:
        signal: S, events of the signal.
        background: B, events of the background.
        uncertainty: r, relative uncertainty of the background, dimensionless.
        quantile: Φ⁻¹(1 - α/2) of the confidence level 1 - α of a limit, dimensionless.
    """

    signal: ArrayLike
    background: ArrayLike
    uncertainty: ArrayLike
    quantile: ArrayLike


def significance_loss(p: jax.Array, is_signal: jax.Array, weights: jax.Array, expected: ExpectedEvents) -> jax.Array:
    """Return -ln Z_A of the events that a soft cut keeps, each with its probability p.

    s = S Σ_s w p / Σ_s w and b = B (Σ_b w p / Σ_b w + 1/n), with σ_b = r b and the n background rows of the batch:
    their shares stand for those of the full sample, and what is less than one row is not known. Z_A is that of
    `netwright.statistics.asimov_significance`. The logarithm has the minimum of 1/Z_A, the loss of the reference, and
    gradients that do not depend on the luminosity.

    Args:
        p: probabilities of signal, shape (rows,), dimensionless.
        is_signal: 1 or 0, shape (rows,).
        weights: shape (rows,), dimensionless, also negative; rows of weight 0 do not count.
        expected: what is expected.

    Returns:
        The loss, shape (), dimensionless; 0, with no gradient, where a class has no positive sum of
        weights in the batch.

    Source: A. Elwood, D. Krücker, arXiv:1806.00322, section 3; G. Cowan et al., arXiv:1007.1727.
    """
    signal, background, one_row, defined = _class_shares(is_signal, weights)
    s = jnp.asarray(expected.signal) * jnp.maximum(signal @ p, _TINY)
    b = jnp.asarray(expected.background) * (jnp.maximum(background @ p, 0.0) + one_row)
    variance = jnp.square(expected.uncertainty * b)
    fitted = b + s * variance / (b + variance)
    excess = s * b / (b + variance)
    tau = b / jnp.where(variance > 0, variance, 1.0)
    constraint = jnp.where(variance > 0, tau * _h(jnp.where(variance > 0, -excess / (tau * fitted), 0.0)), 0.0)
    squared = 2 * fitted * (_h(excess / fitted) + constraint)
    return jnp.where(defined, -0.5 * jnp.log(jnp.where(defined, squared, 1.0) + _TINY), 0.0)


def limit_loss(p: jax.Array, is_signal: jax.Array, weights: jax.Array, expected: ExpectedEvents) -> jax.Array:
    """Return ln μ of the expected upper limit from ten soft bins of p.

    A row is in bin k by a_k = σ((p - e_k)/h) - σ((p - e_{k+1})/h), with a quarter of the bin's width as h and the outer
    edges at infinity. s_k and b_k are sums as in `significance_loss`; each b_k is known to r b_k by itself. μ solves
    q(μ) = Φ⁻¹(1 - α/2)² on data without signal, where

        q(μ) = 2 Σ_k [b g(x + δ) + g(δ)/r²],  g(y) = y - ln(1 + y),  x = μ s/b,
        δ = -2κx / [1 + x + √((1 + x)² - 4κx)],  κ = r²b/(1 + r²b),

    is the profile likelihood ratio with the best background b(1 + δ). The gradient is that of the solution.

    Args:
        p: probabilities of signal, shape (rows,), dimensionless.
        is_signal: 1 or 0, shape (rows,).
        weights: shape (rows,), dimensionless, also negative; rows of weight 0 do not count.
        expected: what is expected.

    Returns:
        The loss, shape (), dimensionless; 0, with no gradient, where a class has no positive sum of
        weights in the batch.

    Source: `netwright.statistics.expected_limit`, with one uncertainty of each bin.
    """
    signal, background, one_row, defined = _class_shares(is_signal, weights)
    inner = jnp.arange(1, _BINS) / _BINS
    edges = jax.nn.sigmoid((p[:, None] - inner) * _BINS / _SOFTNESS)
    ones = jnp.ones((len(p), 1), p.dtype)
    inside = jnp.concatenate([ones, edges], axis=1) - jnp.concatenate([edges, 0 * ones], axis=1)
    s = jnp.asarray(expected.signal) * jnp.maximum(signal @ inside, 0.0)
    b = jnp.asarray(expected.background) * (jnp.maximum(background @ inside, 0.0) + one_row)
    s = jnp.where(defined, s, 1.0)
    r, target = jnp.asarray(expected.uncertainty), jnp.asarray(expected.quantile)
    start = target / jnp.sqrt(jnp.sum(jnp.square(s) / (b + jnp.square(r * b))))

    def next_mu(_: int, mu: jax.Array) -> jax.Array:
        return mu * target / jnp.sqrt(jnp.maximum(_q(mu, s, b, r), _TINY))  # √q grows almost linearly

    mu = jax.lax.stop_gradient(jax.lax.fori_loop(0, _ITERATIONS, next_mu, start))
    slope = jax.lax.stop_gradient(jax.grad(_q)(mu, s, b, r))
    logarithm = jnp.log(mu) - (_q(mu, s, b, r) - target**2) / (mu * slope)  # dμ/dθ = -(∂q/∂θ)/(∂q/∂μ)
    return jnp.where(defined, logarithm, 0.0)


def _class_shares(is_signal: jax.Array, weights: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """Return w/Σw of signal and background, shape (rows,), 1/n of background, and whether both sums are positive."""
    signal_weights, background_weights = weights * is_signal, weights * (1 - is_signal)
    sums = jnp.sum(signal_weights), jnp.sum(background_weights)
    defined = (sums[0] > 0) & (sums[1] > 0)
    rows = jnp.maximum(jnp.count_nonzero(background_weights), 1)
    signal, background = (
        class_weights / jnp.where(defined, total, 1.0)
        for class_weights, total in zip((signal_weights, background_weights), sums, strict=True)
    )
    return signal, background, 1.0 / rows, defined


def _q(mu: jax.Array, s: jax.Array, b: jax.Array, r: jax.Array) -> jax.Array:
    """Return q(μ) of `limit_loss`, shape ()."""
    x = mu * s / b
    r_squared = jnp.square(r)
    kappa = r_squared * b / (1 + r_squared * b)
    delta = -2 * kappa * x / (1 + x + jnp.sqrt(jnp.square(1 + x) - 4 * kappa * x))
    constraint = jnp.where(r_squared > 0, _g(delta) / jnp.where(r_squared > 0, r_squared, 1.0), 0.0)
    return 2 * jnp.sum(b * _g(x + delta) + constraint)


def _g(y: jax.Array) -> jax.Array:
    """Return y - ln(1 + y); for small y by its series y²/2 - y³/3 + ..."""
    small = jnp.abs(y) < _SMALL
    near = jnp.where(small, y, 0.0)
    series = jnp.square(near) * sum((-near) ** k / (k + 2) for k in range(7))
    far = jnp.where(small, 1.0, y)
    return jnp.where(small, series, far - jnp.log1p(far))


def _h(x: jax.Array) -> jax.Array:
    """Return (1 + x) ln(1 + x) - x; for small x by its series x²/2 - x³/6 + ..."""
    small = jnp.abs(x) < _SMALL
    near = jnp.where(small, x, 0.0)
    series = jnp.square(near) * sum((-near) ** k / ((k + 1) * (k + 2)) for k in range(7))
    far = jnp.where(small, 1.0, x)
    return jnp.where(small, series, (1 + far) * jnp.log1p(far) - far)
