from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.training.feed import epoch_order, make_feed, plain_order


@given(rows=st.integers(1, 300), batch=st.integers(1, 70), seed=st.integers(0, 2**31 - 1), epoch=st.integers(1, 99))
def test_every_row_comes_once_an_epoch(rows: int, batch: int, seed: int, epoch: int) -> None:
    among = np.arange(rows) * 3
    order = epoch_order(among, batch, seed=seed, epoch=epoch)
    assert sorted(order.rows[order.live > 0]) == among.tolist()
    assert order.rows.shape[1] == min(batch, rows)
    assert set(order.rows.ravel()) <= set(among.tolist())


def test_seed_and_epoch_alone_decide_the_order() -> None:
    among = np.arange(100)
    first = epoch_order(among, 10, seed=1, epoch=1).rows
    np.testing.assert_array_equal(first, epoch_order(among, 10, seed=1, epoch=1).rows)
    assert (first != epoch_order(among, 10, seed=1, epoch=2).rows).any()
    assert (first != epoch_order(among, 10, seed=2, epoch=1).rows).any()
    # pinned, so that a new version of NumPy cannot change trainings in silence
    assert first[0].tolist() == [3, 44, 41, 75, 10, 40, 54, 31, 67, 34]


def test_plain_order_keeps_the_order() -> None:
    order = plain_order(np.array([5, 3, 4]), 2)
    assert order.rows.tolist() == [[5, 3], [4, 5]]
    assert order.live.tolist() == [[1, 1], [1, 0]]


def test_weights_make_the_mean_a_weighted_mean(toy) -> None:
    case = toy()
    feed, train = make_feed(case.rows, case.split.train), case.split.train
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
        make_feed(rows, case.split.train)
