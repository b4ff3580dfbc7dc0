"""Copies, drift and weights of rows against slow twins."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.inspection.copies import ContentHash, find_copies
from netwright.inspection.drift import drifts, grouped_files
from netwright.inspection.weight_summary import summarise_weights

ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 2)), min_size=1, max_size=60)


@given(ROWS)
def test_copies_against_a_slow_twin(rows):
    hashes, parts = (np.array(column) for column in zip(*rows, strict=True))
    copies = find_copies(hashes.astype(np.uint64), {"split": parts})
    times = Counter(hashes.tolist())
    where = {h: {p for g, p in rows if g == h and p >= 0} for h in times}
    assert copies.unique == sum(n == 1 for n in times.values())
    assert copies.extra == len(rows) - len(times)
    assert (copies.rows, copies.conclusive) == (len(rows), True)
    assert copies.across == {"split": sum(len(where[h]) > 1 for h, _ in rows)}


def test_few_possible_contents_do_not_tell():
    hashes = np.repeat(np.arange(50, dtype=np.uint64), 2)
    assert find_copies(hashes, {}, 1e9).conclusive  # the whole file twice
    assert not find_copies(hashes, {}, 50.0).conclusive
    assert find_copies(np.arange(50, dtype=np.uint64), {}, 50.0).conclusive  # but all are different


def test_the_hash_of_content():
    content = ContentHash(2)
    x = np.array([1.0, 1.0, -0.0, 0.0, np.nan, 1.0, 2.0**40, 2.0**40 + 1])
    y = np.array([2.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    total = content.words(0, x, double=True) + content.words(1, y, double=False)
    assert total[0] == total[1]
    assert total[2] == total[3]  # zero has no sign
    assert len(set(total.tolist())) == 6
    payload = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)
    assert content.words(0, payload, double=False) == content.words(0, np.array([np.nan]), double=False)


def some(random, rows=6000):
    return random.normal(size=(3, rows)), np.arange(rows) // (rows // 3), np.zeros(rows, dtype=np.int64)


def names(found):
    return {one.part: one for one in found}


def test_no_drift():
    values, parts, classes = some(np.random.default_rng(1))
    for weights in (np.ones(6000), np.where(np.arange(6000) % 10 == 0, -1.0, 1.0)):
        for one in drifts(values, weights, parts, ["a", "b", "c"], ["x", "y", "z"], classes):
            assert abs(one.auc.value - 0.5) < 4 * one.auc.uncertainty
            assert one.auc.uncertainty == pytest.approx(0.008, abs=0.003)


def test_a_shift_is_found_and_named():
    values, parts, classes = some(np.random.default_rng(1))
    values[1, parts == 2] += 1
    found_names = names(drifts(values, np.ones(6000), parts, ["a", "b", "c"], ["x", "y", "z"], classes))
    assert found_names["c"].auc.value == pytest.approx(0.76, abs=0.02)  # Φ(1/√2)
    assert found_names["c"].features[0] == "y"
    assert found_names["c"].rows == 2000


def test_what_is_missing_is_found():
    values, parts, classes = some(np.random.default_rng(1))
    values[0, (parts == 0) & (np.arange(6000) % 2 == 0)] = np.nan
    found_names = names(drifts(values, np.ones(6000), parts, ["a", "b", "c"], ["x", "y", "z"], classes))
    assert found_names["a"].auc.value > 0.7
    assert found_names["a"].features[0] == "x"


def test_parts_are_compared_within_classes():
    values, parts, _ = some(np.random.default_rng(1))
    classes = (parts == 0).astype(np.int64)
    values[0] += 3 * classes
    drift_results = drifts(values, np.ones(6000), parts, ["a", "b", "c"], ["x", "y", "z"], classes)
    assert [one.part for one in drift_results] == ["b", "c"]  # a alone is of its class
    assert all(abs(one.auc.value - 0.5) < 0.04 for one in drift_results)


def test_small_parts_and_cancelled_weights_are_left_out():
    values, parts, classes = some(np.random.default_rng(1))
    parts = np.where(np.arange(6000) < 30, 0, 1)
    assert drifts(values, np.ones(6000), parts, ["a", "b"], ["x", "y", "z"], classes) == []
    parts = np.where(np.arange(6000) < 3000, 0, 1)
    weights = np.where((parts == 0) & (np.arange(6000) % 5 > 0), -1.0, 1.0)
    assert drifts(values, weights, parts, ["a", "b"], ["x", "y", "z"], classes) == []


def test_many_files_are_joined_in_their_order():
    parts, labels = grouped_files([f"f{k}" for k in range(60)], [2] * 60)
    assert len(labels) == 20
    assert labels[0] == "f0 … f2"
    assert np.bincount(parts).tolist() == [6] * 20
    assert (np.diff(parts) >= 0).all()


@given(st.lists(st.floats(-3, 5), min_size=1, max_size=40))
def test_weights_against_numpy(weights):
    w = np.array(weights)
    summary = summarise_weights("all", w)
    assert (summary.rows, summary.weight_sum) == (len(w), pytest.approx(w.sum()))
    assert summary.negative_rows == pytest.approx((w < 0).mean())
    if np.square(w).sum() > 0:
        assert summary.effective_rows == pytest.approx(w.sum() ** 2 / np.square(w).sum())
        assert summary.largest == pytest.approx(np.abs(w).max() / np.abs(w).sum())


def test_no_rows_weigh_nothing():
    assert summarise_weights("none", np.zeros(0)).effective_rows is None
