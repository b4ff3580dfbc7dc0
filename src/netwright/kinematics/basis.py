"""Conversion of four-vectors in a file's basis to E, px, py, pz."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.config import Basis
from netwright.kinematics._safe import components, safe_sqrt

__all__ = ["ETA_LIMIT", "absent_as_zero", "to_cartesian"]

ETA_LIMIT = 25.0  # 7 TeV at this pseudorapidity has a transverse momentum of 0.2 eV: nothing is measured there


def to_cartesian(p4: Any, basis: Basis, xp: Any = np) -> Any:
    """Convert four-vectors of any basis to E, px, py, pz.

    px = pT cos φ, py = pT sin φ, pz = pT sinh η, and from the mass E = sqrt(p² + m |m|): a negative m means
    E² < p², as in ROOT. |η| is limited to 25, so that nothing overflows in float32; four zeros stay zeros.

    Args:
        p4: four-vectors, shape (..., 4), components in the order of `basis`: energies, momenta and masses in one
            unit, GeV or MeV; η dimensionless; φ in rad.
        basis: names of the components.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        E, px, py, pz in the unit of `p4`, shape (..., 4).

    Source: definition.

    Example:
        >>> to_cartesian(np.array([3.0, 0.0, 0.0, 4.0]), "pt,eta,phi,m").tolist()
        [5.0, 3.0, 0.0, 0.0]
    """
    if basis == "E,px,py,pz":
        return p4
    if basis == "E,pt,eta,phi":
        energy, pt, eta, phi = components(p4)
    else:
        pt, eta, phi, mass = components(p4)
    px, py = pt * xp.cos(phi), pt * xp.sin(phi)
    pz = pt * xp.sinh(xp.clip(eta, -ETA_LIMIT, ETA_LIMIT))
    if basis == "pt,eta,phi,m":
        energy = safe_sqrt(px * px + py * py + pz * pz + mass * xp.abs(mass), xp)
    return xp.stack([energy, px, py, pz], axis=-1)


def absent_as_zero(p4: Any, markers: tuple[float, ...] = (), xp: Any = np) -> Any:
    """Replace particles with a missing component (NaN, or a marker in float32) by four zeros.

    Args:
        p4: four-vectors, shape (..., 4), in any basis and unit.
        markers: markers of missing values, in the unit of the file.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        The four-vectors, shape (..., 4), zeros where there is no particle.

    Source: definition.

    Example:
        >>> absent_as_zero(np.array([[5.0, 3.0, 0.0, 4.0], [-999.0, 1.0, 0.0, 0.0]]), (-999.0,)).tolist()
        [[5.0, 3.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0]]
    """
    exists = xp.logical_or(p4 >= 0, p4 < 0)  # comparisons, because every exported graph preserves this test for NaN
    for marker in markers:
        exists = xp.logical_and(exists, p4 != float(np.float32(marker)))
    return xp.where(xp.all(exists, axis=-1, keepdims=True), p4, 0.0)
