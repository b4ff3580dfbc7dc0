"""The table of the fast detector: every number that the simulation uses, with its source.

Sources, named in the comments below:

* card: ``cards/delphes_card_ATLAS.tcl`` of the public Delphes repository (J. de Favereau et al., JHEP 02 (2014)
  057, arXiv:1307.6346), numbers as in the reference table of ``docs/detector.md``.
* older card: the same file before the calorimeter was split into two modules; the reference jets show its
  features (``docs/detector.md``, "How the real jets tell which detector made them").

Lengths in m, momenta and energies in GeV, angles in rad, the field in T.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CHARGE_OF_PDG",
    "ECAL",
    "ECAL_FRACTION_OF_PDG",
    "EFFICIENCY",
    "EFFICIENCY_ETA",
    "EFFICIENCY_PT",
    "HCAL",
    "INVISIBLE_PDG",
    "RESOLUTION",
    "RESOLUTION_ETA",
    "SOLENOID",
    "TOWER_ETA",
    "TOWER_PHI_COUNT",
    "Calorimeter",
    "Solenoid",
]


@dataclass(frozen=True)
class Solenoid:
    """The cylinder in which charged particles bend.

    Attributes:
        radius: radius of the cylinder, m.
        half_length: half the length of the cylinder, m.
        field: magnetic field along the beam, T.
    """

    radius: float
    half_length: float
    field: float


@dataclass(frozen=True)
class Calorimeter:
    """One calorimeter: σ(E)² = (constant·E)² + stochastic²·E + noise², by region of |eta|.

    Attributes:
        eta: upper edges of the regions in |eta|, shape (R,); the last region extends beyond the last edge.
        constant: shape (R,), dimensionless.
        stochastic: shape (R,), GeV^½.
        noise: shape (R,), GeV.
        energy_min: an energy below it is dropped, GeV.
        significance_min: an energy below this many σ(E) is dropped, dimensionless.
    """

    eta: tuple[float, ...]
    constant: tuple[float, ...]
    stochastic: tuple[float, ...]
    noise: tuple[float, ...]
    energy_min: float
    significance_min: float


# card: module ParticlePropagator
SOLENOID: Final = Solenoid(radius=1.15, half_length=3.51, field=2.0)

# card: modules *TrackingEfficiency. Species: charged hadron, electron, muon; then |eta| region, then pT region.
# Nothing is tracked beyond the last |eta| edge or up to the first pT edge.
EFFICIENCY_ETA: Final[tuple[float, ...]] = (1.5, 2.5)
EFFICIENCY_PT: Final[tuple[float, ...]] = (0.1, 1.0, 100.0)
EFFICIENCY: Final[NDArray[np.float64]] = np.array(
    [
        [[0.70, 0.95, 0.95], [0.60, 0.85, 0.85]],
        [[0.73, 0.95, 0.99], [0.50, 0.83, 0.90]],
        [[0.75, 0.99, 0.99], [0.70, 0.98, 0.98]],
    ]
)

# card: modules *MomentumSmearing. σ(pT)/pT = sqrt(a² + (b·pT)²): species, |eta| region, (a, b in 1/GeV).
RESOLUTION_ETA: Final[tuple[float, ...]] = (0.5, 1.5)
RESOLUTION: Final[NDArray[np.float64]] = np.array(
    [
        [[0.06, 1.3e-3], [0.10, 1.7e-3], [0.25, 3.1e-3]],
        [[0.03, 1.3e-3], [0.05, 1.7e-3], [0.15, 3.1e-3]],
        [[0.01, 1.0e-4], [0.015, 1.5e-4], [0.025, 3.5e-4]],
    ]
)

# card: resolutions and minimum energies of ECal and HCal. Deviation: the significance is 1 as in the older card
# (today's is 2): the softest hadronic tower of the real jets has 1.74 GeV, where E = 1.0·σ(E) at 1.73 GeV.
ECAL: Final = Calorimeter((3.2, 4.9), (0.0017, 0.0350), (0.101, 0.285), (0.0, 0.0), 0.5, 1.0)
HCAL: Final = Calorimeter((1.7, 3.2, 4.9), (0.0302, 0.0500, 0.0942), (0.5205, 0.706, 1.00), (1.59, 0.0, 0.0), 1.0, 1.0)

# older card: both calorimeters share these towers (today's ECAL has 0.0174 x 1 degree). The real jets have two
# constituents with exactly the same direction in 4% of the towers: an ECAL and an HCAL excess of one tower.
_FINE_ETA = [-3.2, *(round(-2.5 + 0.1 * step, 1) for step in range(52)), 3.3]
_COARSE_ETA = [-4.9, -4.7, -4.5, -4.3, -4.1, -3.9, -3.7, -3.5, -3.3, -3.0, -2.8, -2.6]
_COARSE_ETA += [2.8, 3.0, 3.2, 3.5, 3.7, 3.9, 4.1, 4.3, 4.5, 4.7, 4.9]
_BY_EDGE = dict.fromkeys(_COARSE_ETA, 18) | dict.fromkeys(_FINE_ETA, 36)
# Tower i spans TOWER_ETA[i] < eta <= TOWER_ETA[i + 1] and one of TOWER_PHI_COUNT[i] equal parts of the circle:
# as in Delphes, the upper edge in eta decides between 10 and 20 degrees.
TOWER_ETA: Final[NDArray[np.float64]] = np.array(sorted(_BY_EDGE))
TOWER_PHI_COUNT: Final[NDArray[np.int64]] = np.array([_BY_EDGE[edge] for edge in sorted(_BY_EDGE)[1:]])

# card: EnergyFraction. Other particles leave all their energy in the HCAL, and so does the rest of a fraction.
ECAL_FRACTION_OF_PDG: Final[dict[int, float]] = {11: 1.0, 22: 1.0, 111: 1.0, 310: 0.3, 3122: 0.3}
# Neutrinos; muons leave nothing in a calorimeter but are tracked (detector.py).
INVISIBLE_PDG: Final[tuple[int, ...]] = (12, 14, 16)

# Particle data: the charged particles that Pythia leaves undecayed, and the long-lived charged baryons.
CHARGE_OF_PDG: Final[dict[int, int]] = {
    11: -1, 13: -1, 211: 1, 321: 1, 2212: 1, 3112: -1, 3222: 1, 3312: -1, 3334: -1,
}  # fmt: skip
