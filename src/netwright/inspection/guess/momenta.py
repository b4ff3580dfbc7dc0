"""What the numbers of particles in plain arrays are, by their values: momenta, directions, and further ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["MAX_NUMBERS", "ParticleNumbers", "numbers_of_particles", "padded_behind"]

Floats = npt.NDArray[np.floating]
Flags = npt.NDArray[np.bool_]

MAX_NUMBERS = 32  # of a particle; an array with more in its last dimension is an image or something else
_MIN_PARTICLES = 3  # in a row, which tell an array of particles
_LARGEST_ETA = 10.0
_TURN = (5.0, 2 * np.pi + 1e-3)  # rad, that φ of many particles spans at the least, and at the most
_ROUNDING = 1e-3  # by which |p| may exceed E
_FAST = 0.8  # share of E that |p| is, where E is the last number
_SLOW = 0.3  # the same where E is the first; pT beside relative angles has hardly any
_FEW = 20  # different whole numbers, which are kinds of particles


@dataclass(frozen=True)
class ParticleNumbers:
    """What the numbers of each particle are.

    Attributes:
        names: of the numbers, in their order: pt, eta, phi where they are known; E, px, py, pz, E first or last; else
            their positions. A kind of particles has a name that begins with "type".
        presence: the position of a number that is 0 only where there is no particle; None where there is none.
    """

    names: tuple[str, ...]
    presence: int | None

    @property
    def cartesian(self) -> bool:
        """Whether the numbers are E, px, py, pz in this order and nothing else."""
        return self.names == ("E", "px", "py", "pz")

    @property
    def momenta(self) -> bool:
        """Whether momenta are among the numbers."""
        return "pt" in self.names or "px" in self.names


def numbers_of_particles(values: Floats, *, strict: bool = False) -> ParticleNumbers | None:
    """Find out what the numbers of particles are.

    Energies are not smaller than momenta; φ goes around the beam, η has both signs, and pT is positive. What is known
    as neither is a number of a particle where particles are followed by zeros only.

    Args:
        values: of some rows, shape (rows, P, F), in any unit; zeros where there is no particle.
        strict: whether the array was made of columns that may be anything, so that only momenta count, and each of the
            P particles has to look like one.

    Returns:
        What they are; None where they are hardly those of particles.

    Source: definition.

    Example:
        >>> random = np.random.default_rng(1)
        >>> eta, phi = random.normal(size=(100, 5)), random.uniform(-np.pi, np.pi, (100, 5))
        >>> numbers_of_particles(np.stack([random.exponential(9, (100, 5)), eta, phi], axis=-1)).names
        ('pt', 'eta', 'phi')
    """
    if values.shape[1] < _MIN_PARTICLES or not 3 <= values.shape[2] <= MAX_NUMBERS:
        return None
    if not np.isfinite(values).all():
        return None
    exists = np.asarray((values != 0).any(axis=-1))
    if not exists.any():
        return None
    groups = [values[:, position] for position in range(values.shape[1])] if strict else [values[exists]]
    groups = [particles[(particles != 0).any(axis=-1)] for particles in groups]
    groups = [particles for particles in groups if len(particles)]
    if all(_is_cartesian(particles) for particles in groups):
        names = ["E", "px", "py", "pz"]
    elif all(_is_cartesian(np.roll(particles, 1, axis=1)) and _is_fast(particles) for particles in groups):
        names = ["px", "py", "pz", "E"]
    elif all(_has_angles(particles, around=len(particles) >= len(values) / 2) for particles in groups):
        names = ["pt", "eta", "phi"]
    elif strict or not padded_behind(exists):
        return None
    else:
        names = []
    particles = values[exists]
    further = range(len(names), values.shape[2])
    presence = names.index("E") if "E" in names else 0 if names else _never_zero(particles)
    names += [f"type{position}" if _is_kind(particles[:, position]) else str(position) for position in further]
    return ParticleNumbers(tuple(names), presence)


def padded_behind(exists: Flags) -> bool:
    """Return whether no particle comes after one that is not there, and some are not there.

    Args:
        exists: which particles are there, shape (rows, P).

    Returns:
        True for arrays that are padded behind the last particle.

    Example:
        >>> padded_behind(np.array([[True, True, False]])), padded_behind(np.array([[True, False, True]]))
        (True, False)
    """
    return bool(not exists.all() and (exists[:, :-1] >= exists[:, 1:]).all())


def _is_cartesian(particles: Floats) -> bool:
    """Return whether numbers of particles, shape (particles, F), are E, px, py, pz."""
    if particles.shape[1] != 4:
        return False
    momentum = np.sqrt(np.square(particles[:, 1:].astype(np.float64)).sum(axis=1))
    moves = np.median(momentum) > _SLOW * np.median(particles[:, 0])
    return bool(moves and np.mean(particles[:, 0] >= momentum * (1 - _ROUNDING)) > 0.99)


def _is_fast(particles: Floats) -> bool:
    """Return whether |p| is most of E, the last of four numbers, in most particles: no mask."""
    momentum = np.sqrt(np.square(particles[:, :3].astype(np.float64)).sum(axis=1))
    return not _is_kind(particles[:, 3]) and bool(np.median(momentum) > _FAST * np.median(particles[:, 3]))


def _has_angles(particles: Floats, *, around: bool) -> bool:
    """Return whether numbers of particles, shape (particles, F), begin with pT, η, φ; φ spans a turn if asked."""
    pt, eta, phi = (particles[:, position] for position in range(3))
    low, high = float(phi.min()), float(phi.max())
    in_range = high - low <= _TURN[1] and low >= -_TURN[1] / 2 and (not around or high - low >= _TURN[0])
    return bool(in_range and (pt > 0).all() and np.abs(eta).max() <= _LARGEST_ETA and (not around or eta.min() < 0))


def _is_kind(numbers: Floats) -> bool:
    distinct = np.unique(numbers)
    return 2 < len(distinct) <= _FEW and bool((distinct == np.round(distinct)).all())


def _never_zero(particles: Floats) -> int | None:
    """Return the number that stays the farthest from 0, compared with its largest, such as a mask; None if all are."""
    smallest = np.abs(particles).min(axis=0) / np.maximum(np.abs(particles).max(axis=0), np.finfo(np.float64).tiny)
    best = int(smallest.argmax())
    return best if smallest[best] > 0 else None
