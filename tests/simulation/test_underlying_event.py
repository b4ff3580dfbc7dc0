"""The underlying event: laid over at random, unchanged but for its direction."""

from __future__ import annotations

import numpy as np

from netwright.simulation._particles import Particles
from netwright.simulation.underlying_event import overlay


def pool(rng):
    event = np.repeat(np.arange(5), [3, 0, 4, 1, 2])
    vector = rng.normal(size=(10, 3))
    energy = np.sqrt((vector**2).sum(axis=1))
    return 5, Particles(event, np.arange(10), np.column_stack([energy, vector]), rng.normal(size=(10, 3)))


def test_whole_events_are_turned_and_mirrored():
    rng = np.random.default_rng(1)
    count, particles = pool(rng)
    laid = overlay((count, particles), 200, rng)
    source = laid.pdg  # in this test each particle carries its number
    np.testing.assert_array_equal(laid.momentum[:, 0], particles.momentum[source, 0])
    np.testing.assert_allclose(np.abs(laid.momentum[:, 3]), np.abs(particles.momentum[source, 3]))
    np.testing.assert_allclose(
        np.hypot(laid.momentum[:, 1], laid.momentum[:, 2]),
        np.hypot(particles.momentum[source, 1], particles.momentum[source, 2]),
    )
    # the angle between momentum and vertex in the transverse plane does not change
    before = (particles.momentum[:, 1:3] * particles.vertex[:, :2]).sum(axis=1)[source]
    np.testing.assert_allclose((laid.momentum[:, 1:3] * laid.vertex[:, :2]).sum(axis=1), before, atol=1e-12)
    for event in range(200):
        numbers = source[laid.event == event]
        if len(numbers):
            whole = np.flatnonzero(particles.event == particles.event[numbers[0]])
            np.testing.assert_array_equal(numbers, whole)
    assert (np.diff(laid.event) >= 0).all()


def test_the_pool_is_left_alone():
    rng = np.random.default_rng(2)
    count, particles = pool(rng)
    before = particles.momentum.copy()
    overlay((count, particles), 50, rng)
    np.testing.assert_array_equal(particles.momentum, before)
