"""Quoted uncertainties against true scatter, by pseudo-experiments of few signal and many background rows.

400 experiments know a scatter to 3.5%, and the mean of what is quoted better than that; the tolerance is 15%.
"""

from __future__ import annotations

import numpy as np
import pytest

from netwright.metrics import bias, measure_binary, measure_regression, resolution, roc_curve

EXPERIMENTS = 400
SCENARIOS = ("unit weights", "weights over decades", "negative weights", "ties")


def weights_of(scenario, rng, rows):
    if scenario == "weights over decades":
        return 10 ** rng.uniform(-2, 1, rows)
    return np.where(rng.random(rows) < 0.2, -1.0, 1.0) if scenario == "negative weights" else np.ones(rows)


def compared(experiments):
    """The mean of what is quoted over the true scatter, by metric; experiments without a value do not count."""
    result = {}
    for measured in experiments:
        for name, number in measured.items():
            if np.isfinite(number.value):
                result.setdefault(name, []).append((number.value, number.uncertainty))
    return {
        name: np.mean(both, axis=0)[1] / np.std([value for value, _ in both], ddof=1) for name, both in result.items()
    }


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_binary_head_of_200_signal_and_many_background_rows(scenario):
    """Accuracy and calibration error take the class of each row as drawn; the others do not mind."""
    rng = np.random.default_rng(7)

    def experiment():
        labels = (rng.random(4200) < 200 / 4200).astype(int)
        z = rng.normal(1.2 * labels - 0.6)
        z = np.round(2 * z) / 2 if scenario == "ties" else z
        return measure_binary(labels, 1 / (1 + np.exp(-z)), weights_of(scenario, rng, len(labels)))

    ratios = compared(experiment() for _ in range(EXPERIMENTS))
    assert {name: ratio for name, ratio in ratios.items() if abs(ratio - 1) > 0.15} == {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_regression_head_of_500_rows(scenario):
    """The bootstrap of 40 experiments is enough for the mean of what is quoted (to 2%)."""
    rng = np.random.default_rng(8)
    values, quoted = [], []
    for number in range(EXPERIMENTS):
        truth, residuals = rng.uniform(40, 60, 500), rng.normal(0.3, 2.0, 500)
        predicted = truth + (np.round(5 * residuals) / 5 if scenario == "ties" else residuals)
        weights = weights_of(scenario, rng, 500)
        relative = resolution(np.ones(500), predicted / truth, weights)
        values.append((bias(truth, predicted, weights), resolution(truth, predicted, weights), relative))
        if number < 40:
            quoted.append([number.uncertainty for number in measure_regression(truth, predicted, weights).values()])
    np.testing.assert_allclose(np.mean(quoted, axis=0), np.std(values, axis=0, ddof=1), rtol=0.15)


def test_auc_of_20_signal_rows_with_weights_over_decades():
    """Few rows have most of the weight, and the mean follows them: a common N / (N - 1) gave 0.90 of the scatter."""
    rng = np.random.default_rng(2)
    labels = np.repeat([1, 0], [20, 1000])
    result = [roc_curve(labels, rng.normal(1.2 * labels), 10 ** rng.uniform(-2, 1, 1020)).auc for _ in range(1500)]
    scatter = np.std([one.value for one in result], ddof=1)
    assert np.sqrt(np.mean([one.uncertainty**2 for one in result])) == pytest.approx(scatter, rel=0.05)


def test_rejection_of_the_issue_has_the_scatter_of_its_signal():
    """200 signal, 10,000 background rows: true scatter 1.3, of which the background alone is 0.24."""
    rng = np.random.default_rng(9)
    labels = np.repeat([1, 0], [200, 10_000])
    result = [roc_curve(labels, rng.normal(1.2 * labels)).rejection(0.5) for _ in range(300)]
    scatter = np.std([number.value for number in result], ddof=1)
    assert scatter == pytest.approx(1.28, rel=0.1)
    assert np.mean([number.uncertainty for number in result]) == pytest.approx(scatter, rel=0.1)


def test_lower_limit_where_no_background_is_left_holds_as_often_as_it_says():
    """Half a row of background is expected beyond the cut: none is left in most experiments."""
    rng = np.random.default_rng(10)
    labels = np.repeat([1, 0], [300, 2000])
    share = 0.5 / 2000  # of background that is as signal-like as the better half of the signal
    holds = []
    for _ in range(EXPERIMENTS):
        like = rng.random(2000) < 2 * share
        scores = np.where(labels == 1, rng.random(2300), np.append(np.zeros(300), np.where(like, rng.random(2000), -1)))
        rejected = roc_curve(labels, scores).rejection(0.5)
        limit = rejected.lower_limit if rejected.lower_limit is not None else rejected.value - rejected.uncertainty
        holds.append(1 / share > limit)
    assert 0.68 < np.mean(holds) <= 1.0


def test_band_of_the_curve_is_the_scatter_of_the_background_at_fixed_signal_efficiency():
    rng = np.random.default_rng(11)
    labels = np.repeat([1, 0], [200, 4000])
    collected = []
    for _ in range(EXPERIMENTS):
        curve = roc_curve(labels, rng.normal(1.2 * labels))
        cut = np.searchsorted(curve.signal_efficiency, 0.7)
        collected.append((curve.background_efficiency[cut], curve.uncertainty_at(np.array([cut]))[0]))
    values, quoted = np.transpose(collected)
    assert quoted.mean() == pytest.approx(values.std(ddof=1), rel=0.15)


def test_tied_rows_at_the_working_point_count_by_the_share_of_them_that_passes():
    """Three values of the score: ε_B at ε_S = 0.5 lies between two cuts, far from both."""
    rng = np.random.default_rng(12)
    labels = np.repeat([1, 0], [5000, 1000])
    chances = np.where(labels[:, None] == 1, [0.2, 0.6, 0.2], [0.5, 0.4, 0.1])
    collected = []
    for _ in range(EXPERIMENTS):
        scores = (rng.random((len(labels), 1)) > np.cumsum(chances, axis=1)).sum(axis=1)
        collected.append(roc_curve(labels, scores).rejection(0.5))
    scatter = np.std([number.value for number in collected], ddof=1)
    assert np.mean([number.uncertainty for number in collected]) == pytest.approx(scatter, rel=0.15)


def test_perfect_separation_is_not_known_without_uncertainty():
    """The true share of wrong rows can be 1.148 / N and show nothing in N rows in 32% of all experiments."""
    labels = np.repeat([1, 0], [100, 400])
    measured = measure_binary(labels, 0.1 + 0.8 * labels)
    assert (measured["roc_auc"].value, measured["accuracy"].value) == (1.0, pytest.approx(1.0))
    assert measured["roc_auc"].uncertainty == pytest.approx(1 - 0.3173**0.01, rel=1e-3)
    assert measured["accuracy"].uncertainty == pytest.approx(1 - 0.3173**0.002, rel=1e-3)
    assert measured["background_rejection_0.5"].lower_limit == pytest.approx(1 / (1 - 0.3173 ** (1 / 400)), rel=1e-3)
