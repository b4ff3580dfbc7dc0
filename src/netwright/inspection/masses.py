"""Masses of four-vectors in float32: small differences of large numbers, which lose digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from netwright.inspection.features import Feature

__all__ = ["LostMass", "lost_mass", "mass_features"]

Floats = npt.NDArray[np.float64]

MIN_ROWS = 100
ROUNDING = 2.0**-44  # of E², below which E² - p² is rounding of float64


@dataclass(frozen=True)
class LostMass:
    """How much the mass of a particle changes in float32.

    Attributes:
        names: of its four components.
        change: median of |m² in float32 - m²| / m², dimensionless.
        energy: median, in the unit of the file.
        mass: median, in the unit of the file.
    """

    names: tuple[str, ...]
    change: float
    energy: float
    mass: float


def lost_mass(
    features: Sequence[Feature],
    values: Floats,
    vectors: Sequence[npt.NDArray[np.int64]],
    components: Sequence[tuple[str, ...]],
) -> LostMass | None:
    """Find the particle whose mass changes most when E, px, py and pz become float32: by up to 2⁻²³ E² / m².

    Args:
        features: all features.
        values: of a subset of the rows, shape (features, m), in their units; NaN where there is no particle.
        vectors: the features of the components of each four-vector, shape (P, 4) each.
        components: what the four are, of each of them.

    Returns:
        The first particle of the four-vectors for which it is worst; None where there are none with a mass in float64.

    Source: definition, m² = E² - p².
    """
    losses = []
    for particles, basis in zip(vectors, components, strict=True):
        if basis != ("E", "px", "py", "pz") or not len(particles) or not all(features[i].double for i in particles[0]):
            continue
        p4 = values[particles[0]]
        with np.errstate(over="ignore", invalid="ignore"):
            square = _mass_square(p4)
            has_mass = np.isfinite(square) & (square > ROUNDING * p4[0] ** 2)
            change = (
                np.abs(_mass_square(p4.astype(np.float32).astype(np.float64)) - square)[has_mass] / square[has_mass]
            )
        if np.count_nonzero(has_mass) >= MIN_ROWS:
            energy, mass = float(np.median(p4[0][has_mass])), float(np.sqrt(np.median(square[has_mass])))
            losses.append(
                LostMass(tuple(features[i].name for i in particles[0]), float(np.median(change)), energy, mass)
            )
    return max(losses, key=lambda loss: loss.change, default=None)


def mass_features(
    features: Sequence[Feature], vectors: Sequence[npt.NDArray[np.int64]], components: Sequence[tuple[str, ...]]
) -> set[str]:
    """Return the names of the features that are the mass of a four-vector.

    Args:
        features: all features.
        vectors: the features of the components of each four-vector, shape (P, 4) each.
        components: what the four are, of each of them.

    Returns:
        Names; none where four-vectors have no mass among their components.
    """
    with_mass = [
        (particles, basis.index("m")) for particles, basis in zip(vectors, components, strict=True) if "m" in basis
    ]
    return {features[i].name for particles, component in with_mass for i in particles[:, component]}


def _mass_square(p4: Floats) -> Floats:
    """Return E² - p², as (E - |p|) (E + |p|)."""
    size = np.sqrt((p4[1:] ** 2).sum(axis=0))
    return np.asarray((p4[0] - size) * (p4[0] + size))
