"""Constituents of a jet relative to the jet."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.kinematics._safe import TINY, angle, pseudorapidity, safe_sqrt

__all__ = ["CONSTITUENT_FEATURES", "constituent_features"]

CONSTITUENT_FEATURES = ("log_relative_pt", "log_e", "delta_eta", "delta_phi", "delta_r")


def constituent_features(p4: Any, xp: Any = np) -> tuple[Any, Any]:
    """Compute features of constituents relative to their jet.

    With the jet J = Σ_i p_i, for every constituent i:
    ln(pT_i / pT_J), ln E_i, Δη_i = η_i - η_J, Δφ_i = φ_i - φ_J in (-π, π], ΔR_i = sqrt(Δη_i² + Δφ_i²).
    Δφ is the angle between two transverse vectors, so that there is no discontinuity at φ = ±π.

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
    pt = safe_sqrt(px * px + py * py, xp)
    jet_px, jet_py, jet_pz = (xp.sum(p, axis=1, keepdims=True) for p in (px, py, pz))
    jet_pt = safe_sqrt(jet_px * jet_px + jet_py * jet_py, xp)
    delta_eta = pseudorapidity(pt, pz, xp) - pseudorapidity(jet_pt, jet_pz, xp)
    delta_phi = angle(py * jet_px - px * jet_py, px * jet_px + py * jet_py, xp)
    columns = [
        xp.log((pt + TINY) / (jet_pt + TINY)),
        xp.log(xp.where(exists, energy, 1.0)),
        delta_eta,
        delta_phi,
        safe_sqrt(delta_eta * delta_eta + delta_phi * delta_phi, xp),
    ]
    features = xp.stack([xp.where(exists, column, 0.0) for column in columns], axis=-1)
    mask = xp.where(exists, xp.ones_like(energy), xp.zeros_like(energy))
    return features, mask[..., None]
