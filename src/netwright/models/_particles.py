"""Particles as seen by bodies: features, momenta, directions, and a mask of existing particles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras

from netwright.layers import EtaPhi

__all__ = ["Particles"]


@dataclass(frozen=True)
class Particles:
    """The particles of a group, as symbolic tensors; P is the largest number in a row.

    Momenta and directions are built when a body first uses them, once for all bodies; they are float32 regardless of
    the precision of the body.

    Attributes:
        group: name of the group.
        features: shape (rows, P, features), scaled; where there is no particle, the value for missing features.
        mask: shape (rows, P, 1), 1 where there is a particle, else 0.
        typical: a typical number of particles in a row.
        p4: E, px, py, pz, shape (rows, P, 4), in the unit of the input files; zeros where there is no particle. None
            if the particles have no four-vectors.
        gev: the unit of the input files in GeV.
    """

    group: str
    features: Any
    mask: Any
    typical: float
    p4: Any = None
    gev: float = 1.0

    @cached_property
    def momenta(self) -> Any:
        """E, px, py, pz in GeV, shape (rows, P, 4); zeros where there is no particle."""
        if self.gev == 1:
            return self.p4
        return keras.layers.Rescaling(self.gev, dtype="float32", name=f"{self.group}-momenta-in_gev")(self.p4)

    @cached_property
    def eta_phi(self) -> Any:
        """Pseudorapidity η, dimensionless, and azimuth φ in rad, shape (rows, P, 2); zeros without a particle."""
        return EtaPhi(dtype="float32", name=f"{self.group}-eta_phi")(self.p4)
