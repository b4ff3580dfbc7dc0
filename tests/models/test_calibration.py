"""Calibration: fits against slow twins, probabilities that are what they say, and the layer in files and in ONNX."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy.optimize import isotonic_regression, minimize

from netwright.errors import DataError
from netwright.layers import IsotonicScaling, Probability, TemperatureScaling
from netwright.metrics import likelihood_ratio_closure, reliability
from netwright.models import calibrate_head
from netwright.models.calibration.isotonic import fitted_curve, pooled_adjacent
from netwright.models.calibration.temperature import fitted_temperature

RNG = np.random.default_rng(8)
ROWS = 20_000
LABELS = RNG.integers(0, 2, ROWS)
TRUE = RNG.normal(2 * LABELS - 1, np.sqrt(2))  # its log-likelihood ratio is itself for equal classes
WEIGHTS = RNG.uniform(0.5, 1.5, ROWS) * np.where(RNG.uniform(size=ROWS) < 0.1, -1, 1)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_temperature_is_that_of_a_general_minimiser(classes: int) -> None:
    labels = RNG.integers(0, classes, 3000)
    z = 3 * RNG.normal(size=(3000, classes))
    z[np.arange(3000), labels] += 3
    w = WEIGHTS[:3000]
    binary = classes == 2
    inverse, shifts = fitted_temperature(z[:, 1] - z[:, 0] if binary else z, labels, w)

    effective = [w[labels == c].sum() ** 2 / (w[labels == c] ** 2).sum() for c in range(classes)]
    size = np.array([(w[labels == c] ** 2).sum() / w[labels == c].sum() for c in range(classes)])

    def loss(parameters: np.ndarray) -> float:
        u = z * parameters[0] + np.concatenate([[0], parameters[1:]])
        total = 0.0
        for c, n in enumerate(effective):
            own = labels == c
            truth = np.minimum(1, size / size[c]) / (n + classes)
            truth[c] += 1 - truth.sum()
            terms = np.log(np.exp(u[own]).sum(axis=1)) - u[own] @ truth
            total += float((w[own] * terms).sum() / w.sum())
        return total

    twin = minimize(loss, np.concatenate([[0.5], np.zeros(classes - 1)]), method="BFGS", options={"gtol": 1e-9})
    result = np.concatenate([[inverse], shifts if binary else shifts[1:]])
    assert loss(result) <= twin.fun + 1e-12
    np.testing.assert_allclose(result, twin.x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("share", [1e-2, 1e-6])
def test_a_rare_signal_of_small_weights_keeps_its_share(share: float) -> None:
    """Half a row of background is 10⁶ rows of signal: probabilities were up to 1,000 times too large."""
    random = np.random.default_rng(8)
    labels = np.repeat([0, 1], 4000)
    z = random.normal(2 * labels - 1, np.sqrt(2))  # of which z is the logit for equal weights
    weights = np.where(labels == 1, share, 1.0)
    inverse, shifts = fitted_temperature(z, labels, weights)
    assert inverse == pytest.approx(1, abs=0.1)
    assert shifts[0] == pytest.approx(np.log(share), abs=0.15)
    for logits in (inverse * z + shifts[0], np.interp(z, *fitted_curve(z, labels, weights))):
        assert likelihood_ratio_closure(labels, 1 / (1 + np.exp(-logits)), weights).value == pytest.approx(1, abs=0.15)


def test_a_known_temperature_and_shift_are_found() -> None:
    inverse, shift = fitted_temperature(2.5 * TRUE - 4, LABELS, WEIGHTS)
    assert inverse == pytest.approx(1 / 2.5, rel=0.03)
    assert shift[0] == pytest.approx(4 / 2.5, abs=0.05)


def test_weights_that_turn_the_loss_upside_down_end_with_order_kept() -> None:
    inverse, _ = fitted_temperature(-TRUE[:500], LABELS[:500], np.abs(WEIGHTS[:500]))
    assert 0 < inverse < 1e-2
    weights = np.where(RNG.uniform(size=500) < 0.45, -1.0, 1.0)
    assert np.isfinite(fitted_temperature(TRUE[:500], LABELS[:500], weights)[0])


def test_logits_that_say_nothing_of_these_rows_keep_their_order_in_float32() -> None:
    """T was 4e8: all rows had the same three probabilities, and an AUC of exactly 0.5."""
    labels = np.concatenate([np.zeros(240, int), np.ones(180, int), np.full(80, 2)])
    z = RNG.normal(size=(500, 3))
    z[np.arange(500), labels] -= 1  # the opposite of the truth
    inverse, shifts = fitted_temperature(z, labels, np.ones(500))
    u = np.float32(z) * np.float32(inverse) + np.float32(shifts)
    p = np.exp(u) / np.exp(u).sum(axis=1, keepdims=True)
    assert all(len(np.unique(column)) > 450 for column in p.T)
    np.testing.assert_allclose(p.mean(axis=0), [0.48, 0.36, 0.16], atol=2e-3)


def test_rows_that_are_separated_without_a_mistake_have_a_temperature() -> None:
    """No more is known of mistakes than that there is less than one in 60."""
    labels = np.arange(60) % 2
    z = (2 * labels - 1) * RNG.uniform(0.5, 1.5, 60)
    for logits in (z, np.stack([-z / 2, z / 2], axis=1)):
        inverse, shifts = fitted_temperature(logits, labels, np.ones(60))
        u = z * inverse + shifts[-1]
        mistakes = np.where(labels == 1, 1 / (1 + np.exp(u)), 1 / (1 + np.exp(-u)))
        assert 0.3 / 60 < mistakes.mean() < 3 / 60


def test_pooling_is_isotonic_regression() -> None:
    for size in (1, 2, 50):
        values, weights = RNG.normal(np.linspace(0, 2, size)), RNG.uniform(0.1, 3, size)
        block = pooled_adjacent(values, weights)
        means = np.bincount(block, values * weights) / np.bincount(block, weights)
        np.testing.assert_allclose(means[block], isotonic_regression(values, weights=weights).x, rtol=1e-12)


@pytest.mark.parametrize("kind", ["temperature", "isotonic"])
def test_a_calibrated_probability_is_what_it_says(kind: str) -> None:
    """On rows of its own, for a network that is too certain and prefers the background; the order stays."""
    model = _network(kind)
    fit, other = np.arange(ROWS) < ROWS // 2, np.arange(ROWS) >= ROWS // 2
    raw = (3 * TRUE - 4).astype(np.float32)[:, None]
    calibrate_head(model, "y", raw[fit], LABELS[fit], WEIGHTS[fit])
    p = np.asarray(model(raw))[:, 0].astype(np.float64)
    rows = (LABELS[other], p[other], WEIGHTS[other])
    result = reliability(*rows)
    before = reliability(LABELS[other], 1 / (1 + np.exp(-raw[other, 0])), WEIGHTS[other])
    assert before.error.value > 0.2
    assert result.error.value < 3 * result.by_chance
    closure = likelihood_ratio_closure(*rows)
    assert abs(closure.value - 1) < 4 * closure.uncertainty < 0.5
    order = np.argsort(raw[:, 0], kind="stable")
    assert (np.diff(p[order]) >= 0).all()
    assert np.ptp(p) > 0.9


def test_what_is_calibrated_stays_as_it_is() -> None:
    """One block of few rows must not move all those above it."""
    z = np.random.default_rng(1).normal(-2, 3, ROWS)
    labels = (np.random.default_rng(2).uniform(size=ROWS) < 1 / (1 + np.exp(-z))).astype(int)
    positions, values = fitted_curve(z, labels, np.ones(ROWS))
    middle = (positions > -4) & (positions < 4)
    assert abs(np.mean((values - positions)[middle])) < 0.05
    # bins of 25 rows with 0, 3, 0, 0 ... of signal: shares of 0.019 and then 0.016, and half of all above
    labels = np.zeros(500, int)
    labels[25:28], labels[250::2] = 1, 1
    positions, values = fitted_curve(np.arange(500.0), labels, np.ones(500))
    assert values[-1] == pytest.approx(0, abs=0.3)


def test_a_bin_whose_weights_cancel_but_for_rounding_joins_the_one_before() -> None:
    """Σw of the last of four bins is 6·10⁻¹⁶: it was a knot of its own, of as much signal as background."""
    labels = np.concatenate([np.arange(60) % 3 == 0, np.ones(120)]).astype(int)
    weights = np.concatenate([np.ones(60), np.tile([0.1, 0.2, -0.3], 40)])
    knots, values = fitted_curve(np.arange(180.0), labels, weights)
    assert knots[-1] < 100
    assert values[-1] < -0.5


def test_few_rows_and_single_classes_give_finite_curves() -> None:
    for labels in (np.array([0, 1]), np.array([1, 1])):
        positions, values = fitted_curve(np.array([-1.0, 2.0]), labels, np.ones(2))
        assert np.isfinite(positions).all()
        assert np.isfinite(values).all()
    apart = np.concatenate([RNG.normal(-9, 1, 500), RNG.normal(9, 1, 500)])
    positions, values = fitted_curve(apart, np.repeat([0, 1], 500), np.ones(1000))
    assert values.tolist() == sorted(values.tolist())
    assert values[-1] == pytest.approx(np.log(1001), rel=0.01)  # (n + 1/2)/(n + 1) of 500 rows


def test_it_is_saved_and_loaded(tmp_path) -> None:
    model, raw = _network("isotonic"), TRUE.astype(np.float32)[:, None]
    calibrate_head(model, "y", raw, LABELS, WEIGHTS)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(raw), model(raw))


def test_closure_is_a_sum_over_rows() -> None:
    p = 1 / (1 + np.exp(-TRUE[:50]))
    slow = sum(w * q / (1 - q) for w, q, y in zip(WEIGHTS[:50], p, LABELS[:50], strict=True) if not y)
    result = likelihood_ratio_closure(LABELS[:50], p, WEIGHTS[:50])
    assert result.value == pytest.approx(slow / WEIGHTS[:50][LABELS[:50] == 1].sum(), rel=1e-12)
    scatter = [
        likelihood_ratio_closure(LABELS, 1 / (1 + np.exp(-np.clip(TRUE, -2, 2))), WEIGHTS * RNG.poisson(1, ROWS)).value
        for _ in range(200)
    ]
    quoted = likelihood_ratio_closure(LABELS, 1 / (1 + np.exp(-np.clip(TRUE, -2, 2))), WEIGHTS).uncertainty
    assert quoted == pytest.approx(np.std(scatter), rel=0.15)
    assert np.isnan(likelihood_ratio_closure([0, 0], [0.5, 0.5]).value)


def test_what_cannot_be_calibrated_is_refused() -> None:
    match = r"targets.y.calibration: the weights of the validation rows of class number 1 add up to 0, and"
    with pytest.raises(DataError, match=match):
        calibrate_head(_network("temperature"), "y", np.zeros((3, 1)), np.zeros(3, np.intp), np.ones(3))
    labels, weights = np.array([0, 1, 1, 1]), np.array([1.0, 0.1, 0.2, -0.3])  # which cancel but for rounding
    with pytest.raises(DataError, match=match):
        calibrate_head(_network("temperature"), "y", np.zeros((4, 1)), labels, weights)
    with pytest.raises(ValueError, match=r"`knots` must be at least 2. Received: 1"):
        IsotonicScaling(1)
    with pytest.raises(ValueError, match=r"maps one logit a row. Received: inputs of shape \(3, 2\)"):
        IsotonicScaling(4)(np.zeros((3, 2)))


def _network(kind: str) -> keras.Model:
    layer = TemperatureScaling if kind == "temperature" else lambda name: IsotonicScaling(64, name=name)
    z = keras.Input((1,))
    return keras.Model(z, Probability()(layer(name="y-calibration")(z)))
