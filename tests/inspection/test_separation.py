"""AUCs of single features against those of all rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.inspection.separation import binned_auc, separation
from netwright.inspection.sums import MISSING, SLOTS
from netwright.metrics import roc_auc


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.floats(0.1, 3)), min_size=2, max_size=60))
def test_against_all_rows(rows):
    values, labels, weights = (np.array(column) for column in zip(*rows, strict=True))
    signal, background = (np.bincount(values[labels == k], weights[labels == k], 9) for k in (True, False))
    if labels.all() or not labels.any():
        assert binned_auc(signal, background) is None
    else:
        assert binned_auc(signal, background) == pytest.approx(roc_auc(labels, values, weights), abs=1e-12)


def test_weights_that_cancel_but_for_rounding_have_no_area():
    assert binned_auc(np.array([0.1, 0.2, -0.3]), np.ones(3)) is None
    assert binned_auc(np.ones(3), np.array([0.1, 0.2, -0.3])) is None


def counted(values, labels, classes=2):
    counts = np.zeros((classes, SLOTS))
    slots = np.where(np.isnan(values), MISSING, np.clip(np.nan_to_num(values) * 100 + 1000, 0, MISSING - 1))
    for k in range(classes):
        counts[k] = np.bincount(slots[labels == k].astype(int), minlength=SLOTS)
    return counts, np.bincount(labels, minlength=classes).astype(float)


def test_nothing_to_tell_apart():
    random = np.random.default_rng(1)
    auc, _ = separation(*counted(random.normal(size=20_000), random.integers(0, 2, 20_000)))
    assert 0.5 <= auc < 0.53


def test_the_sign_does_not_matter():
    random = np.random.default_rng(1)
    labels = random.integers(0, 2, 20_000)
    values = random.normal(size=20_000) + labels
    up, down = (separation(*counted(sign * values, labels))[0] for sign in (1, -1))
    assert up == pytest.approx(roc_auc(labels, values), abs=0.002)
    assert down == pytest.approx(up, abs=1e-3)


def test_a_class_between_the_others_and_one_that_is_missing():
    labels = np.arange(3000) % 3
    values = np.select([labels == 0, labels == 1], [np.where(np.arange(3000) % 2, -3.0, 3.0), 0.0], np.nan)
    assert separation(*counted(values, labels, 3)) == (1.0, 2)
    assert separation(*counted(np.where(labels == 2, 0.0, values), np.minimum(labels, 1)))[0] == 1.0


@pytest.mark.parametrize("rows", [[19, 500], [500, 19]])
def test_too_few_rows_say_nothing(rows):
    counts = np.ones((2, SLOTS))
    assert separation(counts, np.array(rows, dtype=float)) is None


def test_no_weight_says_nothing():
    counts = np.ones((2, SLOTS))
    counts[0] = 0
    assert separation(counts, np.array([100.0, 100.0])) is None
