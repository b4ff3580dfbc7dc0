"""A balance gives equal sums of weights in what is trained on: row by row, as the steps of an epoch take them."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.config import BinaryTarget, RegressionTarget, Target
from netwright.data import HeadRows, Rows, chosen_rows
from netwright.metrics import weighted_quantile
from netwright.training.feed.arrays import head_weights
from netwright.training.feed.order import epoch_order

WEIGHTS = {
    "tiny signal weights": lambda label, _: np.where(label == 1, 0.01, 1.0),
    "spread": lambda label, random: random.uniform(0.1, 10, len(label)) * np.where(label == 1, 100, 1),
    "negative": lambda label, random: np.where(random.uniform(size=len(label)) < 0.3, -1.0, 1.0),
}


def table(kind: str) -> Rows:
    """900 background rows, 300 of signal, and 200 that do not count for the classes."""
    random = np.random.default_rng(3)
    label = random.permutation(np.repeat([0, 1, 0], [900, 300, 200])).astype(np.int32)
    counts = np.ones(len(label), bool)
    counts[np.flatnonzero(label == 0)[:200]] = False
    energy = (random.uniform(20, 200, len(label)) + 20 * label).astype(np.float32)
    heads = {"y": HeadRows(label, counts), "e": HeadRows(energy, np.ones(len(label), bool))}
    number = np.arange(len(label))
    return Rows({"x": np.zeros((len(label), 1))}, heads, WEIGHTS[kind](label, random), number.astype(np.uint64), number)


def heads(balance: str, flat_bins: int = 0) -> dict[str, Target]:
    return {
        "y": BinaryTarget.model_validate({"kind": "binary", "column": "y", "balance": balance}),
        "e": RegressionTarget(kind="regression", column="e", flat_bins=flat_bins),
    }


def seen(rows: Rows, targets: dict[str, Target], head: str, batch: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """Every row that an epoch shows, and the weight that its loss has there: a slow twin of the steps."""
    among = np.arange(len(rows))
    weights = head_weights(rows, among, targets)[head].astype(np.float64)
    taken = epoch_order(chosen_rows(rows, among, targets), batch, seed=1, epoch=1).whole()
    shown, counted = [], []
    for row, factor in zip(taken.rows.ravel(), taken.factors.ravel(), strict=True):
        shown.append(int(row))
        counted.append(float(factor) * float(weights[row]))
    return np.array(shown), np.array(counted)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("balance", ["weights", "down-sampling", "collocated"])
def test_classes_have_equal_sums_of_weights_in_an_epoch(balance: str, kind: str) -> None:
    """Collocated: 700 rows of background, 300 of signal and 200 others; 2100 of each come when each comes whole."""
    rows = table(kind)
    if balance == "collocated":  # whole times through: 600 of background, 300 of signal, 200 others
        label, counts = rows.heads["y"].values, rows.heads["y"].counts
        background = np.flatnonzero((label == 0) & counts)
        rows = rows.take(np.sort(np.concatenate([background[:600], np.flatnonzero((label == 1) | ~counts)])))
        assert np.bincount(rows.heads["y"].values[rows.heads["y"].counts]).tolist() == [600, 300]
    shown, weights = seen(rows, heads(balance), "y")
    sums = np.bincount(rows.heads["y"].values[shown], weights=weights * rows.heads["y"].counts[shown])
    assert sums[0] > 0
    assert sums[1] / sums[0] == pytest.approx(1, rel=1e-4)  # the weights are float32


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("balance", ["none", "weights", "down-sampling"])
def test_bins_have_equal_sums_of_weights_in_an_epoch(balance: str, kind: str) -> None:
    """Also where another head leaves out rows: the sums are of those that are left."""
    rows, bins = table(kind), 6
    shown, weights = seen(rows, heads(balance, bins), "e")
    _, flat_by_none = seen(rows, heads(balance), "e")  # event weights as they are taken, up to one factor
    energy = rows.heads["e"].values[shown].astype(float)
    low, high = (weighted_quantile(energy, p, flat_by_none) for p in (0.005, 0.995))
    positions = np.clip((energy - low) / (high - low) * bins, 0, bins - 1).astype(int)
    sums = np.bincount(positions, weights=weights)
    np.testing.assert_allclose(sums, sums[0], rtol=1e-4)


@pytest.mark.parametrize("balance", ["none", "weights", "down-sampling", "collocated"])
def test_other_heads_see_every_class_by_its_weight(balance: str) -> None:
    rows = table("tiny signal weights")
    label, counts = rows.heads["y"].values, rows.heads["y"].counts
    shares = []
    for targets in (heads("none"), heads(balance)):
        shown, weights = seen(rows, targets, "e", batch=3)
        shares.append(np.bincount(np.where(counts, label, 2)[shown], weights=weights) / weights.sum())
    np.testing.assert_allclose(shares[1], shares[0], rtol=1e-4)
