"""The way to the calorimeter, against a slow twin in small steps."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.simulation._detector_card import SOLENOID
from netwright.simulation.propagation import propagate

finite = {"allow_nan": False, "allow_infinity": False}


def four_momentum(pt, eta, phi):
    p = [pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)]
    return np.array([[math.sqrt(0.02 + sum(x * x for x in p)), *p]])


def walk(momentum, vertex, charge, step=1e-4):
    """Slow twin: turn the direction a little at each small step until the particle leaves the cylinder."""
    _, px, py, pz = momentum[0]
    x, y, z = vertex[0]
    pt, phi = math.hypot(px, py), math.atan2(py, px)
    turn = -0.299792458 * charge * SOLENOID.field / pt * step
    while math.hypot(x, y) < SOLENOID.radius and abs(z) < SOLENOID.half_length:
        x, y = x + step * math.cos(phi + turn / 2), y + step * math.sin(phi + turn / 2)
        z, phi = z + step * pz / pt, phi + turn
    return math.asinh(z / math.hypot(x, y)), math.atan2(y, x)


@settings(max_examples=25, deadline=None)
@given(
    pt=st.floats(0.15, 50, **finite),
    eta=st.floats(0.3, 2.5, **finite),
    side=st.sampled_from([-1, 1]),
    phi=st.floats(-3.1, 3.1, **finite),
    charge=st.sampled_from([-1, 0, 1]),
    start=st.floats(0.0, 0.3, **finite),
)
def test_follows_small_steps(pt, eta, side, phi, charge, start):
    momentum, vertex = four_momentum(pt, side * eta, phi), np.array([[start, -0.5 * start, 0.2 * start]])
    found_eta, found_phi, inside = propagate(momentum, vertex, np.array([charge]))
    eta_walked, phi_walked = walk(momentum, vertex, charge)
    assert inside[0]
    # a step of 0.1 mm leaves an error of about that over the least radius at which a curling one may leave
    assert abs(found_eta[0] - eta_walked) < 0.02
    assert abs(math.remainder(found_phi[0] - phi_walked, math.tau)) < 0.02


@given(angle=st.floats(-3, 3, **finite), pt=st.floats(0.2, 100, **finite), charge=st.sampled_from([-1, 0, 1]))
def test_turning_the_event_turns_the_arrival(angle, pt, charge):
    origin, q = np.zeros((1, 3)), np.array([charge])
    eta_0, phi_0, _ = propagate(four_momentum(pt, 0.7, 0.0), origin, q)
    eta_1, phi_1, _ = propagate(four_momentum(pt, 0.7, angle), origin, q)
    np.testing.assert_allclose(eta_1, eta_0, atol=1e-9)
    assert abs(math.remainder(phi_1[0] - phi_0[0] - angle, math.tau)) < 1e-9


def test_opposite_charges_bend_opposite_ways():
    momentum = np.repeat(four_momentum(5.0, 0.0, 0.0), 2, axis=0)
    _, phi, _ = propagate(momentum, np.zeros((2, 3)), np.array([1, -1]))
    np.testing.assert_allclose(phi[0], -phi[1], rtol=1e-12)


def test_a_particle_that_curls_up_ends_on_the_face():
    eta, _, inside = propagate(four_momentum(0.2, 0.5, 1.0), np.zeros((1, 3)), np.array([1]))
    assert inside[0]
    assert eta[0] > math.asinh(SOLENOID.half_length / SOLENOID.radius)


def test_a_particle_made_outside_is_not_inside():
    momentum = four_momentum(5.0, 0.0, 0.0)
    _, _, inside = propagate(momentum, np.array([[2.0, 0.0, 0.0]]), np.array([0]))
    assert not inside[0]
