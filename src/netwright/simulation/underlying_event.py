"""The underlying event: soft particles that accompany every hard collision, overlaid on the jets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from netwright.simulation._particles import Particles

__all__ = ["overlay", "underlying_events"]

_POOL = 200


@lru_cache(maxsize=1)
def underlying_events(seed: int) -> tuple[int, Particles]:
    """Return a pool of underlying events: multiple parton interactions and beam remnants of hard collisions.

    The hard process of the pool is invisible (a heavy boson to neutrinos, without radiation of its own), at the
    scale of the jets, where the activity has reached its plateau.

    Args:
        seed: from 1 to 900,000,000.

    Returns:
        The number of events, and their particles.

    Source: T. Sjöstrand and M. van Zijl, Phys. Rev. D 36 (1987) 2019 (the activity rises with the hard scale to a
        plateau), as in Pythia 8.
    """
    from netwright.simulation._pythia import Generator

    pool = Generator("underlying", seed).batch(_POOL)
    return pool.count, pool.particles


def overlay(pool: tuple[int, Particles], events: int, rng: np.random.Generator) -> Particles:
    """Return one underlying event for each of some events, randomly rotated about the beam and mirrored along it.

    Args:
        pool: number of underlying events, and their particles, ordered by event.
        events: number of events needed.
        rng: random number generator.

    Returns:
        Particles with `event` from 0 to events - 1, ascending.

    Source: definition (an unpolarised collision of equal beams has both symmetries).

    Example:
        >>> import numpy as np
        >>> one = Particles(np.array([0]), np.array([22]), np.array([[5.0, 3.0, 0.0, 4.0]]), np.zeros((1, 3)))
        >>> laid = overlay((1, one), 2, np.random.default_rng(1))
        >>> print(laid.event, np.hypot(laid.momentum[:, 1], laid.momentum[:, 2]))
        [0 1] [3. 3.]
    """
    count, particles = pool
    edge = np.searchsorted(particles.event, np.arange(count + 1))
    chosen = rng.integers(count, size=events)
    size = np.diff(edge)[chosen]
    event = np.repeat(np.arange(events), size)
    first = np.cumsum(size) - size
    index = np.arange(len(event)) + (edge[chosen] - first)[event]
    angle = rng.uniform(0, 2 * np.pi, events)[event]
    mirror = rng.choice([-1.0, 1.0], events)[event]
    cosine, sine = np.cos(angle), np.sin(angle)
    momentum, vertex = particles.momentum[index], particles.vertex[index]
    for vectors, x in ((momentum, 1), (vertex, 0)):
        vectors[:, x], vectors[:, x + 1] = (
            cosine * vectors[:, x] - sine * vectors[:, x + 1],
            sine * vectors[:, x] + cosine * vectors[:, x + 1],
        )
        vectors[:, x + 2] *= mirror
    return Particles(event, particles.pdg[index], momentum, vertex)
