"""Heads of several classes: against numbers of scikit-learn 1.9.1, and quoted uncertainties against true scatter."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.errors import DataError
from netwright.metrics import (
    MulticlassHead,
    as_multiclass_head,
    described,
    log_likelihood_ratio,
    measure_binary,
    measure_multiclass,
    measure_rows,
    metric_named,
    reliability,
    roc_auc,
    roc_curve,
)

ROW = np.arange(150)
LABELS = (ROW * 7 + ROW // 11) % 3
LOGITS = np.stack([np.sin((1.3 + 0.4 * c) * ROW) + 0.6 * (c == LABELS) for c in range(3)], 1)
P = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
WEIGHTS = 0.5 + (ROW % 5) / 4
NAMES = ["u", "c", "b"]
FRACTIONS = {"c": 0.2, "u": 0.8}


def test_numbers_are_those_of_scikit_learn():
    measured = measure_multiclass(LABELS, P, WEIGHTS, class_names=NAMES, signal="b", fractions=FRACTIONS)
    values = {name: number.value for name, number in measured.items()}
    expected = {
        "roc_auc": 0.7007959782727928,  # roc_auc_score(..., multi_class="ovr", average="macro", sample_weight)
        "roc_auc_u_vs_rest": 0.7824997902659427,
        "roc_auc_c_vs_rest": 0.6594915233843895,
        "roc_auc_b_vs_rest": 0.6603966211680465,
        "roc_auc_b_vs_u": 0.7533272079296136,  # means of two roc_auc_score of rows of two classes, sample_weight
        "roc_auc_u_vs_c": 0.7372430191696653,
        "roc_auc_b_vs_c": 0.6060750814881422,
        "background_rejection_u_0.5": 6.636363636363637,  # np.interp of roc_curve
        "background_rejection_u_0.7": 3.041666666666667,
        "confusion_u_as_b": 0.2146118721461187,  # confusion_matrix(..., normalize="true", sample_weight)
        "confusion_c_as_c": 0.41935483870967744,
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    unweighted = measure_multiclass(LABELS, P)["roc_auc_one_vs_one"].value
    assert unweighted == pytest.approx(0.6987339519859845, abs=1e-12)  # multi_class="ovo"


def test_reliability_is_that_of_scikit_learn():
    """calibration_curve(..., n_bins=10, strategy="uniform"); the tenth bin is empty."""
    result = reliability(LABELS == 1, P[:, 1])
    observed = [0.0, 0.36, 0.17073170731707318, 0.48148148148148145, 0.625, 0.5454545454545454, 0.2857142857142857]
    predicted = [0.07535019391171345, 0.15549430864248906, 0.2481950452483838, 0.3573984139098161, 0.4614686207598367]
    np.testing.assert_allclose(result.observed[:7], observed, atol=1e-12)
    np.testing.assert_allclose(result.predicted[:5], predicted, atol=1e-12)
    assert np.isnan(result.observed[9])
    assert result.uncertainty[0] == pytest.approx(1 - 0.3173 ** (1 / (P[:, 1] < 0.1).sum()), rel=1e-3)


def test_calibration_error_equals_a_loop_over_bins_with_negative_weights():
    weights = np.where(ROW % 7 == 0, -0.5, WEIGHTS)
    expected = 0.0
    for low in range(10):
        rows = [k for k in ROW if low <= 10 * P[k, 2] < low + 1]
        expected += abs(sum(weights[k] * ((LABELS[k] == 2) - P[k, 2]) for k in rows)) / weights.sum()
    measured = measure_multiclass(LABELS, P, weights)
    assert measured["calibration_error_2"].value == pytest.approx(expected, abs=1e-14)
    assert reliability(LABELS == 2, P[:, 2], weights).error == measured["calibration_error_2"]


def test_two_classes_have_the_rejection_of_a_binary_head():
    both = np.stack([1 - P[:, 1], P[:, 1]], axis=1)
    labels = (LABELS == 1).astype(int)
    several, two = measure_multiclass(labels, both, WEIGHTS), measure_binary(labels, P[:, 1], WEIGHTS)
    for efficiency in (0.3, 0.5):
        result = several[f"background_rejection_0_{efficiency}"]
        expected = two[f"background_rejection_{efficiency}"]
        assert (result.value, result.uncertainty) == pytest.approx((expected.value, expected.uncertainty), rel=1e-9)
    assert several["roc_auc_one_vs_one"].value == pytest.approx(two["roc_auc"].value, abs=1e-12)
    assert several["calibration_error_1"].value == pytest.approx(two["calibration_error"].value, abs=1e-12)


def test_discriminant_is_its_formula_and_fractions_are_relative():
    d = log_likelihood_ratio(P, 2, [0.8, 0.2, 5.0])
    np.testing.assert_allclose(d, np.log(P[:, 2] / (0.2 * P[:, 1] + 0.8 * P[:, 0])), atol=1e-13)
    np.testing.assert_allclose(log_likelihood_ratio(P, 2, [8, 2, 0]), d, atol=1e-13)
    np.testing.assert_allclose(log_likelihood_ratio(P, 0), np.log(P[:, 0] / P[:, 1:].mean(axis=1)), atol=1e-13)
    assert np.isfinite(log_likelihood_ratio(np.eye(3), 1)).all()


def test_a_class_without_rows_has_no_numbers_and_means_are_not_defined():
    some = LABELS != 1
    measured = measure_multiclass(LABELS[some], P[some], class_names=NAMES)
    assert np.isnan(measured["roc_auc"].value)
    assert np.isnan(measured["roc_auc_one_vs_one"].value)
    assert measured["roc_auc_b_vs_u"].uncertainty > 0
    assert measured["accuracy"].value > 0
    assert not {"roc_auc_c_vs_rest", "background_rejection_c_0.5", "confusion_c_as_b"} & set(measured)
    only = measure_multiclass([1, 1], P[:2], class_names=NAMES)
    assert only["accuracy"].value in {0.0, 0.5, 1.0}


def test_a_class_whose_others_have_no_positive_sum_of_weights_has_no_auc_against_them():
    """u against c and b, of weights 30 and -20 + 5."""
    weights = np.choose(LABELS, np.array([30.0, -20.0, 5.0])) / np.bincount(LABELS)[LABELS]
    head = as_multiclass_head(LABELS, P, weights, class_names=NAMES)
    measured, mean = measure_rows(head), metric_named("roc_auc", MulticlassHead)
    assert "roc_auc_u_vs_rest" not in measured
    assert measured["roc_auc_b_vs_rest"].value == pytest.approx(roc_auc(LABELS == 2, P[:, 2], weights))
    assert np.isnan([measured["roc_auc"].value, mean.plain_numbers(head)["roc_auc"]]).all()


def test_a_class_apart_from_few_others_is_known_as_well_as_these():
    """Whichever of both sides has three rows, they show no more than that."""
    labels = np.repeat([0, 1], [10_000, 3])
    measured = measure_multiclass(labels, np.where(labels[:, None] == [0, 1], 0.9, 0.1), class_names=["a", "b"])
    for name in ("roc_auc_a_vs_rest", "roc_auc_b_vs_rest"):
        assert measured[name].uncertainty == pytest.approx(1 - 0.3173 ** (1 / 3), rel=1e-3)


def test_calibration_error_of_classes_that_are_apart_is_not_known_without_uncertainty():
    labels = np.repeat([0, 1], 100)
    result = reliability(labels, 0.1 + 0.8 * labels).error
    assert (result.value, result.uncertainty) == (pytest.approx(0.1), pytest.approx(1 - 0.3173**0.005, rel=1e-3))


def test_a_softmax_that_exceeds_1_by_its_rounding_has_a_calibration_error():
    """Otherwise it would be measured on some parts of the data and not on others."""
    near = np.where(P.max() == P, 1 + 2**-22, P).astype(np.float32)
    names = ["a", "b", "c", "d"][: P.shape[1]]
    result = measure_multiclass(LABELS, near, WEIGHTS, class_names=names)
    assert {f"calibration_error_{name}" for name in names} <= set(result)
    beyond = measure_multiclass(LABELS, near * np.float32(1.001), WEIGHTS, class_names=names)
    assert not any(name.startswith("calibration_error") for name in beyond)  # these are no probabilities


def test_the_unit_of_weights_changes_nothing():
    one, other = (reliability(LABELS == 2, P[:, 2], WEIGHTS * scale) for scale in (1.0, 1e300))
    np.testing.assert_allclose(one.uncertainty, other.uncertainty, rtol=1e-12)


def test_shares_of_a_true_class_sum_to_one():
    measured = measure_multiclass(LABELS, P, WEIGHTS, class_names=NAMES)
    for true in NAMES:
        assert sum(measured[f"confusion_{true}_as_{taken}"].value for taken in NAMES) == pytest.approx(1.0)


@pytest.mark.parametrize("scenario", ["unit weights", "weights over decades", "negative weights"])
def test_uncertainties_are_the_scatter_of_repeated_experiments(scenario):
    """About 200 rows of one class, 1,500 and 500 of the others; 300 samples know a scatter to 4%.

    The class of each row is drawn, as accuracy and calibration take it: with fixed numbers of each class they scatter
    less than they say.
    """
    rng = np.random.default_rng(3)
    result = {}
    for _ in range(300):
        labels = rng.choice(3, 2200, p=[15 / 22, 5 / 22, 2 / 22])
        logits = rng.normal(size=(len(labels), 3)) + 0.9 * np.eye(3)[labels]
        likely = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        weights = np.ones(len(labels))
        if scenario == "weights over decades":
            weights = 10 ** rng.uniform(-1, 1, len(labels))
        elif scenario == "negative weights":
            weights = np.where(rng.random(len(labels)) < 0.15, -1.0, 1.0)
        for name, number in measure_multiclass(labels, likely, weights, signal_efficiencies=[0.5, 0.7]).items():
            result.setdefault(name, []).append((number.value, number.uncertainty))
    ratios = {name: np.mean(both, axis=0)[1] / np.std(both, axis=0, ddof=1)[0] for name, both in result.items()}
    assert {name: ratio for name, ratio in ratios.items() if abs(ratio - 1) > 0.15} == {}


def test_calibration_error_of_a_calibrated_network_is_that_of_chance():
    """2,000 rows; the scatter of 400 samples is known to 3.5%."""
    rng = np.random.default_rng(4)
    collected = []
    for _ in range(400):
        p = rng.beta(0.6, 2.0, 2000)
        collected.append(reliability(rng.random(2000) < p, p))
    values = np.array([one.error.value for one in collected])
    assert np.mean([one.by_chance for one in collected]) == pytest.approx(values.mean(), rel=0.03)
    assert np.mean([one.error.uncertainty for one in collected]) == pytest.approx(values.std(ddof=1), rel=0.15)


def test_uncertainty_of_a_calibration_error_is_its_scatter_where_bins_have_few_rows():
    """200 rows, a quarter of negative weight: it was 30% too small, and 0 in some; 200 samples know a scatter to 5%."""
    rng = np.random.default_rng(1)
    errors = []
    for _ in range(200):
        weights = rng.lognormal(0, 0.5, 200) * np.where(rng.random(200) < 0.25, -1, 1)
        errors.append(reliability(rng.random(200) < 0.1, rng.beta(4, 4, 200), weights).error)
    quoted = [error.uncertainty for error in errors]
    assert np.median(quoted) == pytest.approx(np.std([error.value for error in errors]), rel=0.15)
    assert min(quoted) > 0.02


def test_uncertainty_of_a_reliability_is_its_scatter():
    rng = np.random.default_rng(5)
    collected = []
    for _ in range(400):
        p = rng.random(1000)
        weights = 10 ** rng.uniform(-1, 1, 1000)
        one = reliability(rng.random(1000) < p**2, p, weights)
        collected.append((one.observed[5], one.uncertainty[5]))
    values, quoted = np.transpose(collected)
    assert quoted.mean() == pytest.approx(values.std(ddof=1), rel=0.15)


def test_numbers_are_described_by_the_metric_that_they_are_of():
    measured = measure_multiclass(LABELS, P, class_names=NAMES)
    labels = {name: described(name, measured)[1] for name in measured}
    assert labels["background_rejection_c_0.5"] == "1/ε_c at ε_S = 0.5"
    assert labels["roc_auc_b_vs_c"] == "AUC, b against c"
    assert labels["roc_auc_b_vs_rest"] == "AUC, b against rest"
    assert described("bias", ["bias"])[0].unit == "target"
    assert described("roc_auc", ["roc_auc"])[0].better == "larger"
    assert described("something", ["something"]) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"class_names": ["a", "b"]}, r"`class_names` must name all 3 classes. Received: \['a', 'b'\]"),
        ({"class_names": ["b", "c", "rest"]}, "`class_names` must hold different names, and none may be 'rest'"),
        ({"class_names": ["b", "c", "b"]}, r"different names.*Received: \['b', 'c', 'b'\]"),
        ({"class_names": NAMES, "signal": "d"}, r"`signal` must be one of \['u', 'c', 'b'\]. Received: 'd'"),
        ({"class_names": NAMES, "fractions": {"u": -1, "c": 2}}, "`fractions` must have one number for each of 3"),
        ({"class_names": NAMES, "fractions": {"b": 1.0}}, "not all 0 for backgrounds"),
        ({"signal_efficiencies": [1.5]}, "`signal_efficiency` must be above 0 and at most 1"),
    ],
)
def test_refuses_what_does_not_fit_the_classes(arguments, message):
    with pytest.raises(DataError, match=message):
        measure_multiclass(LABELS, P, **arguments)


def test_discriminant_refuses_a_column_that_is_not_there():
    with pytest.raises(DataError, match=r"`signal` must be a column of `probabilities`.*Received: 3 for shape"):
        log_likelihood_ratio(P, 3)


def test_reliability_refuses_what_is_no_probability():
    with pytest.raises(DataError, match=r"`scores` must hold probabilities, from 0 to 1. Received: 1.2 in row 1"):
        reliability([0, 1], [0.1, 1.2])


def test_rejection_uses_the_rows_of_two_classes_only():
    measured = measure_multiclass(LABELS, P, WEIGHTS, class_names=NAMES, signal="c", fractions={"u": 1, "b": 1})
    of_both = LABELS != 0
    d = log_likelihood_ratio(P, 1)
    expected = roc_curve(LABELS[of_both] == 1, d[of_both], WEIGHTS[of_both]).rejection(0.5)
    assert measured["background_rejection_b_0.5"] == expected
    assert roc_auc(LABELS == 1, P[:, 1], WEIGHTS) == measured["roc_auc_c_vs_rest"].value
