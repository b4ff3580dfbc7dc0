from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import Blocks, TrainingRows
from netwright.errors import ExperimentError
from netwright.training.feed import order as order_module
from netwright.training.feed.order import epoch_order
from netwright.training.feed.shuffle_blocks import ShuffledBlocks


@given(sizes=st.lists(st.integers(0, 20), min_size=1, max_size=30), window=st.integers(1, 60), seed=st.integers(0, 9))
def test_every_number_comes_once_and_every_block_in_windows_that_follow_one_another(
    sizes: list[int], window: int, seed: int
) -> None:
    bounds = np.cumsum([0, *sizes])
    count = int(bounds[-1])
    numbers = ShuffledBlocks(bounds, window, (seed, 1)).between(0, count)
    assert sorted(numbers.tolist()) == list(range(count))
    for first, stop in pairwise(bounds):
        windows = np.unique(np.flatnonzero((first <= numbers) & (numbers < stop)) // window)
        assert len(windows) <= 1 + -(-(stop - first) // window)
        assert (np.diff(windows) == 1).all()


@given(window=st.integers(1, 60), data=st.data())
def test_any_place_is_found_without_the_ones_before(window: int, data: st.DataObject) -> None:
    bounds = np.arange(0, 211, 7)
    start = data.draw(st.integers(0, 210))
    stop = data.draw(st.integers(start, 210))
    whole = ShuffledBlocks(bounds, window, (1, 2)).between(0, 210)
    np.testing.assert_array_equal(ShuffledBlocks(bounds, window, (1, 2)).between(start, stop), whole[start:stop])


def test_classes_that_follow_one_another_in_a_file_have_equal_shares_in_all_windows() -> None:
    bounds = np.arange(0, 6401, 10)  # the first half is signal
    numbers = ShuffledBlocks(bounds, 640, (1, 1)).between(0, 6400)
    shares = (numbers.reshape(10, 640) < 3200).mean(axis=1)
    np.testing.assert_allclose(shares, 0.5, atol=2.5 / 64)
    other = ShuffledBlocks(bounds, 640, (2, 1)).between(0, 6400)
    assert (numbers != other).any()
    assert {*numbers[:640].tolist()} == {*other[:640].tolist()}  # another seed takes the same blocks
    later = ShuffledBlocks(bounds, 640, (1, 2)).between(0, 6400)
    assert {*numbers[:640].tolist()} != {*later[:640].tolist()}


@pytest.mark.parametrize("window", [800, 2100, 4300, 6000])  # of 5,100 numbers, in 51 blocks
def test_the_share_of_a_class_does_not_drift_within_an_epoch(window: int) -> None:
    """The last window had blocks of the first files alone, a third of the steps of an epoch where there are few."""
    sizes = np.where(np.arange(51) < 23, 60, 134)  # blocks of the first files, with signal, are small
    bounds, signal = np.cumsum([0, *sizes]), 23 * 60
    excess = []
    for epoch in range(1, 101):
        numbers = ShuffledBlocks(bounds, window, (1, epoch)).between(0, int(bounds[-1]))
        in_windows = [(part < signal).sum() - len(part) * signal / len(numbers) for part in
                      np.split(numbers, np.arange(window, len(numbers), window))]  # fmt: skip
        excess += [np.array(in_windows) / 60]  # in blocks of signal
    np.testing.assert_allclose(np.mean(excess, axis=0), 0, atol=0.3)
    assert np.std(excess) < 1


def test_the_order_is_pinned() -> None:
    """A new version of NumPy cannot change trainings in silence."""
    numbers = ShuffledBlocks(np.arange(0, 100_001, 100), 1000, (1, 1)).between(50_000, 50_005)
    assert numbers.tolist() == [62555, 30672, 23947, 80462, 62597]


def test_an_epoch_goes_through_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "_WINDOW_ROWS", 10)
    monkeypatch.setattr(order_module, "_WINDOW_BYTES", 10)
    blocks = Blocks(np.arange(0, 1001, 20), window=100)
    rows = TrainingRows(np.flatnonzero(np.arange(1000) % 4))
    order = epoch_order(rows, 10, seed=1, epoch=1, blocks=blocks)
    assert order.window == 8  # 10 of them are an epoch
    taken = order.whole()
    assert sorted(taken.rows[taken.factors > 0].tolist()) == rows.rows.tolist()
    assert len(np.unique(taken.rows[: order.window] // 20)) <= 7
    groups = TrainingRows(rows.rows, groups=rows.rows % 2, corrections=np.ones(len(rows.rows)))
    with pytest.raises(ExperimentError, match=r"collocated takes rows .* Use balance: weights or down-sampling"):
        epoch_order(groups, 10, seed=1, epoch=1, blocks=blocks)
