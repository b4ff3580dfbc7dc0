from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import TrainingRows
from netwright.errors import ExperimentError
from netwright.training.feed import order as orders
from netwright.training.feed.order import epoch_order, plain_order, stacked, window_steps


@given(rows=st.integers(1, 300), batch=st.integers(1, 70), seed=st.integers(0, 2**31 - 1), epoch=st.integers(1, 99))
def test_every_row_comes_once_an_epoch(rows: int, batch: int, seed: int, epoch: int) -> None:
    among = np.arange(rows) * 3
    order = epoch_order(TrainingRows(among), batch, seed=seed, epoch=epoch).whole()
    assert sorted(order.rows[order.factors > 0]) == among.tolist()
    assert order.rows.shape[1] == min(batch, rows)
    assert set(order.rows.ravel()) <= set(among.tolist())


def test_seed_and_epoch_alone_decide_the_order() -> None:
    among = np.arange(100)
    first = epoch_order(TrainingRows(among), 10, seed=1, epoch=1).whole().rows
    np.testing.assert_array_equal(first, epoch_order(TrainingRows(among), 10, seed=1, epoch=1).whole().rows)
    assert (first != epoch_order(TrainingRows(among), 10, seed=1, epoch=2).whole().rows).any()
    assert (first != epoch_order(TrainingRows(among), 10, seed=2, epoch=1).whole().rows).any()
    # pinned, so that a new version of NumPy cannot change trainings in silence
    assert first[0].tolist() == [3, 44, 41, 75, 10, 40, 54, 31, 67, 34]


def test_plain_order_keeps_the_order() -> None:
    order = plain_order(np.array([5, 3, 4]), 2).whole()
    assert order.rows.tolist() == [[5, 3], [4, 5]]
    assert order.factors.tolist() == [[1, 1], [1, 0]]


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
    order = epoch_order(TrainingRows(numbers, groups), batch, seed=seed, epoch=epoch).whole()
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
    order = epoch_order(TrainingRows(np.arange(50), groups), 20, seed=1, epoch=1).whole()
    passes = order.rows[:, 10:]
    assert all(sorted(value) == list(range(40, 50)) for value in passes.tolist())
    assert len({tuple(value) for value in passes.tolist()}) == 4
    again = epoch_order(TrainingRows(np.arange(50), groups), 20, seed=1, epoch=1).whole()
    np.testing.assert_array_equal(order.rows, again.rows)
    # pinned, so that a new version of NumPy cannot change trainings in silence
    assert order.rows[0].tolist() == [3, 2, 11, 25, 5, 8, 16, 39, 35, 19, 44, 45, 40, 46, 41, 48, 49, 47, 42, 43]


def test_corrections_go_with_their_rows() -> None:
    rows, corrections = np.arange(10, 17), np.arange(1.0, 8.0)
    for groups in (None, np.array([0, 0, 0, 1, 1, 1, 1])):
        order = epoch_order(TrainingRows(rows, groups, corrections), 4, seed=3, epoch=2).whole()
        live = order.factors > 0
        np.testing.assert_array_equal(order.factors[live], order.rows[live] - 9)


def test_a_batch_that_cannot_hold_every_group_is_refused() -> None:
    with pytest.raises(ExperimentError, match=r"training.batch_size: 2 rows cannot hold one of each of 3 groups"):
        epoch_order(TrainingRows(np.arange(3), np.arange(3)), 2, seed=1, epoch=1)


def test_orders_of_other_windows_differ_only_beyond_a_window() -> None:
    rows = TrainingRows(np.arange(5_000))
    small, large = (epoch_order(rows, 100, seed=1, epoch=1, row_bytes=size) for size in (4, 4_000))
    np.testing.assert_array_equal(small.whole().rows, large.whole().rows)
    assert small.window > large.window == window_steps(100, 4_000) == 327


def test_members_side_by_side_have_steps_that_do_not_count() -> None:
    one, other = plain_order(np.arange(4), 2), plain_order(np.arange(5, 11), 2)
    both = stacked([one, other]).whole()
    assert both.rows.shape == both.factors.shape == (2, 3, 2)
    np.testing.assert_array_equal(both.rows[0, :2], one.whole().rows)
    assert both.factors[0, 2].tolist() == [0, 0]
    np.testing.assert_array_equal(both.rows[1], other.whole().rows)


def test_rows_of_members_that_do_not_go_on_do_not_count() -> None:
    one, other = plain_order(np.arange(4), 2), plain_order(np.arange(5, 11), 2)
    assert stacked([one, other], [False, True]).whole().factors.sum(axis=(1, 2)).tolist() == [0, 6]


@given(rows=st.integers(1, 300), batch=st.integers(1, 40), groups=st.integers(1, 4), data=st.data())
def test_steps_are_the_same_wherever_one_begins(rows: int, batch: int, groups: int, data: st.DataObject) -> None:
    of_row = np.resize(np.arange(groups), rows) if 1 < groups <= min(batch, rows) else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orders, "_WINDOW_ROWS", data.draw(st.integers(1, 90), label="window"))
        order = epoch_order(TrainingRows(np.arange(rows), of_row), batch, seed=1, epoch=1, row_bytes=2**26)
        whole = order.whole()
        start = data.draw(st.integers(0, order.steps - 1), label="start")
        stop = data.draw(st.integers(start + 1, order.steps + 3), label="stop")
        some = order.take(start, stop)
    np.testing.assert_array_equal(some.rows, whole.rows[start:stop])
    np.testing.assert_array_equal(some.factors, whole.factors[start:stop])
