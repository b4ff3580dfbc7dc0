"""Tracks: the card's tables against plain conditions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.simulation.tracks import charge_of, efficiency, log_normal, species_of, track_resolution


def slow_hadron_efficiency(eta, pt):
    if pt <= 0.1 or abs(eta) > 2.5:
        return 0.0
    if abs(eta) <= 1.5:
        return 0.70 if pt <= 1 else 0.95
    return 0.60 if pt <= 1 else 0.85


def slow_hadron_resolution(eta, pt):
    a, b = (0.06, 1.3e-3) if abs(eta) <= 0.5 else (0.10, 1.7e-3) if abs(eta) <= 1.5 else (0.25, 3.1e-3)
    return min(math.sqrt(a * a + (b * pt) ** 2), 1.0)


@given(eta=st.floats(-4, 4), pt=st.floats(0.01, 1000))
def test_hadrons_follow_the_card(eta, pt):
    arguments = np.array([0]), np.array([eta]), np.array([pt])
    assert efficiency(*arguments)[0] == slow_hadron_efficiency(eta, pt)
    assert track_resolution(*arguments)[0] == pytest.approx(slow_hadron_resolution(eta, pt), rel=1e-12)


def test_edges_belong_to_the_lower_region():
    assert efficiency(np.array([0, 0, 1, 1]), np.array([1.5, 2.5, 0.0, 0.0]), np.array([1.0, 5.0, 100.0, 101.0])) == (
        pytest.approx([0.70, 0.85, 0.95, 0.99])
    )


def test_electrons_and_muons_have_their_own_rows():
    species = species_of(np.array([-11, 13, 321]))
    assert species.tolist() == [1, 2, 0]
    assert efficiency(species, np.zeros(3), np.full(3, 5.0)).tolist() == [0.95, 0.99, 0.95]


def test_charges():
    assert charge_of(np.array([11, -11, 13, 211, -321, 2212, -2212, 22, 130, 2112])).tolist() == (
        [-1, 1, -1, 1, -1, 1, -1, 0, 0, 0]
    )


@given(mean=st.floats(0.5, 500), relative=st.floats(0.01, 1.5))
def test_log_normal_has_the_given_moments(mean, relative):
    draws = log_normal(np.full(40_000, mean), np.full(40_000, mean * relative), np.random.default_rng(5))
    # ln of the draws is exactly normal: its mean and width tell without the long tail
    width2 = math.log1p(relative**2)
    assert np.log(draws).mean() == pytest.approx(math.log(mean) - width2 / 2, abs=6 * math.sqrt(width2 / 40_000))
    assert np.log(draws).std() == pytest.approx(math.sqrt(width2), rel=0.03)


def test_log_normal_of_nothing_is_nothing():
    assert log_normal(np.zeros(3), np.ones(3), np.random.default_rng(1)).tolist() == [0, 0, 0]
