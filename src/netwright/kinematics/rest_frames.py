"""Features of particles boosted into the rest frames of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netwright.kinematics._safe import safe_divide, safe_sqrt
from netwright.kinematics.boost import into_rest_frame
from netwright.kinematics.combination import combined
from netwright.kinematics.excess import mass_squared

__all__ = ["REST_FRAME_FEATURES", "rest_frame_features"]

REST_FRAME_FEATURES = ("E", "pt", "eta", "phi", "m", "pair_cos")

_SLOW = 0.1  # relative to an energy: the boost's rounding makes the direction of much smaller momenta meaningless


def rest_frame_features(
    p4: Any, excess: Any, weights: Any, features: Sequence[str] = REST_FRAME_FEATURES, xp: Any = np
) -> Any:
    """Combine particles and rest frames, boost the former into the latter, and compute features of the result.

    Particle m is Σ_i w_im p_i, its rest frame that of Σ_i v_im p_i. Features are E, pT, η, φ and m of each boosted
    particle, φ as (px, py) / pT without a discontinuity, and the cosine of the angle between each pair. In η, φ and
    the cosine, pT² and p² are replaced by pT² + s² and p² + s² with s = E / 10, so that a particle at rest has no
    direction instead of one from rounding; |η| is limited to 3. The mass is computed before the boost, which preserves
    it.

    Args:
        p4: four-vectors E, px, py, pz, shape (rows, P, 4), in GeV or MeV.
        excess: E - |p| from `energy_excess`, shape (rows, P, 1), in that unit.
        weights: w and v, shape (2, P, M), dimensionless, not negative.
        features: some of `REST_FRAME_FEATURES`.
        xp: array namespace, ``numpy`` or ``keras.ops``.

    Returns:
        Features of shape (rows, n), first E of all particles, then pT and so on in the order of `features`: M numbers
        each, 2 M for φ, M (M - 1) / 2 for pair_cos; E, pT and m in the unit of the four-vectors, the others
        dimensionless; finite, and 0 for null vectors.

    Source: arXiv:1812.09722, section 2.

    Example:
        >>> muons = np.array([[[5.0, 3.0, 0.0, 4.0], [5.0, -3.0, 0.0, 4.0]]])
        >>> weights = np.array([[[1, 0], [0, 1]], [[1, 1], [1, 1]]])
        >>> rest_frame_features(muons, np.zeros((1, 2, 1)), weights, ["E", "m"]).round(6).tolist()
        [[3.0, 3.0, 0.0, 0.0]]
    """
    momentum, above = combined(p4, excess, weights[0], xp)
    energy, boosted = into_rest_frame(momentum, above, *combined(p4, excess, weights[1], xp), xp)
    px, py, pz = boosted[..., 0], boosted[..., 1], boosted[..., 2]
    slow = (_SLOW * energy) ** 2
    pt_squared = px * px + py * py
    pt = safe_sqrt(pt_squared + slow, xp)
    columns = {
        "E": lambda: [energy],
        "pt": lambda: [safe_sqrt(pt_squared, xp)],
        "eta": lambda: [_arsinh(safe_divide(pz, pt, xp), xp)],
        "phi": lambda: [safe_divide(px, pt, xp), safe_divide(py, pt, xp)],
        "m": lambda: [safe_sqrt(mass_squared(safe_sqrt(xp.sum(momentum * momentum, axis=-1), xp), above), xp)],
        "pair_cos": lambda: [
            _cosines(safe_divide(boosted, safe_sqrt(pt_squared + pz * pz + slow, xp)[..., None], xp), xp)
        ],
    }
    return xp.concatenate([column for name in features for column in columns[name]()], axis=-1)


def _arsinh(x: Any, xp: Any) -> Any:
    size = xp.abs(x)
    return xp.sign(x) * xp.log(size + xp.sqrt(size * size + 1.0))


def _cosines(directions: Any, xp: Any) -> Any:
    """Return the cosines of the angles between each pair of directions, shape (rows, M (M - 1) / 2)."""
    first, second = np.triu_indices(directions.shape[1], k=1)
    return xp.sum(xp.take(directions, first, axis=1) * xp.take(directions, second, axis=1), axis=-1)
