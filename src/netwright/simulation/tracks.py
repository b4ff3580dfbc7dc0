"""The tracker: which charged particles it finds, and its transverse momentum resolution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netwright.simulation import _detector_card as card

__all__ = ["charge_of", "efficiency", "log_normal", "species_of", "track_resolution"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def charge_of(pdg: Integers) -> Integers:
    """Return the electric charge of particles.

    Args:
        pdg: particle codes, shape (N,).

    Returns:
        Charges in units of the proton charge, shape (N,); 0 for particles that are not in the card's table.

    Source: particle data.

    Example:
        >>> import numpy as np
        >>> print(charge_of(np.array([11, -211, 22, 2212])))
        [-1 -1  0  1]
    """
    size = np.abs(pdg)
    charge = np.zeros(len(pdg), dtype=np.int64)
    for code, value in card.CHARGE_OF_PDG.items():
        charge[size == code] = value
    return charge * np.sign(pdg).astype(np.int64)


def species_of(pdg: Integers) -> Integers:
    """Return the row of a charged particle in the card's tables: 0 for a hadron, 1 an electron, 2 a muon.

    Args:
        pdg: particle codes, shape (N,).

    Returns:
        Rows, shape (N,).

    Source: definition.

    Example:
        >>> import numpy as np
        >>> print(species_of(np.array([211, -11, 13])))
        [0 1 2]
    """
    size = np.abs(pdg)
    return np.where(size == 11, 1, np.where(size == 13, 2, 0)).astype(np.int64)


def efficiency(species: Integers, eta: Floats, pt: Floats) -> Floats:
    """Return the probability that the tracker finds a charged particle.

    Args:
        species: 0 for a hadron, 1 an electron, 2 a muon, shape (N,).
        eta: pseudorapidity at the calorimeter, shape (N,).
        pt: transverse momentum in GeV, shape (N,).

    Returns:
        Probabilities, shape (N,): 0 up to 0.1 GeV and beyond abs(eta) = 2.5.

    Source: the card's EfficiencyFormula (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> print(efficiency(np.array([0, 0, 1]), np.array([0.0, 2.0, 3.0]), np.array([0.5, 5.0, 5.0])))
        [0.7  0.85 0.  ]
    """
    region = np.searchsorted(card.EFFICIENCY_ETA, np.abs(eta), side="left")
    band = np.searchsorted(card.EFFICIENCY_PT, pt, side="left") - 1
    covered = (region < len(card.EFFICIENCY_ETA)) & (band >= 0)
    return np.where(covered, card.EFFICIENCY[species, np.where(covered, region, 0), np.where(covered, band, 0)], 0.0)


def track_resolution(species: Integers, eta: Floats, pt: Floats) -> Floats:
    """Return the relative resolution of a track, σ(pT)/pT = sqrt(a² + (b·pT)²).

    Args:
        species: 0 for a hadron, 1 an electron, 2 a muon, shape (N,).
        eta: pseudorapidity at the calorimeter, shape (N,).
        pt: transverse momentum in GeV, shape (N,).

    Returns:
        σ(pT)/pT, at most 1, shape (N,), dimensionless.

    Source: the card's ResolutionFormula (docs/detector.md).

    Example:
        >>> import numpy as np
        >>> print(track_resolution(np.array([0, 2]), np.array([0.2, 0.2]), np.array([1.0, 100.0])).round(4))
        [0.06   0.0141]
    """
    region = np.searchsorted(card.RESOLUTION_ETA, np.abs(eta), side="left")
    a, b = np.moveaxis(card.RESOLUTION[species, region], -1, 0)
    return np.asarray(np.minimum(np.hypot(a, b * pt), 1.0))


def log_normal(mean: Floats, sigma: Floats, rng: np.random.Generator) -> Floats:
    """Return log-normal numbers with the given means and standard deviations.

    With s² = ln(1 + σ²/μ²), exp(ln μ - s²/2 + s·z) for z from the standard normal has mean μ and variance σ².

    Args:
        mean: μ, shape (N,), any unit; where it is 0, so is the result.
        sigma: σ, shape (N,), in the same unit.
        rng: random number generator.

    Returns:
        Non-negative numbers, shape (N,), in the same unit.

    Source: definition (moments of the log-normal distribution).

    Example:
        >>> import numpy as np
        >>> draws = log_normal(np.full(100_000, 5.0), np.full(100_000, 2.0), np.random.default_rng(1))
        >>> print(round(float(draws.mean()), 1), round(float(draws.std()), 1))
        5.0 2.0
    """
    positive = mean > 0
    safe = np.where(positive, mean, 1.0)
    width2 = np.log1p((sigma / safe) ** 2)
    draws = np.exp(np.log(safe) - 0.5 * width2 + np.sqrt(width2) * rng.standard_normal(len(mean)))
    return np.where(positive, draws, 0.0)
