"""How much one number says of another, whatever the form of the relation: weighted distance correlation."""

from __future__ import annotations

import jax
import jax.numpy as jnp

__all__ = ["distance_correlation"]

_SMALLEST = 1e-12
_BLOCK = 128  # rows whose distances to all others are held at once: they stay in the processor's cache


def distance_correlation(x: jax.Array, y: jax.Array, weights: jax.Array) -> jax.Array:
    """Return dCorr²(x, y) = dCov²(x, y) / √[dCov²(x, x) dCov²(y, y)] of weighted rows.

    With u_i = w_i / Σ w, a_ij = |x_i - x_j| and A_ij = a_ij - Σ_k u_k (a_kj + a_ik) + Σ_kl u_k u_l a_kl (B the same of
    y), dCov²(x, y) = Σ_ij u_i u_j A_ij B_ij. It is 0 for independent x and y, and 1 for a linear relation. Time is
    of order rows². The matrices are never held as a whole, and computed again for the gradient, so that memory is of
    order rows.

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
    covariance, variance_x, variance_y = _covariances(
        _scaled(jnp.asarray(x), share), _scaled(jnp.asarray(y), share), share
    )
    defined = (total > 0) & (variance_x > _SMALLEST) & (variance_y > _SMALLEST)
    # in place of variances that are 0, since the gradient of a root is not finite there
    product = jnp.where(defined, variance_x, 1.0) * jnp.where(defined, variance_y, 1.0)
    return jnp.where(defined, covariance / jnp.sqrt(product), 0.0)


def _scaled(values: jax.Array, share: jax.Array) -> jax.Array:
    """Return values in units of their standard deviation, which drops out of the ratio."""
    variance = share @ jnp.square(values - share @ values)
    scale = jax.lax.stop_gradient(jnp.sqrt(jnp.where(variance > 0, variance, 1.0)))
    return values / jnp.where(scale > 0, scale, 1.0)


def _covariances(x: jax.Array, y: jax.Array, share: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return dCov² of (x, y), (x, x) and (y, y), from blocks of rows of A and B."""
    rows = len(x)

    def blocks(values: jax.Array) -> jax.Array:
        return jnp.pad(values, (0, -rows % _BLOCK)).reshape(-1, _BLOCK)

    @jax.checkpoint
    def mean_distances(block: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        return _distances(block[0], x) @ share, _distances(block[1], y) @ share

    means = [mean.reshape(-1)[:rows] for mean in jax.lax.map(mean_distances, (blocks(x), blocks(y)))]
    totals = [share @ mean for mean in means]

    @jax.checkpoint
    def sums(block: tuple[jax.Array, ...]) -> tuple[jax.Array, jax.Array, jax.Array]:
        block_x, block_y, block_share, mean_x, mean_y = block
        a = _distances(block_x, x) - mean_x[:, None] - means[0][None, :] + totals[0]
        b = _distances(block_y, y) - mean_y[:, None] - means[1][None, :] + totals[1]
        return block_share @ ((a * b) @ share), block_share @ ((a * a) @ share), block_share @ ((b * b) @ share)

    block_sums = jax.lax.map(sums, tuple(blocks(values) for values in (x, y, share, *means)))
    covariance, variance_x, variance_y = (sums_of_blocks.sum() for sums_of_blocks in block_sums)
    return covariance, variance_x, variance_y


def _distances(x: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.abs(x[:, None] - y[None, :])
