"""Lorentz boosts."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._opening import opening
from netwright.kinematics._safe import safe_divide, safe_sqrt
from netwright.kinematics.excess import mass_squared

__all__ = ["into_rest_frame"]

_LARGEST_GAMMA = 25.0  # rounding changes a direction by γ · 1e-7; this γ is that of a Z boson of 2.3 TeV


def into_rest_frame(
    momentum: Any, excess: Any, frame_momentum: Any, frame_excess: Any, xp: Any = np
) -> tuple[Any, Any]:
    """Boost particles into the rest frames of others.

    With momentum k and excess d of the particle, R, D and mass M of the frame, energies |k| + d and |R| + D:
    E' = (|k| D + |R| d + d D + |k| |R| (1 - cos θ)) / M,  k' = k - R (E + E') / (E_R + M).
    E' is a sum of positive terms, so that no digits cancel. M is at least |R| / 25: γ is limited to about 25 for
    massless frames, which have no rest frame, so that every frame defines a proper Lorentz transformation; the null
    vector defines none.

    Args:
        momentum: k, shape (..., 3), in GeV or MeV.
        excess: d = E - |k|, shape (...,), in that unit.
        frame_momentum: R, shape (..., 3), in GeV or MeV.
        frame_excess: D = E_R - |R|, shape (...,), in that unit.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        energy: E', shape (...,), in the unit of the particle.
        momentum: k', shape (..., 3), in that unit.

    Source: arXiv:1812.09722, equation 2, with γ β = R / M and E' = k · R / M.

    Example:
        >>> down, up = np.array([0.0, -3.0, 0.0]), np.array([0.0, 3.0, 0.0])
        >>> energy, momentum = into_rest_frame(up, np.array(2.0), down, np.array(2.0))
        >>> float(energy.round(9)), momentum.round(9).tolist()
        (8.5, [0.0, 7.5, 0.0])
    """
    size, frame_size = (safe_sqrt(xp.sum(p * p, axis=-1), xp) for p in (momentum, frame_momentum))
    least = frame_size / _LARGEST_GAMMA
    mass = xp.maximum(safe_sqrt(mass_squared(frame_size, frame_excess), xp), least)
    frame_energy = safe_sqrt(frame_size * frame_size + mass * mass, xp)
    frame_excess = safe_divide(mass * mass, frame_energy + frame_size, xp)
    _, one_less_cosine = opening(momentum, frame_momentum, xp)
    product = size * frame_excess + (frame_size + frame_excess) * excess + size * frame_size * one_less_cosine
    is_frame = mass > 0
    energy = xp.where(is_frame, safe_divide(product, mass, xp), size + excess)
    along = safe_divide(size + excess + energy, frame_energy + mass, xp)
    return energy, momentum - frame_momentum * along[..., None]
