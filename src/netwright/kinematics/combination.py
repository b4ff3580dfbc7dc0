"""Weighted sums of particles, with their masses to full precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._opening import opening
from netwright.kinematics._safe import safe_sqrt

__all__ = ["combined"]


def combined(p4: Any, excess: Any, weights: Any, xp: Any = np) -> tuple[Any, Any]:
    """Add up particles with weights, and preserve the digits of the sum's mass.

    K_m = Σ_i w_im p_i, and its excess d_m = E_m - |K_m| = Σ_i w_im (d_i + |p_i| (1 - cos θ_im)), θ_im the angle
    between p_i and K_m: a sum of positive terms, from which the mass follows without a difference.

    Args:
        p4: four-vectors E, px, py, pz, shape (rows, P, 4), in GeV or MeV.
        excess: d_i from `energy_excess`, shape (rows, P, 1), in that unit.
        weights: w_im, shape (P, M), dimensionless, not negative.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        momenta: K_m, shape (rows, M, 3), in that unit.
        excess: d_m, shape (rows, M), in that unit.

    Source: definition; Σ_i w_im p_i · n̂_m = |K_m|.

    Example:
        >>> two = np.array([[[50.0, 30.0, 0.0, 40.0], [50.0, 30.0, 0.0, -40.0]]])
        >>> momenta, excess = combined(two, np.zeros((1, 2, 1)), np.ones((2, 1)))
        >>> momenta.tolist(), excess.round(9).tolist()
        ([[[60.0, 0.0, 0.0]]], [[40.0]])
    """
    particles, weights = p4[:, :, None, 1:], weights[..., None]
    # a matrix product would be rounded to 10 bits on GPUs, which would lose the mass
    momenta = xp.sum(particles * weights, axis=1)
    _, one_less_cosine = opening(particles, momenta[:, None], xp)
    size = safe_sqrt(xp.sum(particles * particles, axis=-1), xp)
    terms = (excess + size * one_less_cosine) * weights[..., 0]
    return momenta, xp.sum(terms, axis=1)
