"""The fast detector: from particles to energy-flow objects, for many events at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netwright.simulation import _detector_card as card
from netwright.simulation._particles import Particles
from netwright.simulation.propagation import propagate
from netwright.simulation.towers import (
    calorimeter_sigma,
    ecal_fraction,
    keep_significant,
    tower_bounds,
    tower_of,
)
from netwright.simulation.tracks import charge_of, efficiency, log_normal, species_of, track_resolution

__all__ = ["FlowObjects", "detect", "neutral_excess"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class FlowObjects:
    """The reconstructed objects: tracks and neutral excesses of towers, all massless.

    Attributes:
        event: index of the event of each object, ascending, shape (M,).
        momentum: E, px, py, pz in GeV, shape (M, 4).
    """

    event: Integers
    momentum: Floats


@dataclass(frozen=True)
class _Tracks:
    """Tracks that point to a tower: tower, measured momentum (GeV), σ(pT)/pT, and whether the ECAL stops them."""

    event: Integers
    tower: Integers
    momentum: Floats
    resolution: Floats
    in_ecal: Mask
    in_hcal: Mask


def detect(particles: Particles, rng: np.random.Generator) -> FlowObjects:
    """Return the reconstructed objects of particles.

    Charged particles bend on their way to the calorimeter, and some become tracks with a smeared pT; every particle
    deposits its energy in the towers of two calorimeters, whose sums are smeared; energy flow uses the tracks, and the
    excess of a tower over its tracks in a direction that is uniform in the tower.

    Args:
        particles: stable particles of many events, momenta in GeV.
        rng: random number generator.

    Returns:
        The objects, ordered by event, momenta in GeV.

    Source: J. de Favereau et al., JHEP 02 (2014) 057, arXiv:1307.6346, section 3, with the numbers of the card.

    Example:
        >>> import numpy as np
        >>> photon = Particles(np.array([0]), np.array([22]), np.array([[50.0, 50.0, 0.0, 0.0]]), np.zeros((1, 3)))
        >>> seen = detect(photon, np.random.default_rng(1))
        >>> print(seen.event, bool(abs(seen.momentum[0, 0] - 50) < 5))
        [0] True
    """
    charge = charge_of(particles.pdg)
    eta, phi, inside = propagate(particles.momentum, particles.vertex, charge)
    tower = tower_of(eta, phi)
    reached = inside & (tower >= 0) & ~np.isin(np.abs(particles.pdg), card.INVISIBLE_PDG)
    particles, charge, eta, tower = particles.where(reached), charge[reached], eta[reached], tower[reached]

    number = particles.event * (int(tower.max(initial=0)) + 1) + tower
    hit, index = np.unique(number, return_inverse=True)
    tower_of_hit = np.zeros(len(hit), dtype=np.int64)
    tower_of_hit[index] = tower
    event = np.zeros(len(hit), dtype=np.int64)
    event[index] = particles.event

    tracks = _track(particles, charge, eta, index, rng)
    low_eta, high_eta, low_phi, high_phi = tower_bounds(tower_of_hit)
    centre = 0.5 * (low_eta + high_eta)
    fraction = ecal_fraction(particles.pdg)
    stops = np.where(np.abs(particles.pdg) == 13, 0.0, particles.momentum[:, 0])
    in_ecal = np.bincount(index, stops * fraction, len(hit)).astype(np.float64)
    in_hcal = np.bincount(index, stops * (1 - fraction), len(hit)).astype(np.float64)
    ecal, ecal_scale = neutral_excess(card.ECAL, in_ecal, centre, _on(tracks, tracks.in_ecal), rng)
    hcal, hcal_scale = neutral_excess(card.HCAL, in_hcal, centre, _on(tracks, tracks.in_hcal), rng)
    tracks.momentum[tracks.in_ecal] *= ecal_scale[:, None]
    tracks.momentum[tracks.in_hcal] *= hcal_scale[:, None]

    # Both excesses of a tower share one direction, as in the older card's single Calorimeter module.
    towards = _unit_vectors(rng.uniform(low_eta, high_eta), rng.uniform(low_phi, high_phi))
    parts = [(tracks.event, tracks.momentum), (event, ecal[:, None] * towards), (event, hcal[:, None] * towards)]
    events, momenta = (np.concatenate(column) for column in zip(*parts, strict=True))
    positive = np.flatnonzero(momenta[:, 0] > 0)
    order = positive[np.argsort(events[positive], kind="stable")]
    return FlowObjects(events[order], momenta[order])


def neutral_excess(
    calorimeter: card.Calorimeter,
    energy: Floats,
    eta: Floats,
    tracks: tuple[Integers, Floats, Floats],
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Return the energy that one calorimeter measures beyond the tracks, and its corrections of the tracks.

    A tower's energy is smeared and dropped below the thresholds. Tracks that the tracker measures better than the
    calorimeter are subtracted; the remainder is the excess, if it passes the thresholds again. If some track is
    measured better by the calorimeter, σ(E)/E < σ(pT)/pT, there is no excess: such tracks are scaled to add up to the
    remainder.

    Args:
        calorimeter: its constants and thresholds.
        energy: true energy in each tower, GeV, shape (T,).
        eta: pseudorapidity of the towers' centres, shape (T,).
        tracks: the tracks that end in this calorimeter: index of the tower, measured energy in GeV, and σ(pT)/pT,
            each of shape (K,).
        rng: random number generator.

    Returns:
        The excess per tower in GeV, shape (T,), and the factor for each track, shape (K,).

    Source: the energy flow of Delphes 3.3 (its CHANGELOG: "improved energy-flow algorithm for high momentum").

    Example:
        >>> import numpy as np
        >>> no_tracks = (np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
        >>> excess, _ = neutral_excess(
        ...     card.ECAL, np.array([40.0, 0.1]), np.zeros(2), no_tracks, np.random.default_rng(1)
        ... )
        >>> print(bool(excess[0] > 30), excess[1])
        True 0.0
    """
    tower, track_energy, track_resolution = tracks
    smeared = log_normal(energy, calorimeter_sigma(calorimeter, energy, eta), rng)
    significant = keep_significant(calorimeter, smeared, eta)
    coarse = calorimeter_sigma(calorimeter, track_energy, eta[tower]) < track_resolution * track_energy
    fine_sum = np.bincount(tower, track_energy * ~coarse, len(energy))
    coarse_sum = np.bincount(tower, track_energy * coarse, len(energy))
    remaining = significant - fine_sum
    excess = np.where(coarse_sum > 0, 0.0, keep_significant(calorimeter, remaining, eta))
    scale = np.ones(len(tower))
    scale[coarse] = np.maximum(remaining[tower[coarse]], 0.0) / coarse_sum[tower[coarse]]
    return excess, scale


def _track(particles: Particles, charge: Integers, eta: Floats, tower: Integers, rng: np.random.Generator) -> _Tracks:
    """Return the reconstructed tracks, with smeared pT and no mass."""
    pt = np.hypot(particles.momentum[:, 1], particles.momentum[:, 2])
    species = species_of(particles.pdg)
    is_tracked = (charge != 0) & (rng.random(len(charge)) < efficiency(species, eta, pt))
    momentum, pt, species = particles.momentum[is_tracked], pt[is_tracked], species[is_tracked]
    spread = track_resolution(species, eta[is_tracked], pt)
    momentum = momentum * (log_normal(pt, spread * pt, rng) / pt)[:, None]
    momentum[:, 0] = np.sqrt((momentum[:, 1:] ** 2).sum(axis=1))
    return _Tracks(particles.event[is_tracked], tower[is_tracked], momentum, spread, species == 1, species == 0)


def _on(tracks: _Tracks, chosen: Mask) -> tuple[Integers, Floats, Floats]:
    """Return tower, measured energy (GeV) and σ(pT)/pT of the selected tracks."""
    return tracks.tower[chosen], tracks.momentum[chosen, 0], tracks.resolution[chosen]


def _unit_vectors(eta: Floats, phi: Floats) -> Floats:
    """Return massless four-vectors of energy 1, shape (N, 4)."""
    pt = 1 / np.cosh(eta)
    return np.stack([np.ones_like(eta), pt * np.cos(phi), pt * np.sin(phi), np.tanh(eta)], axis=1)
