"""The detector as a whole: a slow twin of the energy flow, conservation, the seam in azimuth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.simulation import detector
from netwright.simulation._detector_card import ECAL, HCAL
from netwright.simulation._particles import Particles, join
from netwright.simulation.detector import detect, neutral_excess
from netwright.simulation.towers import calorimeter_sigma, keep_significant


def particles(pdg, energy, eta, phi, event=None):
    pt = energy / np.cosh(eta)
    momentum = np.stack([energy, pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)], axis=1)
    event = np.zeros(len(energy), dtype=np.int64) if event is None else event
    return Particles(event, np.asarray(pdg), momentum, np.zeros((len(energy), 3)))


def slow_excess(calorimeter, smeared, tracks):
    """Slow twin for towers at eta = 0: plain loops over towers and tracks."""
    excess, scale = [], [1.0] * len(tracks)
    zero = np.zeros(1)
    for tower, energy in enumerate(smeared):
        seen = float(keep_significant(calorimeter, np.array([energy]), zero)[0])
        mine = [k for k, track in enumerate(tracks) if track[0] == tower]
        coarse = [
            k
            for k in mine
            if calorimeter_sigma(calorimeter, np.array([tracks[k][1]]), zero)[0] < tracks[k][2] * tracks[k][1]
        ]
        rest = seen - sum(tracks[k][1] for k in mine if k not in coarse)
        for k in coarse:
            scale[k] = max(rest, 0.0) / sum(tracks[j][1] for j in coarse)
        excess.append(0.0 if coarse else float(keep_significant(calorimeter, np.array([rest]), zero)[0]))
    return excess, scale


tracks_strategy = st.lists(
    st.tuples(st.integers(0, 2), st.floats(0.2, 300), st.sampled_from([0.01, 0.1, 0.4])), max_size=6
)


@settings(deadline=None)
@given(energies=st.lists(st.floats(0, 400), min_size=3, max_size=3), tracks=tracks_strategy)
@pytest.mark.parametrize("calorimeter", [ECAL, HCAL], ids=["ecal", "hcal"])
def test_energy_flow_follows_the_slow_twin(calorimeter, energies, tracks):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector, "log_normal", lambda mean, _sigma, _rng: mean)  # no noise: then both must agree
        columns = np.array([t[0] for t in tracks], dtype=np.int64), *(np.array([t[i] for t in tracks]) for i in (1, 2))
        excess, scale = neutral_excess(calorimeter, np.array(energies), np.zeros(3), columns, np.random.default_rng(1))
    slow, slow_scale = slow_excess(calorimeter, energies, tracks)
    np.testing.assert_allclose(excess, slow, atol=1e-9)
    np.testing.assert_allclose(scale, slow_scale, atol=1e-12)


def test_energy_is_conserved_on_average():
    rng = np.random.default_rng(2)
    count = 4000
    pdg = rng.choice([22, 211, -211, 130, 11], count)
    jet = particles(pdg, rng.uniform(20, 200, count), rng.uniform(-2, 2, count), rng.uniform(-3, 3, count))
    seen = detect(join(jet, jet.where(np.zeros(count, dtype=bool))), rng)
    # 4000 particles of about 20% resolution: 0.3%, and thresholds take a little
    assert seen.momentum[:, 0].sum() == pytest.approx(jet.momentum[:, 0].sum(), rel=0.02)


def test_objects_have_no_mass():
    rng = np.random.default_rng(3)
    jet = particles(rng.choice([22, 211, 130], 500), rng.uniform(1, 50, 500), rng.uniform(-2, 2, 500), np.zeros(500))
    momentum = detect(jet, rng).momentum
    np.testing.assert_allclose(momentum[:, 0], np.sqrt((momentum[:, 1:] ** 2).sum(axis=1)), rtol=1e-12)


def test_neutrinos_are_not_seen_and_muons_leave_only_a_track():
    rng = np.random.default_rng(4)
    hidden = particles([12, -14, 16], np.full(3, 100.0), np.zeros(3), np.zeros(3))
    assert len(detect(hidden, rng).event) == 0
    muons = particles([13] * 200, np.full(200, 100.0), np.zeros(200), np.linspace(-3, 3, 200))
    energy = detect(muons, rng).momentum[:, 0]
    assert 180 < len(energy) <= 200
    assert np.abs(energy / 100 - 1).max() < 0.1


def test_the_seam_in_azimuth_is_a_place_like_any_other():
    def seen_at(phi):
        rng = np.random.default_rng(5)
        spread = rng.normal(0, 0.2, 3000)
        jet = particles(
            rng.choice([22, 211, 130], 3000),
            rng.uniform(2, 50, 3000),
            rng.normal(0, 0.3, 3000),
            np.array([math.remainder(phi + x, math.tau) for x in spread]),
            event=np.repeat(np.arange(100), 30),
        )
        seen = detect(jet, rng)
        turn = [math.remainder(math.atan2(py, px) - phi, math.tau) for _, px, py, _ in seen.momentum]
        return len(turn), np.average(turn, weights=seen.momentum[:, 0]), np.std(turn)

    here, seam = seen_at(0.0), seen_at(math.pi)
    assert seam[0] == pytest.approx(here[0], rel=0.05)
    assert seam[1] == pytest.approx(here[1], abs=0.02)
    assert seam[2] == pytest.approx(here[2], rel=0.05)


def test_events_do_not_mix():
    rng = np.random.default_rng(6)
    event = np.array([0, 0, 2, 2])
    jet = particles([22] * 4, np.array([10.0, 20.0, 30.0, 40.0]), np.zeros(4), np.array([0.01, 0.02] * 2), event)
    seen = detect(jet, rng)
    assert seen.event.tolist() == [0, 2]
    assert seen.momentum[:, 0] == pytest.approx([30, 70], rel=0.2)


def test_both_excesses_of_a_tower_share_a_direction():
    rng = np.random.default_rng(7)
    seen = detect(particles([22, 130], np.array([50.0, 50.0]), np.zeros(2) + 0.05, np.full(2, 0.05)), rng)
    directions = seen.momentum[:, 1:] / seen.momentum[:, :1]
    assert len(directions) == 2
    np.testing.assert_allclose(directions[0], directions[1], rtol=1e-12)
