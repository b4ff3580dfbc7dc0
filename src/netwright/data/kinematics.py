"""Kinematics of a jet and its constituents, one formula for NumPy and for layers of a network.

Every function takes the array namespace `xp` that it computes in: ``numpy`` (in float64, for statistics and
figures) or ``keras.ops`` (in float32, inside a network). So the two can never drift apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["CONSTITUENT_FEATURES", "JET_FEATURES", "constituent_features", "jet_features"]

CONSTITUENT_FEATURES = ("log_relative_pt", "log_e", "delta_eta", "delta_phi", "delta_r")
JET_FEATURES = ("log_pt", "eta", "log_mass", "log_n")

_TINY = 1e-9  # keeps logarithms and quotients finite where there is nothing; far below any energy in GeV or MeV


def constituent_features(p4: Any, xp: Any = np) -> tuple[Any, Any]:
    """Describe the constituents of jets relative to their jet.

    With the jet J = Σ_i p_i, for every constituent i:
    ln(pT_i / pT_J), ln E_i, Δη_i = η_i - η_J, Δφ_i = φ_i - φ_J in (-π, π], ΔR_i = sqrt(Δη_i² + Δφ_i²).
    Δφ is the angle between two transverse vectors, so that there is no seam at φ = ±π.

    Args:
        p4: four-vectors E, px, py, pz, shape (rows, P, 4), in GeV or MeV; zeros where there is no constituent.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        features: shape (rows, P, 5), in the order of `CONSTITUENT_FEATURES`; logarithms of the unit of `p4`,
            angles in rad; zeros where there is no constituent.
        mask: shape (rows, P, 1), dimensionless, 1 where there is a constituent, else 0.

    Source: the preprocessing of arXiv:1902.09914, section 2, and of arXiv:1902.08570, table 2.

    Example:
        >>> features, mask = constituent_features(np.array([[[5.0, 3.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0]]]))
        >>> features[0, 0].round(3).tolist(), mask[0, :, 0].tolist()
        ([0.0, 1.609, 0.0, 0.0, 0.0], [1.0, 0.0])
    """
    energy = p4[..., 0]
    exists = energy > 0
    px, py, pz = (xp.where(exists, p4[..., i], 0.0) for i in (1, 2, 3))
    pt = _root(px * px + py * py, xp)
    jet_px, jet_py, jet_pz = (xp.sum(p, axis=1, keepdims=True) for p in (px, py, pz))
    jet_pt = _root(jet_px * jet_px + jet_py * jet_py, xp)
    delta_eta = _eta(pt, pz, xp) - _eta(jet_pt, jet_pz, xp)
    delta_phi = _angle(py * jet_px - px * jet_py, px * jet_px + py * jet_py, xp)
    columns = [
        xp.log((pt + _TINY) / (jet_pt + _TINY)),
        xp.log(xp.where(exists, energy, 1.0)),
        delta_eta,
        delta_phi,
        _root(delta_eta * delta_eta + delta_phi * delta_phi, xp),
    ]
    features = xp.stack([xp.where(exists, column, 0.0) for column in columns], axis=-1)
    mask = xp.where(exists, xp.ones_like(energy), xp.zeros_like(energy))
    return features, mask[..., None]


def jet_features(p4: Any, xp: Any = np) -> Any:
    """Describe jets as a whole: ln pT, η, ln m and ln n.

    The mass comes from angles, not from E² - p², whose digits cancel in float32. With massless constituents
    (their masses are far below what a detector resolves), n̂ the jet's direction and n̂_i the constituents':
    m² = (Σ_i |p_i| + |Σ_i p_i|) · Σ_i |p_i| (1 - cos θ_i), with 1 - cos θ_i = |n̂_i - n̂|² / 2.

    Args:
        p4: four-vectors E, px, py, pz, shape (rows, P, 4), in GeV or MeV; zeros where there is no constituent.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        Features of shape (rows, 4), in the order of `JET_FEATURES`: logarithms of the unit of `p4`, of which
        ln m ends at a thousandth of the jet's momentum; η and ln n dimensionless; zeros for an empty jet.

    Source: definition; the sum over angles follows from E - |p| = Σ_i (E_i - p_i · n̂).

    Example:
        >>> two = np.array([[[50.0, 30.0, 0.0, 40.0], [50.0, 30.0, 0.0, -40.0]]])
        >>> log_pt, eta, log_mass, log_n = jet_features(two)[0]
        >>> float(np.exp(log_pt).round(6)), float(eta), float(np.exp(log_mass).round(3)), float(np.exp(log_n).round(6))
        (60.0, 0.0, 80.0, 2.0)
    """
    exists = p4[..., :1] > 0
    momenta = xp.where(exists, p4[..., 1:], 0.0)
    sizes = _root(xp.sum(momenta * momenta, axis=-1, keepdims=True), xp)
    jet = xp.sum(momenta, axis=1, keepdims=True)
    jet_size = _root(xp.sum(jet * jet, axis=-1, keepdims=True), xp)
    apart = momenta / xp.where(sizes > 0, sizes, 1.0) - jet / xp.where(jet_size > 0, jet_size, 1.0)
    excess = xp.sum(sizes * xp.sum(apart * apart, axis=-1, keepdims=True), axis=1) / 2
    mass_squared = (xp.sum(sizes, axis=1) + jet_size[:, 0]) * excess + (1e-3 * jet_size[:, 0]) ** 2
    jet_pt = _root(jet[:, 0, :1] * jet[:, 0, :1] + jet[:, 0, 1:2] * jet[:, 0, 1:2], xp)
    number = xp.sum(xp.where(exists, xp.ones_like(sizes), xp.zeros_like(sizes)), axis=1)
    columns = [
        xp.log(jet_pt + _TINY),
        _eta(jet_pt, jet[:, 0, 2:], xp),
        0.5 * xp.log(mass_squared + _TINY),
        xp.log(number + _TINY),
    ]
    features = xp.concatenate(columns, axis=-1)
    return xp.where(number > 0, features, xp.zeros_like(features))


def _eta(pt: Any, pz: Any, xp: Any) -> Any:
    """Return the pseudorapidity arsinh(pz / pT), written without the cancellation at pz < 0."""
    size = _root(pt * pt + pz * pz, xp)
    return xp.sign(pz) * xp.log((size + xp.abs(pz) + _TINY) / (pt + _TINY))


def _angle(across: Any, along: Any, xp: Any) -> Any:
    """Return the angle of a vector, 0 for the null vector, where its gradient would not be finite."""
    nothing = xp.logical_and(across == 0, along == 0)
    return xp.arctan2(across, xp.where(nothing, 1.0, along))


def _root(squares: Any, xp: Any) -> Any:
    """Return the square root, with gradient 0 instead of infinity at 0."""
    positive = squares > 0
    return xp.where(positive, xp.sqrt(xp.where(positive, squares, 1.0)), 0.0)
