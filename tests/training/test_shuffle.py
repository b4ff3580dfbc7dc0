from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.training.feed import shuffle
from netwright.training.feed.shuffle import Shuffled


@given(
    count=st.integers(1, 400),
    window=st.integers(1, 120),
    blocks=st.integers(1, 20),
    times=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_every_time_holds_every_place_once_and_windows_lie_in_few_blocks(
    count: int, window: int, blocks: int, times: int, seed: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shuffle, "_BLOCKS", blocks)
        positions = Shuffled(count, window, (seed, 1), needed=times * count).between(0, times * count)
    for one in positions.reshape(times, count):
        assert sorted(one.tolist()) == list(range(count))
        length = -(-window // blocks)
        for start in range(0, count if count > window else 0, window):
            touched = np.unique(one[start : start + window] // length)
            assert len(touched) <= -(-window // length) + 2  # a window may begin and end within a block


@given(count=st.integers(1, 200), window=st.integers(1, 90), data=st.data())
def test_any_place_is_found_without_the_ones_before(count: int, window: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, 3 * count), label="start")
    stop = data.draw(st.integers(start, 3 * count), label="stop")
    whole = Shuffled(count, window, (1, 2), needed=3 * count).between(0, 3 * count)
    some = Shuffled(count, window, (1, 2), needed=3 * count).between(start, stop)
    np.testing.assert_array_equal(some, whole[start:stop])


def test_the_order_of_many_places_is_pinned() -> None:
    """A new version of NumPy cannot change trainings in silence."""
    positions = Shuffled(100_000, 1_000, (1, 1)).between(50_000, 50_005)
    assert positions.tolist() == [64549, 14904, 68847, 82632, 26563]


def test_streams_and_keys_have_orders_of_their_own() -> None:
    orders = [Shuffled(50, 20, key, stream=s).between(0, 50) for key in ((1, 1), (1, 2), (2, 1)) for s in (0, 1)]
    assert len({tuple(order.tolist()) for order in orders}) == 6


def test_every_order_of_a_few_places_is_as_likely() -> None:
    """6,000 times three places: each of six orders 1,000 times, to within five standard deviations."""
    seen = Shuffled(3, 3_000, (1, 1), needed=18_000).between(0, 18_000).reshape(-1, 3)
    _, times = np.unique(seen, axis=0, return_counts=True)
    assert len(times) == 6
    assert np.abs(times - 1000).max() < 5 * np.sqrt(1000 * 5 / 6)


def test_a_window_mixes_classes_that_lie_in_files_of_their_own() -> None:
    """Half of 400,000 places are of one class; the share in windows scatters as 512 draws of blocks do."""
    positions = Shuffled(400_000, 32_768, (1, 1)).between(0, 400_000)
    shares = [(positions[start : start + 32_768] < 200_000).mean() for start in range(0, 360_000, 32_768)]
    assert np.std(shares) < 2 * 0.5 / np.sqrt(512)
    inside = positions[:32_768] < 200_000
    assert abs(np.corrcoef(inside[:-1], inside[1:])[0, 1]) < 0.03  # batches are drawn from the whole window


def test_memory_goes_with_the_order() -> None:
    """Nothing waits for the collector of garbage: an epoch after another would pile up."""
    order = Shuffled(1_000, 100, (1, 1))
    window = weakref.ref(order.between(150, 160).base)
    assert window() is not None
    del order
    assert window() is None
