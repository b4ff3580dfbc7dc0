"""Pairs of particles: masses and angles."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._opening import opening
from netwright.kinematics._safe import TINY, angle, components, pseudorapidity, safe_sqrt
from netwright.kinematics.excess import RELATIVE_FLOOR, energy_excess, mass_squared, momentum

__all__ = ["PAIR_FEATURES", "pair_features"]

PAIR_FEATURES = ("log_mass", "delta_eta", "delta_phi", "delta_r", "cos_angle")


def pair_features(p4: Any, first: int, excess: Any = None, xp: Any = np) -> Any:
    """Compute features of the pairs among the first particles: ln m_ij, Δη, Δφ, ΔR and the cosine of the opening angle.

    The pairs are (0, 1), (0, 2), ... (1, 2) ...; Δη = η_i - η_j, Δφ = φ_i - φ_j in (-π, π]. With d = E - |p|, the
    mass is a sum of positive terms, so that no digits cancel:
    m_ij² = m_i² + m_j² + 2 (E_j d_i + |p_i| d_j + |p_i| |p_j| (1 - cos θ_ij)), m² = d (d + 2 |p|),
    where 1 - cos θ = |n̂_i × n̂_j|² / (1 + cos θ) for acute angles. Inside the logarithm, ((pT_i + pT_j) / 200)² is
    added: smaller masses are smoothed out, since float32 does not resolve all of them.

    Args:
        p4: four-vectors E, px, py, pz, shape (rows, P, 4), in GeV or MeV.
        first: number of leading particles that form pairs; at most P are used.
        excess: d from `energy_excess`, shape (rows, P, 1), in that unit; computed from `p4` if not given.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        Features of shape (rows, n (n - 1) / 2, 5) with n = min(first, P), in the order of `PAIR_FEATURES`: ln m of
        the unit of `p4`, angles in rad, the others dimensionless; NaN where one of the two is absent.

    Source: definition; (p_i + p_j)² written out, with E_i E_j - |p_i| |p_j| = E_j d_i + |p_i| d_j.

    Example:
        >>> two = np.array([[[50.0, 30.0, 0.0, 40.0], [50.0, 30.0, 0.0, -40.0]]])
        >>> log_mass, delta_eta, delta_phi, delta_r, cos_angle = pair_features(two, 2)[0, 0].tolist()
        >>> round(float(np.exp(log_mass)), 2), round(delta_eta, 3), delta_phi, round(delta_r, 3), round(cos_angle, 3)
        (80.0, 2.197, 0.0, 2.197, -0.28)
    """
    p4 = p4[:, :first]
    excess = energy_excess(p4, "E,px,py,pz", xp) if excess is None else excess[:, :first]
    pt = safe_sqrt(p4[..., 1] * p4[..., 1] + p4[..., 2] * p4[..., 2], xp)
    particles = xp.stack([momentum(p4, xp), excess[..., 0], pt, pseudorapidity(pt, p4[..., 3], xp)], axis=-1)
    (i, j), (each_i, each_j) = _two_by_two(p4, xp), _two_by_two(particles, xp)
    cosine, one_less_cosine = opening(i[..., 1:], j[..., 1:], xp)
    (energy_i, xi, yi, _), (energy_j, xj, yj, _) = components(i), components(j)
    delta_eta = each_i[..., 3] - each_j[..., 3]
    delta_phi = angle(yi * xj - xi * yj, xi * xj + yi * yj, xp)
    columns = [
        0.5 * xp.log(_mass_squared(each_i, each_j, one_less_cosine) + TINY * TINY),
        delta_eta,
        delta_phi,
        safe_sqrt(delta_eta * delta_eta + delta_phi * delta_phi, xp),
        cosine,
    ]
    both_exist = xp.logical_and(energy_i > 0, energy_j > 0)
    return xp.stack([xp.where(both_exist, column, np.nan) for column in columns], axis=-1)


def _two_by_two(values: Any, xp: Any) -> tuple[Any, Any]:
    """Return the first and the second particle of every pair, shape (rows, pairs, ...) each."""
    first, second = np.triu_indices(values.shape[1], k=1)
    return xp.take(values, first, axis=1), xp.take(values, second, axis=1)


def _mass_squared(each_i: Any, each_j: Any, one_less_cosine: Any) -> Any:
    """Return m_ij² with its floor from |p|, d and pT of each particle."""
    p_i, d_i, pt_i = (each_i[..., k] for k in range(3))
    p_j, d_j, pt_j = (each_j[..., k] for k in range(3))
    own_masses = mass_squared(p_i, d_i) + mass_squared(p_j, d_j)
    floor = RELATIVE_FLOOR * (pt_i + pt_j)
    return own_masses + 2 * ((p_j + d_j) * d_i + p_i * d_j + p_i * p_j * one_less_cosine) + floor * floor
