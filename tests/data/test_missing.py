"""Where missing values go: at least three deviations off, beyond the bulk, on the emptier side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.moments.missing import markers_of, missing_positions, without_markers
from netwright.data.moments.moments import weighted_moments

SHAPES = {
    "normal": lambda random, n: random.normal(size=n),
    "exponential": lambda random, n: random.exponential(size=n),
    "uniform": lambda random, n: random.uniform(size=n),
    "flags": lambda random, n: random.integers(0, 2, n).astype(float),
    "heavy": lambda random, n: random.standard_cauchy(n),
    "steep": lambda random, n: random.pareto(1.5, n),
}


def moments_of(x, scaling="standardise"):
    return weighted_moments("x", ["x"], x, np.ones(len(x)), quantiles=scaling == "quantiles")


@given(st.integers(0, 10_000), st.sampled_from(sorted(SHAPES)), st.sampled_from(["standardise", "quantiles"]))
def test_missing_values_are_off_the_bulk(seed, shape, scaling):
    random = np.random.default_rng(seed)
    x = SHAPES[shape](random, 500) * random.choice([-1, 1]) * 10 + random.normal(0, 100)
    moments = moments_of(x, scaling)
    (place,) = missing_positions(moments)
    if scaling == "quantiles":
        scaled = np.interp(x, moments.quantiles.knots[0], moments.quantiles.normal[0])
    else:
        scaled = (x - moments.mean[0]) / moments.std[0]
    assert abs(place) >= 3
    assert (np.abs(scaled - place) >= 1 - 1e-9).mean() >= 0.99  # nothing of the bulk is within a deviation
    assert abs(place) <= 33  # no quantile of 0.001 is further than √1000 deviations, which is Chebyshev's bound
    beyond = scaled < place if place < 0 else scaled > place
    assert beyond.mean() <= 0.002


@pytest.mark.parametrize(
    ("shape", "scaling"), [(s, k) for s in ("normal", "exponential", "flags") for k in ("standardise", "quantiles")]
)
def test_of_a_distribution_without_heavy_tails_every_value_is_a_deviation_off(shape, scaling):
    moments = moments_of(SHAPES[shape](np.random.default_rng(1), 500), scaling)
    low, high = (moments.minimum - moments.mean) / moments.std, (moments.maximum - moments.mean) / moments.std
    if scaling == "quantiles":
        low, high = moments.quantiles.normal[:, 0], moments.quantiles.normal[:, -1]
    (place,) = missing_positions(moments)
    assert place <= low[0] - 1 or place >= high[0] + 1
    assert (place < 0) == (-low[0] <= high[0])


def at(minimum, maximum):
    """Ten thousand values of mean 0 and deviation 1, and two that hardly count at the ends."""
    values = np.concatenate([np.tile([-1.0, 1.0], 5_000), [minimum, maximum]])
    weights = np.concatenate([np.ones(10_000), [1e-9, 1e-9]])
    return weighted_moments("x", ["x"], values, weights)


@pytest.mark.parametrize(
    ("minimum", "maximum", "expected"), [(-1, 9, -3), (-8.5, 1, 3), (-5, 5, -6), (-5, 4, 5), (-1e3, 2e3, -10)]
)
def test_known_places(minimum, maximum, expected):
    assert missing_positions(at(minimum, maximum)).tolist() == pytest.approx([expected], abs=1e-3)


def test_a_constant_has_its_missing_values_three_off():
    assert missing_positions(moments_of(np.full(5, 7.0))).tolist() == [-3]


@given(st.lists(st.sampled_from([-999.0, -99999.0, 1.0, -1.0, np.nan]), min_size=1, max_size=9))
def test_markers_become_nan(x):
    values = np.array(x)
    expected = np.where(np.isin(values, [-999, -99999]), np.nan, values)
    for kind in (np.float32, np.float64):
        result = without_markers(values.astype(kind), [-999, -99999])
        assert result.dtype == kind
        np.testing.assert_array_equal(result, expected)


def test_a_marker_is_compared_in_float32_as_in_the_network():
    assert np.isnan(without_markers(np.array([-99999.9, float(np.float32(-99999.9))]), [-99999.9])).all()


@pytest.mark.parametrize("missing", [False, True, []])
def test_without_markers_nothing_changes(missing):
    values = np.array([1.0, np.nan])
    assert without_markers(values, missing) is values
    assert markers_of(missing) == []
