from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netwright.config import BinaryTarget, RegressionTarget, Target
from netwright.data import HeadRows, Rows
from netwright.data.balance.balance import class_factors, flat_factors, importance
from netwright.data.balance.down_sample import class_counts, kept_rows
from netwright.errors import DataError
from netwright.metrics import weighted_quantile

CLASSES = ["qcd", "top", "w"]


def rows_of(label: np.ndarray, weights: np.ndarray, counts: np.ndarray | None = None, **more: np.ndarray) -> Rows:
    heads = {"y": HeadRows(label.astype(np.int32), np.ones(len(label), bool) if counts is None else counts)}
    heads |= {name: HeadRows(values.astype(np.float32), np.ones(len(label), bool)) for name, values in more.items()}
    number = np.arange(len(label))
    return Rows({}, heads, np.asarray(weights, float), number.astype(np.uint64), number)


def target(balance: str) -> BinaryTarget:
    return BinaryTarget.model_validate({"kind": "binary", "column": "y", "balance": balance})


def important(balance: str, **factors: float) -> BinaryTarget:
    content = {"kind": "binary", "column": "y", "balance": balance, "importance": factors}
    return BinaryTarget.model_validate(content)


def factors_of(rows: Rows, among: np.ndarray, heads: dict[str, Target]) -> dict[str, np.ndarray]:
    return importance(rows, kept_rows(rows, among, heads), heads)


def test_importance_multiplies_the_weights_of_a_class_after_balance() -> None:
    labels, weights = np.array([0, 0, 0, 1]), np.array([1.0, 2.0, 1.0, 3.0])
    rows, among = rows_of(labels, weights), np.arange(4)
    plain = factors_of(rows, among, {"y": important("none", background=2.5)})["y"]
    np.testing.assert_allclose(plain, [2.5, 2.5, 2.5, 1.0])
    balanced = factors_of(rows, among, {"y": target("weights")})["y"]
    both = factors_of(rows, among, {"y": important("weights", background=2.5, signal=0.5)})["y"]
    np.testing.assert_allclose(both, balanced * [2.5, 2.5, 2.5, 0.5])
    assert factors_of(rows, among, {"y": important("none")}) == {}


@st.composite
def weighted_classes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels of three classes and weights of both signs, of which each class has a positive sum."""
    size = draw(st.integers(3, 60))
    labels = np.r_[0, 1, 2, draw(arrays(np.int64, size, elements=st.integers(0, 2)))]
    weights = draw(arrays(np.float64, size + 3, elements=st.floats(-2, 2)))
    for c in range(3):
        weights[c] = 1 + np.abs(weights[labels == c]).sum()
    return labels, weights


@given(weighted_classes())
def test_classes_become_equally_important_and_the_sum_of_weights_stays(case: tuple[np.ndarray, np.ndarray]) -> None:
    labels, weights = case
    factors = class_factors("y", labels, weights, CLASSES)
    sums = [sum(w * factors[c] for w, label in zip(weights, labels, strict=True) if label == c) for c in range(3)]
    np.testing.assert_allclose(sums, [sums[0]] * 3, rtol=1e-9)
    assert sum(sums) == pytest.approx(weights.sum(), rel=1e-9)


@given(weighted_classes(), st.floats(0.1, 100))
def test_factors_do_not_depend_on_order_or_on_the_scale_of_weights(
    case: tuple[np.ndarray, np.ndarray], scale: float
) -> None:
    labels, weights = case
    order = np.random.default_rng(0).permutation(len(labels))
    first = class_factors("y", labels, weights, CLASSES)
    np.testing.assert_allclose(first, class_factors("y", labels[order], scale * weights[order], CLASSES), rtol=1e-9)


@pytest.mark.parametrize("weights", [[1.0, 1.0, -1.0], [1.0, 1.0, 0.0], [1.0, -2.0, 3.0]])
def test_a_class_of_no_positive_weight_is_refused(weights: list[float]) -> None:
    name = "top" if weights[1] < 0 else "w"
    with pytest.raises(DataError, match=rf"targets.y.balance: the weights of class {name} add up to -?\d.*must be pos"):
        class_factors("targets.y", np.arange(3), np.array(weights), CLASSES)


def test_a_class_whose_weights_cancel_is_refused() -> None:
    labels, weights = np.array([0, 1, 2, 2, 2]), np.array([1.0, 1.0, 0.1, 0.2, -0.3])  # 5.6e-17, a rounding error
    with pytest.raises(DataError, match="class w add up to"):
        class_factors("y", labels, weights, CLASSES)


@given(
    values=arrays(np.float64, st.integers(20, 200), elements=st.floats(-50, 50)),
    bins=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_every_bin_becomes_equally_important(values: np.ndarray, bins: int, seed: int) -> None:
    values[:2] = [-60, 60]
    weights = np.random.default_rng(seed).uniform(0.1, 2, len(values))
    low, high = (weighted_quantile(values, p, weights) for p in (0.005, 0.995))
    assume(high > low)  # else it is refused, which has a test of its own
    factors = flat_factors("y", values, weights, bins, values)
    sums: dict[int, float] = {}
    for value, weight, factor in zip(values, weights, factors, strict=True):
        place = min(max(int((value - low) / (high - low) * bins), 0), bins - 1)
        sums[place] = sums.get(place, 0.0) + weight * factor
    np.testing.assert_allclose(list(sums.values()), np.full(len(sums), weights.sum() / len(sums)), rtol=1e-9)


def test_a_flattened_distribution_is_flat() -> None:
    random = np.random.default_rng(1)
    values = random.exponential(size=20_000)
    weights = np.where(random.uniform(size=20_000) < 0.1, -1.0, 1.0)  # a tenth is subtracted
    factors = flat_factors("y", values, weights, 10, values)
    result, _ = np.histogram(values, bins=10, range=(0.0, np.quantile(values, 0.99)), weights=weights * factors)
    assert result[1:-1].std() < 0.25 * result[1:-1].mean()  # other edges than those of the bins, so not exactly flat
    raw, _ = np.histogram(values, bins=10, range=(0.0, np.quantile(values, 0.99)), weights=weights)
    assert raw[1] > 5 * raw[-1]


def test_what_lies_beyond_joins_the_outer_bins_and_empty_bins_take_from_their_neighbours() -> None:
    values = np.r_[np.zeros(50), np.full(50, 10.0)]
    result = flat_factors("y", values, np.r_[np.ones(50), np.full(50, 2.0)], 5, np.array([-99.0, 0.0, 5.0, 10.0, 99.0]))
    # sums are 50 and 100, their mean 75; the middle bin lies halfway
    np.testing.assert_allclose(result, [1.5, 1.5, 1.125, 0.75, 0.75])


def test_a_bin_of_no_positive_weight_is_refused_with_its_range() -> None:
    values = np.linspace(0, 10, 1001)
    weights = np.where((values > 4.1) & (values < 5.9), -1.0, 1.0)
    with pytest.raises(
        DataError, match=r"targets.e.flat_bins: .* rows between 4\.006 and 5\.994 add up to -\d+.*fewer bins"
    ):
        flat_factors("targets.e", values, weights, 5, values)


def test_a_target_of_one_value_is_refused() -> None:
    values = np.r_[np.full(999, 3.0), 4.0]
    with pytest.raises(DataError, match="central 99% of the weight have the value 3"):
        flat_factors("targets.e", values, np.ones(1000), 5, values)


def test_importance_comes_from_training_rows_and_is_one_for_rows_that_do_not_count() -> None:
    label = np.array([0, 0, 0, 1, 0, 1, 1])
    counts = np.array([True, True, True, True, True, True, False])
    rows = rows_of(label, np.ones(7), counts, e=np.arange(7.0))
    heads = {"y": target("weights"), "e": RegressionTarget(kind="regression", column="e")}
    result = factors_of(rows, np.arange(4), heads)
    np.testing.assert_allclose(result["y"], [2 / 3, 2 / 3, 2 / 3, 2, 2 / 3, 2, 1])
    assert "e" not in result  # it asks for no balance
    for balance in ("collocated", "down-sampling"):
        np.testing.assert_allclose(factors_of(rows, np.arange(4), {"y": target(balance)})["y"], result["y"])
    assert factors_of(rows, np.arange(4), {"y": target("none")}) == {}


def test_rows_drawn_twice_count_twice() -> None:
    rows = rows_of(np.array([0, 1]), np.ones(2))
    np.testing.assert_allclose(factors_of(rows, np.array([0, 0, 0, 1]), {"y": target("weights")})["y"], [2 / 3, 2])


def test_flat_bins_of_a_head_follow_from_training_rows() -> None:
    rows = rows_of(np.zeros(6), np.ones(6), e=np.array([0, 0, 0, 1, 500, 500.0]))
    heads = {"e": RegressionTarget(kind="regression", column="e", flat_bins=2)}
    among = np.arange(4)
    np.testing.assert_allclose(factors_of(rows, among, heads)["e"], [2 / 3, 2 / 3, 2 / 3, 2, 2, 2])


def test_a_class_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"targets.y.balance: class top has no training rows"):
        class_counts("targets.y", np.array([0, 2, 3]), CLASSES)
