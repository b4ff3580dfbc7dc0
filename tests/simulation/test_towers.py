"""Towers: geometry against a slow search, thresholds against the card."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.simulation._detector_card import ECAL, HCAL, TOWER_ETA, TOWER_PHI_COUNT
from netwright.simulation.towers import (
    calorimeter_sigma,
    ecal_fraction,
    keep_significant,
    tower_bounds,
    tower_of,
)


@given(eta=st.floats(-4.89, 4.9), phi=st.floats(-math.pi, math.pi))
def test_a_point_lies_in_its_tower(eta, phi):
    tower = tower_of(np.array([eta]), np.array([phi]))
    low_eta, high_eta, low_phi, high_phi = (float(edge[0]) for edge in tower_bounds(tower))
    assert low_eta < eta <= high_eta
    assert low_phi - 1e-9 <= phi <= high_phi + 1e-9


@given(eta=st.floats(-6, 6), phi=st.floats(-3, 3))
def test_slow_search_finds_the_same_ring(eta, phi):
    ring = [i for i in range(len(TOWER_PHI_COUNT)) if TOWER_ETA[i] < eta <= TOWER_ETA[i + 1]]
    tower = tower_of(np.array([eta]), np.array([phi]))
    assert (tower[0] >= 0) == bool(ring)
    if ring:
        width = tower_bounds(tower)[3][0] - tower_bounds(tower)[2][0]
        assert width == pytest.approx(2 * math.pi / TOWER_PHI_COUNT[ring[0]])


def test_both_sides_of_the_seam_are_towers_of_their_own():
    towers = tower_of(np.zeros(2), np.array([-math.pi, math.pi]))
    assert towers[0] != towers[1]
    assert (towers >= 0).all()


def test_fine_towers_in_the_middle_coarse_ones_outside():
    towers = tower_of(np.array([1.23, 4.0]), np.zeros(2))
    low_eta, high_eta, low_phi, high_phi = tower_bounds(towers)
    np.testing.assert_allclose(high_eta - low_eta, [0.1, 0.2])
    np.testing.assert_allclose(np.degrees(high_phi - low_phi), [10, 20])


@given(energy=st.floats(0, 2000), eta=st.floats(-1.6, 1.6))
def test_resolutions_follow_the_card(energy, eta):
    result = [calorimeter_sigma(part, np.array([energy]), np.array([eta]))[0] for part in (ECAL, HCAL)]
    assert result[0] == pytest.approx(math.sqrt((0.0017 * energy) ** 2 + 0.101**2 * energy))
    assert result[1] == pytest.approx(math.sqrt((0.0302 * energy) ** 2 + 0.5205**2 * energy + 1.59**2))


def test_thresholds():
    energies, middle = np.array([0.49, 0.51, -1.0]), np.zeros(3)
    assert keep_significant(ECAL, energies, middle).tolist() == [0, 0.51, 0]
    assert keep_significant(HCAL, np.array([1.73, 1.74]), np.zeros(2)).tolist() == [0, 1.74]


def test_fractions():
    assert ecal_fraction(np.array([22, -11, 111, 310, -3122, 211, 2112])).tolist() == [1, 1, 1, 0.3, 0.3, 0, 0]
