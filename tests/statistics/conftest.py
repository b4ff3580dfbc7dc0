"""A channel with two backgrounds, all kinds of systematic uncertainties and a finite sample."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.statistics import Channel, Process, Yields


@pytest.fixture
def channel():
    edges = np.array([0.0, 0.4, 0.75, 1.0])
    tt = np.array([80.0, 22.0, 4.0])
    jes = tuple(Yields(tt * factors, tt * 0.4) for factors in ([0.95, 1.0, 1.1], [1.05, 1.0, 0.92]))
    lumi = {"lumi": (0.98, 1.02)}
    return Channel(
        "score",
        edges,
        (
            Process("tt", Yields(tt, tt * 0.4), lumi | {"tt_rate": (0.9, 1.12)}, {"jes": jes}, is_signal=False),
            Process("hh", Yields([0.5, 2.0, 4.0], [0.01, 0.02, 0.03]), lumi, is_signal=True),
            Process("qcd", Yields([20.0, 3.0, 0.0], [6.0, 2.0, 0.2]), is_signal=False),
        ),
    )
