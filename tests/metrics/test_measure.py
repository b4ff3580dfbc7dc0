"""The named numbers of a head: what they are called and that they are the single functions' values."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.metrics import (
    Measured,
    accuracy,
    background_rejection,
    measure_binary,
    measure_multiclass,
    multiclass_accuracy,
    reliability,
    roc_auc,
)

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 2, 400)
SCORES = np.clip(RNG.normal(0.35 + 0.3 * LABELS, 0.2), 0, 1)
WEIGHTS = RNG.normal(1, 0.7, 400)


def test_binary_head_has_these_names_and_the_single_functions_values():
    measured = measure_binary(LABELS, SCORES, WEIGHTS)
    assert {name: number.value for name, number in measured.items()} == {
        "roc_auc": roc_auc(LABELS, SCORES, WEIGHTS),
        "accuracy": accuracy(LABELS, SCORES, WEIGHTS),
        "calibration_error": reliability(LABELS, SCORES, WEIGHTS).error.value,
        "background_rejection_0.3": background_rejection(LABELS, SCORES, 0.3, WEIGHTS),
        "background_rejection_0.5": background_rejection(LABELS, SCORES, 0.5, WEIGHTS),
    }
    assert all(isinstance(number, Measured) and number.uncertainty > 0 for number in measured.values())
    assert list(measure_binary(LABELS, SCORES, signal_efficiencies=(0.77,)))[-1] == "background_rejection_0.77"


def test_multiclass_head_of_two_classes_is_the_binary_head():
    both = np.stack([1 - SCORES, SCORES], axis=1)
    measured = measure_multiclass(LABELS, both, WEIGHTS)
    binary = measure_binary(LABELS, SCORES, WEIGHTS)
    assert measured["roc_auc"].value == pytest.approx(binary["roc_auc"].value, abs=1e-12)
    assert measured["roc_auc"].uncertainty == pytest.approx(binary["roc_auc"].uncertainty, rel=1e-12)
    assert measured["accuracy"] == binary["accuracy"]


def test_multiclass_head_of_three_classes():
    labels = RNG.integers(0, 3, 300)
    probabilities = RNG.dirichlet(np.ones(3), 300) + 0.5 * np.eye(3)[labels]
    measured = measure_multiclass(labels, probabilities, WEIGHTS[:300])
    each = [roc_auc(labels == k, probabilities[:, k], WEIGHTS[:300]) for k in range(3)]
    assert measured["roc_auc"].value == pytest.approx(np.mean(each), abs=1e-12)
    assert measured["accuracy"].value == multiclass_accuracy(labels, probabilities, WEIGHTS[:300])


def test_macro_auc_uncertainty_is_the_spread_over_repeated_experiments():
    """300 samples of 200 rows: the spread is known to 4%, the tolerance is three times that."""
    collected = []
    for _ in range(300):
        labels = RNG.integers(0, 3, 200)
        collected.append(measure_multiclass(labels, RNG.normal(size=(200, 3)) + np.eye(3)[labels])["roc_auc"])
    spread = np.std([auc.value for auc in collected])
    assert np.mean([auc.uncertainty for auc in collected]) == pytest.approx(spread, rel=0.13)


@pytest.mark.parametrize(
    ("measured", "text"),
    [
        (Measured(0.97123, 0.00312), "0.9712 ± 0.0031"),
        (Measured(812.4, 57.2), "812 ± 57"),
        (Measured(float("inf"), float("inf")), "∞"),
        (Measured(float("inf"), float("inf"), lower_limit=418.7), "> 410 (68%)"),  # not 420, which it is not
        (Measured(float("inf"), float("inf"), spread=float("inf"), lower_limit=1.26), "> 1.2 (68%)"),
        (Measured(float("inf"), float("inf"), lower_limit=8.7e6), "> 8.7e+06 (68%)"),
        (Measured(float("nan"), float("inf")), "not defined"),
        (Measured(2.0, float("inf")), "2 (uncertainty not known)"),
        (Measured(1.0, 0.0), "1 ± 0"),
        (Measured(12345678.0, 2345678.0), "1.235e+07 ± 2.3e+06"),
    ],
)
def test_prints_as_many_digits_as_mean_something(measured, text):
    assert str(measured) == text


def test_one_effective_row_has_no_uncertainty():
    measured = measure_binary([1, 0, 0], [0.7, 0.2, 0.4], [1.0, 0.9, -0.85])
    assert all(measured[name].uncertainty == np.inf for name in ("roc_auc", "accuracy", "calibration_error"))
