from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import TrainingRows
from netwright.errors import DataError, ExperimentError
from netwright.training.feed import epoch_order, make_feed, plain_order


@given(rows=st.integers(1, 300), batch=st.integers(1, 70), seed=st.integers(0, 2**31 - 1), epoch=st.integers(1, 99))
def test_every_row_comes_once_an_epoch(rows: int, batch: int, seed: int, epoch: int) -> None:
    among = np.arange(rows) * 3
    order = epoch_order(TrainingRows(among), batch, seed=seed, epoch=epoch)
    assert sorted(order.rows[order.factors > 0]) == among.tolist()
    assert order.rows.shape[1] == min(batch, rows)
    assert set(order.rows.ravel()) <= set(among.tolist())


def test_seed_and_epoch_alone_decide_the_order() -> None:
    among = np.arange(100)
    first = epoch_order(TrainingRows(among), 10, seed=1, epoch=1).rows
    np.testing.assert_array_equal(first, epoch_order(TrainingRows(among), 10, seed=1, epoch=1).rows)
    assert (first != epoch_order(TrainingRows(among), 10, seed=1, epoch=2).rows).any()
    assert (first != epoch_order(TrainingRows(among), 10, seed=2, epoch=1).rows).any()
    # pinned, so that a new version of NumPy cannot change trainings in silence
    assert first[0].tolist() == [3, 44, 41, 75, 10, 40, 54, 31, 67, 34]


def test_plain_order_keeps_the_order() -> None:
    order = plain_order(np.array([5, 3, 4]), 2)
    assert order.rows.tolist() == [[5, 3], [4, 5]]
    assert order.factors.tolist() == [[1, 1], [1, 0]]


def test_weights_make_the_mean_a_weighted_mean(toy) -> None:
    case = toy()
    feed, train = case.feed, case.split.train
    loss = np.random.default_rng(1).uniform(size=len(case.rows))
    for head in case.rows.heads:
        counts = case.rows.heads[head].counts[train]
        expected = np.average(loss[train][counts], weights=case.rows.weights[train][counts])
        found = np.mean(np.asarray(feed.weights[head], np.float64)[train] * loss[train])
        assert found == pytest.approx(expected, rel=1e-6)  # the feed is float32


def test_weights_that_add_up_to_nothing_are_refused(toy) -> None:
    case = toy()
    rows = replace(case.rows, weights=-np.ones(len(case.rows)))
    with pytest.raises(DataError, match=r"targets.is_signal: the weights of the training rows that count add up to -"):
        make_feed(rows, case.split.train, case.experiment.targets)


@given(
    sizes=st.lists(st.integers(1, 60), min_size=2, max_size=4),
    batch=st.integers(4, 40),
    seed=st.integers(0, 2**31 - 1),
    epoch=st.integers(1, 99),
)
def test_collocated_batches_have_as_many_rows_of_each_group(
    sizes: list[int], batch: int, seed: int, epoch: int
) -> None:
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    numbers = np.arange(len(groups)) * 2 + 7
    order = epoch_order(TrainingRows(numbers, groups), batch, seed=seed, epoch=epoch)
    of_batch = np.where(order.factors > 0, groups[(order.rows - 7) // 2], -1)
    for step in of_batch:
        live = [(step == group).sum() for group in range(len(sizes))]
        assert len(set(live)) == 1
    each = min(batch // len(sizes), max(sizes))
    assert order.rows.shape == (-(-max(sizes) // each), each * len(sizes))
    for group, size in enumerate(sizes):
        seen = order.rows[of_batch == group]
        times = np.unique(seen, return_counts=True)[1]
        assert len(seen) == max(sizes)  # the largest group once, and the others as often
        if max(sizes) >= size:
            assert len(times) == size
            assert times.max() - times.min() <= 1


def test_small_groups_come_in_a_new_order_each_time() -> None:
    groups = np.repeat([0, 1], [40, 10])
    order = epoch_order(TrainingRows(np.arange(50), groups), 20, seed=1, epoch=1)
    passes = order.rows[:, 10:]
    assert all(sorted(one) == list(range(40, 50)) for one in passes.tolist())
    assert len({tuple(one) for one in passes.tolist()}) == 4
    again = epoch_order(TrainingRows(np.arange(50), groups), 20, seed=1, epoch=1)
    np.testing.assert_array_equal(order.rows, again.rows)
    # pinned, so that a new version of NumPy cannot change trainings in silence
    assert order.rows[0].tolist() == [3, 2, 11, 25, 5, 8, 16, 39, 35, 19, 48, 45, 47, 41, 49, 42, 44, 46, 40, 43]


def test_corrections_go_with_their_rows() -> None:
    rows, corrections = np.arange(10, 17), np.arange(1.0, 8.0)
    for groups in (None, np.array([0, 0, 0, 1, 1, 1, 1])):
        order = epoch_order(TrainingRows(rows, groups, corrections), 4, seed=3, epoch=2)
        live = order.factors > 0
        np.testing.assert_array_equal(order.factors[live], order.rows[live] - 9)


def test_a_batch_that_cannot_hold_every_group_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"training.batch_size: 2 rows cannot hold one of each of 3 groups"):
        epoch_order(TrainingRows(np.arange(3), np.arange(3)), 2, seed=1, epoch=1)


def test_balance_reaches_validation_rows_too(toy) -> None:
    case = toy()
    target = case.experiment.targets["is_signal"].model_copy(update={"balance": "weights"})
    feed = make_feed(case.rows, case.split.train, {**case.experiment.targets, "is_signal": target})
    labels, plain = case.rows.heads["is_signal"].values, case.rows.weights
    ratio = np.asarray(feed.weights["is_signal"], np.float64) / plain
    train = case.split.train
    sums = [plain[train][labels[train] == c].sum() for c in (0, 1)]
    of_class = [np.unique(ratio[labels == c].round(5)) for c in (0, 1)]
    assert [len(found) for found in of_class] == [1, 1]  # one factor a class, in train, valid and test
    assert of_class[0][0] / of_class[1][0] == pytest.approx(sums[1] / sums[0], rel=1e-4)
    np.testing.assert_array_equal(feed.weights["size"], case.feed.weights["size"])
