"""The calorimeters: the tower hit by a particle, the energy resolution, and the thresholds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netwright.simulation import _detector_card as card

__all__ = ["calorimeter_sigma", "ecal_fraction", "keep_significant", "tower_bounds", "tower_of"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_PHI_STRIDE = 64  # larger than the number of towers in any ring, so that ring·stride + part is unique


def ecal_fraction(pdg: Integers) -> Floats:
    """Return the fraction of a particle's energy in the electromagnetic calorimeter.

    Args:
        pdg: particle codes, shape (N,).

    Returns:
        Fractions between 0 and 1, shape (N,); the rest goes to the hadronic calorimeter.

    Source: the card's EnergyFraction (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> print(ecal_fraction(np.array([22, -11, 211, 3122])))
        [1.  1.  0.  0.3]
    """
    size = np.abs(pdg)
    fraction = np.zeros(len(pdg))
    for code, value in card.ECAL_FRACTION_OF_PDG.items():
        fraction[size == code] = value
    return fraction


def tower_of(eta: Floats, phi: Floats) -> Integers:
    """Return the tower that contains a point of the calorimeter.

    Args:
        eta: pseudorapidities, shape (N,).
        phi: azimuths in [-π, π], rad, shape (N,).

    Returns:
        A number per tower, shape (N,); -1 outside all towers.

    Source: the older card's EtaPhiBins (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> towers = tower_of(np.array([0.05, 0.06, 0.05, 7.0]), np.array([0.01, 0.02, 0.2, 0.0]))
        >>> print(towers[0] == towers[1], towers[0] == towers[2], towers[3])
        True False -1
    """
    ring = np.searchsorted(card.TOWER_ETA, eta, side="left") - 1
    inside = (ring >= 0) & (ring < len(card.TOWER_PHI_COUNT))
    count = card.TOWER_PHI_COUNT[np.where(inside, ring, 0)]
    sector = np.ceil((phi + np.pi) / (2 * np.pi) * count).astype(np.int64) - 1
    return np.where(inside, ring * _PHI_STRIDE + np.clip(sector, 0, count - 1), -1)


def tower_bounds(tower: Integers) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the edges of towers.

    Args:
        tower: numbers from `tower_of`, none of them -1, shape (T,).

    Returns:
        Lower and upper edge in eta, lower and upper edge in phi (rad), each of shape (T,).

    Source: the older card's EtaPhiBins (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> edges = tower_bounds(tower_of(np.array([0.05]), np.array([0.01])))
        >>> print(*(edge.round(3) for edge in edges))
        [0.] [0.1] [0.] [0.175]
    """
    ring, sector = np.divmod(tower, _PHI_STRIDE)
    width = 2 * np.pi / card.TOWER_PHI_COUNT[ring]
    low = -np.pi + sector * width
    return card.TOWER_ETA[ring], card.TOWER_ETA[ring + 1], low, low + width


def calorimeter_sigma(calorimeter: card.Calorimeter, energy: Floats, eta: Floats) -> Floats:
    """Return the resolution σ(E) = sqrt((constant·E)² + stochastic²·E + noise²).

    Args:
        calorimeter: its constants by region of abs(eta).
        energy: E in GeV, not negative, shape (N,).
        eta: pseudorapidity of the tower's centre, shape (N,).

    Returns:
        σ(E) in GeV, shape (N,).

    Source: the card's ResolutionFormula (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> print(calorimeter_sigma(card.ECAL, np.array([100.0]), np.array([0.5])).round(3))
        [1.024]
    """
    region = np.searchsorted(calorimeter.eta, np.abs(eta), side="left").clip(max=len(calorimeter.eta) - 1)
    constant, stochastic, noise = (
        np.asarray(terms)[region] for terms in (calorimeter.constant, calorimeter.stochastic, calorimeter.noise)
    )
    return np.asarray(np.sqrt((constant * energy) ** 2 + stochastic**2 * energy + noise**2))


def keep_significant(calorimeter: card.Calorimeter, energy: Floats, eta: Floats) -> Floats:
    """Return the energies above the minimum energy and significance, 0 for the others.

    Args:
        calorimeter: its constants and thresholds.
        energy: E in GeV, may be negative, shape (N,).
        eta: pseudorapidity of the tower's centre, shape (N,).

    Returns:
        E or 0, GeV, shape (N,).

    Source: the card's EnergyMin and EnergySignificanceMin (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> print(keep_significant(card.HCAL, np.array([1.7, 1.8, -3.0]), np.zeros(3)))
        [0.  1.8 0. ]
    """
    floor = np.maximum(energy, 0.0)
    sigma = calorimeter_sigma(calorimeter, floor, eta)
    is_significant = (floor >= calorimeter.energy_min) & (floor >= calorimeter.significance_min * sigma)
    return np.where(is_significant, energy, 0.0)
