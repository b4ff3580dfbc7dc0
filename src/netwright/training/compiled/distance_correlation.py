"""How much one number says of another, whatever the form of the relation: weighted distance correlation."""

from __future__ import annotations

import jax
import jax.numpy as jnp

__all__ = ["distance_correlation"]

_SMALLEST = 1e-12


def distance_correlation(x: jax.Array, y: jax.Array, weights: jax.Array) -> jax.Array:
    """Return dCorr²(x, y) = dCov²(x, y) / √[dCov²(x, x) dCov²(y, y)] of weighted rows.

    With u_i = w_i / Σ w, a_ij = |x_i - x_j| and A_ij = a_ij - Σ_k u_k (a_kj + a_ik) + Σ_kl u_k u_l a_kl (B the same of
    y), dCov²(x, y) = Σ_ij u_i u_j A_ij B_ij. It is 0 for independent x and y, and 1 for a linear relation. Time and
    memory are of order rows².

    Args:
        x: shape (rows,), in any unit.
        y: shape (rows,), in any unit.
        weights: shape (rows,), dimensionless; rows of weight 0 do not count.

    Returns:
        Shape (), dimensionless; 0 where the weights have no positive sum, or where they are so negative that a variance
        is not positive.

    Source: G. Kasieczka, D. Shih, arXiv:2001.05310, equations (2.5) and (2.6); G. Székely et al., Ann. Statist. 35
    (2007) 2769.

    Example:
        >>> import numpy as np
        >>> x = np.linspace(0, 1, 9, dtype=np.float32)
        >>> print(f"{distance_correlation(x, 2 - 3 * x, np.ones(9)):.3f}")
        1.000
    """
    total = jnp.sum(weights)
    share = weights / jnp.where(total > 0, total, 1.0)
    a, b = (_centred(jnp.asarray(values), share) for values in (x, y))

    def covariance(one: jax.Array, other: jax.Array) -> jax.Array:
        return share @ (one * other) @ share

    both, of_x, of_y = covariance(a, b), covariance(a, a), covariance(b, b)
    there = (total > 0) & (of_x > _SMALLEST) & (of_y > _SMALLEST)
    product = jnp.where(there, of_x, 1.0) * jnp.where(there, of_y, 1.0)  # the gradient of a root ends at 0
    return jnp.where(there, both / jnp.sqrt(product), 0.0)


def _centred(values: jax.Array, share: jax.Array) -> jax.Array:
    """Return A, shape (rows, rows), in units of the standard deviation of values."""
    mean = share @ values
    variance = share @ jnp.square(values - mean)
    scale = jax.lax.stop_gradient(jnp.sqrt(jnp.where(variance > 0, variance, 1.0)))  # drops out of the ratio
    distance = jnp.abs(values[:, None] - values[None, :]) / jnp.where(scale > 0, scale, 1.0)
    rows = distance @ share
    return distance - rows[:, None] - rows[None, :] + share @ rows
