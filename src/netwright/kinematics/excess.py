"""The excess of energy over momentum, which determines all masses without a loss of digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.config import Basis
from netwright.kinematics._digits import invariant_square, less_hyperbolic
from netwright.kinematics._safe import components, safe_divide, safe_sqrt
from netwright.kinematics.basis import ETA_LIMIT

__all__ = ["energy_excess"]

RELATIVE_FLOOR = 5e-3  # relative to energy or pT: smaller masses are smoothed out, and float32 resolves larger ones
_ROUNDING = 4e-7  # of E²: the uncertainty of m² from the digits of a float32 file


def energy_excess(p4: Any, basis: Basis, xp: Any = np) -> Any:
    """Return the excess of energy over momentum, d = E - |p|, at least 0.

    m² = d (d + 2 |p|), and other invariants are sums of positive terms in d. In float32 neither E - |p| nor E² - p²
    has digits left for light particles, hence m² is computed from the original components with twice the digits: from
    E² - p², from (E - pT cosh η) (E + pT cosh η), or from the mass itself. Unless it is the mass itself, the digits of
    the file leave an uncertainty t = 4e-7 E² of m², and m² becomes m² / (1 + (t / m²)²): unchanged where it is large,
    and almost zero where it is only rounding. So massless particles stay massless.

    Args:
        p4: four-vectors, shape (..., 4), components in the order of `basis`, in GeV or MeV; φ in rad.
        basis: names of the components.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        The excess, shape (..., 1), in the unit of `p4`; 0 for E <= |p|.

    Source: definition; doi:10.1007/BF01397083 (Dekker 1971) for sums of leading and trailing digits.

    Example:
        >>> muon = np.array([45.0, 0.0, 0.0, 0.1056583755])
        >>> energy_excess(muon, "pt,eta,phi,m").round(9).tolist()
        [0.000124041]
    """
    one, two, three, four = components(p4)
    if basis == "E,px,py,pz":
        size = safe_sqrt(two * two + three * three + four * four, xp)
        squared = _without_rounding(invariant_square(one, two, three, four), one, xp)
    elif basis == "E,pt,eta,phi":
        eta = xp.clip(three, -ETA_LIMIT, ETA_LIMIT)
        size = two * xp.cosh(eta)
        squared = _without_rounding(less_hyperbolic(one, two, eta, xp) * (one + size), one, xp)
    else:
        size = one * xp.cosh(xp.clip(two, -ETA_LIMIT, ETA_LIMIT))
        squared = xp.where(four > 0, four * four, 0.0)
    return safe_divide(squared, size + safe_sqrt(size * size + squared, xp), xp)[..., None]


def _without_rounding(squared: Any, energy: Any, xp: Any) -> Any:
    """Return m² / (1 + (t / m²)²) with t = 4e-7 E², and 0 for a negative one; in units of E², that overflows less."""
    share = safe_divide(squared, energy * energy, xp)
    share = xp.where(share > 0, share, 0.0)
    return squared * safe_divide(share * share, share * share + _ROUNDING**2, xp)


def mass_squared(size: Any, excess: Any) -> Any:
    """Return m² = d (d + 2 |p|) from |p| and d."""
    return excess * (excess + 2 * size)


def momentum(p4: Any, xp: Any) -> Any:
    """Return |p| from E, px, py, pz."""
    _, px, py, pz = components(p4)
    return safe_sqrt(px * px + py * py + pz * pz, xp)
