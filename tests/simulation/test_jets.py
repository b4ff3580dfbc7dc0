"""The leading jet of each event."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netwright.simulation.detector import FlowObjects
from netwright.simulation.jets import delta_r, leading_jets, transverse_momentum


def at(pt, eta, phi):
    return [pt * math.cosh(eta), pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)]


def test_leading_jet_of_each_event_over_the_seam():
    momentum = np.array(
        [
            *(at(50, 0.1, 0.0), at(300, 0.0, math.pi - 0.05), at(200, 0.0, 0.05 - math.pi)),
            at(10, 0.0, 0.0),
            *(at(220, 1.0, 1.0), at(400, -1.0, -2.0)),
        ]
    )
    jets = leading_jets(FlowObjects(np.array([0, 0, 0, 1, 3, 3]), momentum), 4, radius=0.8, most=3)
    assert jets.event.tolist() == [0, 3]
    np.testing.assert_allclose(jets.momentum[0], momentum[1] + momentum[2], rtol=1e-12)
    np.testing.assert_allclose(transverse_momentum(jets.constituents), [[300, 200, 0], [400, 0, 0]], rtol=1e-12)


def test_only_the_hardest_constituents_are_kept():
    momentum = np.array([at(pt, 0.0, 0.01 * pt / 100) for pt in (100.0, 300.0, 200.0)])
    jets = leading_jets(FlowObjects(np.zeros(3, dtype=np.int64), momentum), 1, radius=0.8, most=2)
    np.testing.assert_allclose(transverse_momentum(jets.constituents), [[300, 200]])
    np.testing.assert_allclose(jets.momentum[0], momentum.sum(axis=0))


@given(a=st.floats(-3, 3), b=st.floats(-10, 10), c=st.floats(-3, 3), d=st.floats(-10, 10))
def test_delta_r_against_the_slow_twin(a, b, c, d):
    slow = math.hypot(a - c, math.remainder(b - d, math.tau))
    assert math.isclose(float(delta_r(np.array(at(1, a, b)), np.array(at(2, c, d)))), slow, abs_tol=1e-7)
