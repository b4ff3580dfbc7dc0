from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.config import BinaryTarget, MulticlassTarget, Target
from netwright.data import HeadRows, Rows, chosen_rows
from netwright.data.balance.balance import importance
from netwright.data.balance.down_sample import kept_rows
from netwright.errors import DataError


def table(labels: np.ndarray, weights: np.ndarray, counts: np.ndarray | None = None) -> Rows:
    counts = np.ones(len(labels), bool) if counts is None else counts
    identity = np.random.default_rng(3).integers(2**63, size=len(labels)).astype(np.uint64)
    number = np.arange(len(labels))
    return Rows({}, {"y": HeadRows(labels.astype(np.int32), counts)}, weights, identity, number)


def heads(balance: str) -> dict[str, Target]:
    content = {"kind": "multiclass", "column": "y", "classes": {"a": 0, "b": 1, "c": 2}, "balance": balance}
    return {"y": MulticlassTarget.model_validate(content)}


@st.composite
def rows_of_three_classes(draw: st.DrawFn) -> Rows:
    """Three classes of different size, weights of both signs, and some rows that do not count."""
    random = np.random.default_rng(draw(st.integers(0, 1000)))
    sizes = [draw(st.integers(2, 40)) for _ in range(3)]
    labels = random.permutation(np.repeat(np.arange(3), sizes))
    weights = random.uniform(0.5, 2, len(labels)) * np.where(random.uniform(size=len(labels)) < 0.1, -0.1, 1)
    counts = random.uniform(size=len(labels)) < draw(st.sampled_from([1.1, 0.7]))
    for c in range(3):  # a class needs a positive sum
        first = np.flatnonzero(labels == c)[0]
        counts[first], weights[first] = True, 5.0
    return table(labels, weights, counts)


@pytest.mark.parametrize("balance", ["none", "weights"])
def test_all_rows_are_taken_as_they_are(balance: str) -> None:
    among = np.array([4, 2, 0])
    rows = chosen_rows(table(np.arange(6) % 3, np.ones(6)), among, heads(balance))
    assert rows.rows is among
    assert rows.groups is None
    assert rows.corrections is None
    assert rows.remarks == ()


@given(rows_of_three_classes())
def test_corrections_keep_every_expectation(rows: Rows) -> None:
    """The mean over batches of any quantity, corrected, is its mean over the training rows."""
    among, quantity = np.arange(len(rows)), rows.weights
    result = chosen_rows(rows, among, heads("collocated"))
    assert result.groups is not None
    assert result.corrections is not None
    corrected = quantity[result.rows] * result.corrections
    of_groups = [corrected[result.groups == g].mean() for g in np.unique(result.groups)]  # as many of each in a batch
    assert np.mean(of_groups) == pytest.approx(quantity.mean(), rel=1e-9)
    counts = rows.heads["y"].counts
    np.testing.assert_array_equal(result.groups[counts], rows.heads["y"].values[counts])
    assert set(result.groups[~counts]) <= {3}


@given(rows_of_three_classes())
def test_collocated_classes_are_equally_important_whatever_their_weights(rows: Rows) -> None:
    result = chosen_rows(rows, np.arange(len(rows)), heads("collocated"))
    assert result.groups is not None
    assert result.corrections is not None
    every = kept_rows(rows, np.arange(len(rows)), heads("collocated"))
    effective = (rows.weights * importance(rows, every, heads("collocated"))["y"])[result.rows]
    means = [(effective * result.corrections)[result.groups == c].mean() for c in range(3)]
    np.testing.assert_allclose(means, means[0], rtol=1e-9)
    # inside a class weights keep their ratios: event weights over the mean of their class
    for c in range(3):
        of_class = result.groups == c
        own = rows.weights[of_class] / rows.weights[of_class].mean()
        np.testing.assert_allclose((effective * result.corrections)[of_class] / means[0], own, rtol=1e-9)


@given(rows_of_three_classes())
def test_down_sampling_leaves_as_many_rows_of_each_class(rows: Rows) -> None:
    counts, labels = rows.heads["y"].counts, rows.heads["y"].values
    kept = kept_rows(rows, np.arange(len(rows)), heads("down-sampling"))
    counting = counts[kept.rows]
    smallest = min((labels[counts] == c).sum() for c in range(3))
    assert [(labels[kept.rows[counting]] == c).sum() for c in range(3)] == [smallest] * 3
    assert set(np.flatnonzero(~counts)) <= set(kept.rows)
    assert (np.diff(kept.rows) > 0).all()
    label, weights = labels[kept.rows[counting]], rows.weights[kept.rows[counting]]
    if min(np.bincount(label, weights=weights)) < 1e-6:
        with pytest.raises(DataError, match=r"the weights of class [abc] add up to"):
            chosen_rows(rows, np.arange(len(rows)), heads("down-sampling"))
        return
    result = chosen_rows(rows, np.arange(len(rows)), heads("down-sampling"))
    assert result.groups is None
    assert result.corrections is not None
    np.testing.assert_array_equal(result.rows, kept.rows)
    # the sums of weights are equal too, whatever the weights are; inside a class they keep their ratios
    effective = importance(rows, kept, heads("down-sampling"))["y"][result.rows] * result.corrections
    sums = np.bincount(label, weights=effective[counting] * weights)
    np.testing.assert_allclose(sums, sums[0], rtol=1e-9)
    for c in range(3):
        np.testing.assert_allclose(effective[counting][label == c], effective[counting][label == c][0], rtol=1e-9)


def test_down_sampling_goes_by_identity_not_by_position() -> None:
    rows = table(np.repeat([0, 1, 2], [50, 20, 10]), np.ones(80))
    kept = set(rows.identity[chosen_rows(rows, np.arange(80), heads("down-sampling")).rows])
    order = np.random.default_rng(1).permutation(80)
    shuffled = rows.take(order)
    assert set(shuffled.identity[chosen_rows(shuffled, np.arange(80), heads("down-sampling")).rows]) == kept
    others = replace(rows, identity=rows.identity + np.uint64(1))
    assert set(others.identity[chosen_rows(others, np.arange(80), heads("down-sampling")).rows] - np.uint64(1)) != kept


def test_what_is_lost_is_said() -> None:
    weights = np.where(np.arange(80) < 50, 2.0, 1.0)
    rows = table(np.repeat([0, 1, 2], [50, 20, 10]), weights)
    (remark,) = chosen_rows(rows, np.arange(80), heads("down-sampling")).remarks
    assert remark == (
        "targets.y: down-sampling drops 50 of 80 training rows (40 of 50 of a, 10 of 20 of b, 0 of 10 of c) and "
        "90 of 130 of their weight (69.2%). balance: weights or collocated would drop none."
    )


def test_how_often_small_classes_are_shown_is_said() -> None:
    rows = table(np.repeat([0, 1, 2], [50, 20, 10]), np.ones(80))
    (remark,) = chosen_rows(rows, np.arange(80), heads("collocated")).remarks
    assert remark.endswith("occurrences of every row in an epoch: a 1, b 2.5, c 5.")


def test_balance_that_costs_much_precision_is_said() -> None:
    rows = table(np.repeat([0, 1, 2], [1000, 10, 10]), np.ones(1020))
    (remark,) = chosen_rows(rows, np.arange(1020), heads("weights")).remarks
    # three classes of equal sums S: (3 S)² / (S²/1000 + S²/10 + S²/10) = 9 / 0.201
    assert remark.startswith("targets.y: balance reduces the precision to that of 45 rows of equal weight")
    assert "without it 1,020, of 1,020 training rows that count" in remark


def test_a_class_without_training_rows_is_refused() -> None:
    rows = table(np.array([0, 1, 2]), np.ones(3))
    with pytest.raises(DataError, match="class c has no training rows"):
        chosen_rows(rows, np.array([0, 1]), heads("down-sampling"))


def test_rows_drawn_twice_stay_so() -> None:
    rows = table(np.array([0, 1, 1]), np.ones(3))
    target: dict[str, Target] = {"y": BinaryTarget(kind="binary", column="y", balance="collocated")}
    result = chosen_rows(rows, np.array([0, 0, 1, 2, 2]), target)
    assert result.rows.tolist() == [0, 0, 1, 2, 2]
    assert result.groups is not None
    assert result.groups.tolist() == [0, 0, 1, 1, 1]
