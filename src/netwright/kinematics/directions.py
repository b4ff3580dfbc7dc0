"""Directions of particles: pseudorapidity and azimuth."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._safe import angle, components, pseudorapidity, safe_sqrt

__all__ = ["eta_phi"]


def eta_phi(p4: Any, xp: Any = np) -> Any:
    """Return the pseudorapidity η = arsinh(pz / pT) and the azimuth φ = atan2(py, px) of particles.

    Args:
        p4: four-vectors E, px, py, pz, shape (..., 4), in any unit of energy.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        η, dimensionless, and φ in rad from -π to π, shape (..., 2); zeros where there is no particle. Along the beam
        |η| is large and finite.

    Source: definition.

    Example:
        >>> eta_phi(np.array([5.0, 0.0, 3.0, 4.0])).round(3).tolist()
        [1.099, 1.571]
    """
    _, px, py, pz = components(p4)
    pt = safe_sqrt(px * px + py * py, xp)
    return xp.stack([pseudorapidity(pt, pz, xp), angle(py, px, xp)], axis=-1)
