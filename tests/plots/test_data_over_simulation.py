"""Recorded over simulated collisions: what the figure holds, in numbers."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.patches import StepPatch

from netwright.plots import data_over_simulation


@pytest.mark.parametrize("scaled", [False, True])
def test_the_stack_is_the_weighted_sum_of_all_samples(scaled: bool) -> None:  # noqa: FBT001
    generator = np.random.default_rng(1)
    recorded = generator.normal(size=500)
    simulated = {
        "one": (generator.normal(size=300), np.full(300, 0.5)),
        "two": (generator.normal(size=200), np.full(200, 2.0)),
    }
    upper, lower = data_over_simulation(recorded, simulated, name="x", unit="GeV", scaled=scaled).axes
    stairs = [patch for patch in upper.patches if isinstance(patch, StepPatch) and patch.get_fill()]
    tops = [np.asarray(stair.get_data()[0]) for stair in stairs]
    total = 500.0 if scaled else 550.0
    assert max(top.sum() for top in tops[:2]) == pytest.approx(total)
    assert lower.get_xlabel() == "x [GeV]"
    low, high = lower.get_ylim()
    assert low <= 0.5
    assert high >= 1.5


def test_missing_values_do_not_change_the_scale() -> None:
    """Half of the simulated rows lack the quantity, and none of the recorded ones: that is half as many events."""
    simulated = {"one": (np.where(np.arange(400) % 2, np.nan, np.arange(400) / 400), np.ones(400))}
    upper, _ = data_over_simulation(np.arange(100) / 100, simulated, name="x", scaled=True).axes
    (stairs,) = [patch for patch in upper.patches if isinstance(patch, StepPatch) and patch.get_hatch() is None]
    assert np.asarray(stairs.get_data()[0]).sum() == pytest.approx(50.0)
    recorded = np.where(np.arange(100) % 2, np.nan, np.arange(100) / 100)
    upper, _ = data_over_simulation(recorded, simulated, name="x", scaled=True).axes
    (stairs,) = [patch for patch in upper.patches if isinstance(patch, StepPatch) and patch.get_hatch() is None]
    assert np.asarray(stairs.get_data()[0]).sum() == pytest.approx(50.0)


def test_a_bin_whose_weights_cancel_has_no_ratio() -> None:
    """But for rounding: the ratio would be 10¹⁶."""
    x = np.array([0.0, 0.5, 0.5, 0.5, 1.0])
    simulated = {"one": (x, np.array([2.0, 0.1, 0.2, -0.3, 2.0]))}
    _, lower = data_over_simulation(x, simulated, name="x").axes
    (points,) = [line for line in lower.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(points.get_ydata(), [0.5, 0.5])


def test_a_constant_quantity_has_a_range() -> None:
    figure = data_over_simulation(np.ones(3), {"one": (np.ones(2), np.ones(2))}, name="x")
    assert figure.axes[1].get_xlim() == (0.5, 1.5)
