"""Single particles: transverse momentum, direction, mass and boost."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._safe import TINY, components, pseudorapidity, safe_divide, safe_sqrt
from netwright.kinematics.excess import RELATIVE_FLOOR, energy_excess, mass_squared, momentum

__all__ = ["OBJECT_FEATURES", "object_features"]

OBJECT_FEATURES = ("log_pt", "eta", "cos_phi", "sin_phi", "log_mass", "log_gamma")


def object_features(p4: Any, excess: Any = None, xp: Any = np) -> Any:
    """Compute features of single particles: ln pT, η, cos φ, sin φ, ln m and ln γ.

    φ is represented by two numbers, so that there is no discontinuity at ±π. With d = E - |p|, the mass is
    m² = d (d + 2 |p|) + (E / 200)²: masses of less than half a per cent of the energy are smoothed out, since
    float32 does not resolve them. ln γ = ln(E / m), the boost, is therefore limited to ln 200.

    Args:
        p4: four-vectors E, px, py, pz, shape (..., 4), in GeV or MeV.
        excess: d from `energy_excess`, shape (..., 1), in that unit; computed from `p4` if not given.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        Features of shape (..., 6), in the order of `OBJECT_FEATURES`: logarithms of the unit of `p4`, the others
        dimensionless; NaN where there is no particle (E is not positive).

    Source: definition.

    Example:
        >>> object_features(np.array([5.0, 0.0, 3.0, 0.0])).round(3).tolist()
        [1.099, 0.0, 0.0, 1.0, 1.386, 0.223]
    """
    excess = energy_excess(p4, "E,px,py,pz", xp) if excess is None else excess
    energy, px, py, pz = components(p4)
    exists = energy > 0
    pt = safe_sqrt(px * px + py * py, xp)
    floor = RELATIVE_FLOOR * energy
    squared = mass_squared(momentum(p4, xp), excess[..., 0]) + floor * floor
    log_mass = 0.5 * xp.log(xp.where(exists, squared, 1.0))
    columns = [
        xp.log(pt + TINY),
        pseudorapidity(pt, pz, xp),
        safe_divide(px, pt, xp),
        safe_divide(py, pt, xp),
        log_mass,
        xp.log(xp.where(exists, energy, 1.0)) - log_mass,
    ]
    return xp.stack([xp.where(exists, column, np.nan) for column in columns], axis=-1)
