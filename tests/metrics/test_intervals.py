"""Coverage and width of intervals: loops, the normal law, and the scatter of repeated experiments."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.metrics import as_quantiles, described, measure_rows
from netwright.metrics._intervals import coverage_of_head

RANDOM = np.random.default_rng(3)
NORMAL = np.array([0.0, -0.994458, 0.994458, -1.959964, 1.959964])  # of 68% and 95%, scipy.stats.norm.interval


def test_numbers_are_those_of_loops_over_rows() -> None:
    truth, weights = RANDOM.normal(50, 2, 300), RANDOM.uniform(-0.2, 1, 300)
    quantiles = truth[:, None] + RANDOM.normal(size=(300, 1)) + NORMAL * RANDOM.uniform(0.5, 1.5, (300, 1))
    measured = measure_rows(as_quantiles(truth, quantiles, weights))
    for share, low, high in ((0.68, 1, 2), (0.95, 3, 4)):
        inside = sum(w for w, t, q in zip(weights, truth, quantiles, strict=True) if q[low] <= t <= q[high])
        width = sum(w * (q[high] - q[low]) for w, q in zip(weights, quantiles, strict=True))
        name = f"{100 * share:.0f}"
        assert measured[f"coverage_error_{name}"].value == pytest.approx(inside / weights.sum() - share)
        assert measured[f"interval_width_{name}"].value == pytest.approx(width / weights.sum())
    assert described("coverage_error_68", measured)[1] == "coverage of the 68% interval, less 68%"
    assert measured["resolution"].value == pytest.approx(1, abs=0.2)


def test_the_ends_are_inside_and_a_mean_width_is_as_uncertain_as_a_mean() -> None:
    truth, widths = np.arange(4.0), np.array([10.0, 10.1, 10.2, 10.3])
    quantiles = truth[:, None] + np.stack([0 * truth, 0 * truth, widths, -widths, 0 * truth], axis=1)
    measured = measure_rows(as_quantiles(truth, quantiles, None))  # the truth is an end of every interval
    assert [measured[f"coverage_error_{name}"].value for name in (68, 95)] == pytest.approx([0.32, 0.05])
    for name in (68, 95):
        assert measured[f"interval_width_{name}"].uncertainty == pytest.approx(widths.std() / 2)


def test_true_quantiles_cover_and_the_uncertainty_is_the_scatter() -> None:
    rows, experiments = 200, 400
    errors = []
    for _ in range(experiments):
        weights = RANDOM.uniform(0.1, 2, rows)
        head = as_quantiles(RANDOM.normal(size=rows), np.tile(NORMAL, (rows, 1)), weights)
        errors.append([(measured.value, measured.uncertainty) for _, measured in coverage_of_head(head)])
    values, quoted = np.moveaxis(np.array(errors), -1, 0)
    assert (np.abs(values.mean(axis=0)) < 4 * values.std(axis=0) / np.sqrt(experiments)).all()
    np.testing.assert_allclose(quoted.mean(axis=0), values.std(axis=0), rtol=0.15)  # 3.5% from 400 experiments


def test_where_every_row_is_inside_the_uncertainty_is_not_0() -> None:
    result = measure_rows(as_quantiles(np.zeros(100), np.tile(NORMAL, (100, 1)), None))["coverage_error_68"]
    assert result.value == pytest.approx(0.32)
    assert result.uncertainty == pytest.approx(0.0114, rel=0.01)


@pytest.mark.parametrize("weights", [[3.0], [1.0, -0.9]])
def test_one_effective_row_has_no_uncertainty(weights: list[float]) -> None:
    rows = len(weights)
    measured = measure_rows(as_quantiles(np.zeros(rows), np.tile(NORMAL, (rows, 1)), weights))
    assert all(number.uncertainty == np.inf for number in measured.values())


def test_other_shapes_are_refused() -> None:
    with pytest.raises(DataError, match=r"`quantiles` must have 5 columns. Received: shape \(4, 3\)"):
        as_quantiles(np.zeros(4), np.zeros((4, 3)), None)
