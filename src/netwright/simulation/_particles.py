"""Particles of many events as flat arrays: the output of the generator and the input of the detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Particles", "join"]


@dataclass(frozen=True)
class Particles:
    """Particles of many events, one after another.

    Attributes:
        event: index of the event of each particle, from 0, shape (N,).
        pdg: particle codes of the Particle Data Group, shape (N,).
        momentum: E, px, py, pz in GeV, shape (N, 4).
        vertex: production vertex of each particle, x, y, z in m, shape (N, 3).
    """

    event: NDArray[np.int64]
    pdg: NDArray[np.int64]
    momentum: NDArray[np.float64]
    vertex: NDArray[np.float64]

    def __len__(self) -> int:
        """Return the number of particles."""
        return len(self.event)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> Particles:
        """Return the selected particles.

        Args:
            chosen: a mask of shape (N,) or indices.

        Returns:
            The particles, in the order of `chosen`.
        """
        return Particles(self.event[chosen], self.pdg[chosen], self.momentum[chosen], self.vertex[chosen])


def join(first: Particles, second: Particles) -> Particles:
    """Return the particles of both, those of `first` before those of `second`.

    Args:
        first: some particles.
        second: more particles of the same events.

    Returns:
        All particles; not ordered by event.
    """
    return Particles(
        np.concatenate([first.event, second.event]),
        np.concatenate([first.pdg, second.pdg]),
        np.concatenate([first.momentum, second.momentum]),
        np.concatenate([first.vertex, second.vertex]),
    )
