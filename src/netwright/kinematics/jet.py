"""The sum of all particles."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._safe import TINY, pseudorapidity, safe_sqrt

__all__ = ["JET_FEATURES", "jet_features"]

JET_FEATURES = ("log_pt", "eta", "log_mass", "log_n")

_ANY_AXIS = np.array([0.0, 0.0, 1.0], dtype=np.float32)  # of a sum at rest: every axis gives the same mass


def jet_features(p4: Any, xp: Any = np) -> Any:
    """Compute features of whole jets: ln pT, η, ln m and ln n.

    Intended for a jet's constituents; for heavy objects use pairs, whose masses include the objects' own.

    The mass is computed from angles, not from E² - p², whose digits cancel in float32. With massless constituents
    (their masses are far below the detector resolution), n̂ the jet's direction and n̂_i the constituents':
    m² = (Σ_i |p_i| + |Σ_i p_i|) · Σ_i |p_i| (1 - cos θ_i), with 1 - cos θ_i = |n̂_i - n̂|² / 2.

    Args:
        p4: four-vectors E, px, py, pz, shape (rows, P, 4), in GeV or MeV; zeros where there is no constituent.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        Features of shape (rows, 4), in the order of `JET_FEATURES`: logarithms of the unit of `p4`, of which
        ln m is limited to a thousandth of the jet's momentum; η and ln n dimensionless; zeros for an empty jet.

    Source: definition; the sum over angles follows from E - |p| = Σ_i (E_i - p_i · n̂).

    Example:
        >>> two = np.array([[[50.0, 30.0, 0.0, 40.0], [50.0, 30.0, 0.0, -40.0]]])
        >>> log_pt, eta, log_mass, log_n = jet_features(two)[0]
        >>> float(np.exp(log_pt).round(6)), float(eta), float(np.exp(log_mass).round(3)), float(np.exp(log_n).round(6))
        (60.0, 0.0, 80.0, 2.0)
    """
    exists = p4[..., :1] > 0
    momenta = xp.where(exists, p4[..., 1:], 0.0)
    sizes = safe_sqrt(xp.sum(momenta * momenta, axis=-1, keepdims=True), xp)
    jet = xp.sum(momenta, axis=1, keepdims=True)
    jet_size = safe_sqrt(xp.sum(jet * jet, axis=-1, keepdims=True), xp)
    axis = xp.where(jet_size > 0, jet / xp.where(jet_size > 0, jet_size, 1.0), _ANY_AXIS)
    deviations = momenta / xp.where(sizes > 0, sizes, 1.0) - axis
    excess = xp.sum(sizes * xp.sum(deviations * deviations, axis=-1, keepdims=True), axis=1) / 2
    mass_squared = (xp.sum(sizes, axis=1) + jet_size[:, 0]) * excess + (1e-3 * jet_size[:, 0]) ** 2
    jet_pt = safe_sqrt(jet[:, 0, :1] * jet[:, 0, :1] + jet[:, 0, 1:2] * jet[:, 0, 1:2], xp)
    number = xp.sum(xp.where(exists, xp.ones_like(sizes), xp.zeros_like(sizes)), axis=1)
    columns = [
        xp.log(jet_pt + TINY),
        pseudorapidity(jet_pt, jet[:, 0, 2:], xp),
        0.5 * xp.log(mass_squared + TINY),
        xp.log(number + TINY),
    ]
    features = xp.concatenate(columns, axis=-1)
    return xp.where(number > 0, features, xp.zeros_like(features))
