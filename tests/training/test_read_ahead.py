"""What is asked to be read ahead is read, and nothing is changed."""

from __future__ import annotations

import mmap

import numpy as np
import pytest

from netwright.data.cache.arrays import allocate, mapping_of
from netwright.training.feed import read_ahead as module
from netwright.training.feed.read_ahead import read_ahead


@pytest.fixture
def mapped(tmp_path, monkeypatch):
    """Rows in a scratch file."""
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    values = allocate(10_000, (5, 3), np.float32, mapped=True)
    values[...] = np.arange(values.size).reshape(values.shape)
    return values


class Told(mmap.mmap):
    """Notes what it is asked for, and asks the system."""

    def madvise(self, option, start, length):
        self.asked = [*getattr(self, "asked", []), (option, start, length)]
        super().madvise(option, start, length)


def test_rows_are_covered_by_few_reads(monkeypatch):
    memory = Told(-1, 10_000 * 60)
    values = np.ndarray((10_000, 5, 3), np.float32, buffer=memory)
    rows = np.sort(np.random.default_rng(1).choice(10_000, 300, replace=False)).astype(np.int32)
    monkeypatch.setattr(module, "_GAP", 2**13)
    read_ahead(values[100:], rows[rows < 9_900])
    asked = np.zeros(len(memory), np.bool_)
    for option, start, length in memory.asked:
        assert option == mmap.MADV_WILLNEED
        assert start % mmap.PAGESIZE == 0
        asked[start : start + length] = True
    wanted = np.zeros((10_000, 60), np.bool_)
    wanted[100 + rows[rows < 9_900]] = True
    assert asked[wanted.reshape(-1)].all()
    assert len(memory.asked) < 100


def test_values_stay(mapped):
    assert mapping_of(mapped) is not None
    before = mapped.copy()
    read_ahead(mapped, np.array([0, 1, 2, 9_999], np.int32))
    np.testing.assert_array_equal(mapped, before)


def test_memory_and_nothing_are_left_alone(mapped):
    read_ahead(np.zeros((5, 2)), np.array([1, 3], np.int32))
    read_ahead(mapped, np.zeros(0, np.int32))
