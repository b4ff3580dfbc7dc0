"""Arrays with room behind them: aligned, found again, taken by JAX without a copy, in memory and in files."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.cache.arrays import ALIGNMENT, allocate, capacity, is_mapped, whole
from netwright.errors import DataError

ROWS, SHAPES = st.integers(0, 300), st.lists(st.integers(0, 5), max_size=3).map(tuple)
DTYPES = st.sampled_from([np.float32, np.int32, np.float64, np.uint8])


@given(st.integers(1, 2**40))
def test_capacities_are_four_sizes_an_octave(rows):
    size = capacity(rows)
    assert rows <= size < rows * 1.25 + 1
    octave = 2 ** (size.bit_length() - 1)
    assert size <= 4 or size in {octave, octave * 5 // 4, octave * 3 // 2, octave * 7 // 4}
    assert capacity(size) == size


@given(ROWS, SHAPES, DTYPES, st.booleans())
def test_an_array_is_aligned_and_has_its_room(rows, shape, dtype, mapped):
    values = allocate(rows, shape, dtype, mapped=mapped)
    assert (values.shape, values.dtype, type(values)) == ((rows, *shape), dtype, np.ndarray)
    assert not values.size or values.ctypes.data % ALIGNMENT == 0
    assert not values.any()
    assert is_mapped(values) == (mapped and values.size > 0)
    values[...] = 1
    everything = whole(values)
    assert not everything[rows:].any()
    if values.size:
        assert everything.shape == (capacity(rows), *shape)
        assert np.shares_memory(everything, values)
        np.testing.assert_array_equal(everything[:rows], values)
        assert whole(values.reshape(rows, -1)).ctypes.data == values.ctypes.data


@pytest.mark.parametrize("mapped", [False, True])
def test_jax_takes_the_whole_room_without_a_copy(mapped):
    values = allocate(1000, (7,), np.float32, mapped=mapped)
    values[...] = np.arange(7000).reshape(1000, 7)
    on_device = jax.device_put(whole(values), jax.devices("cpu")[0])
    assert on_device.unsafe_buffer_pointer() == values.ctypes.data
    assert float(on_device[999, 6]) == 6999


@pytest.mark.parametrize("mapped", [False, True])
def test_memory_goes_on_behind_the_last_number(mapped):
    """Of 1,024 rows of 4 bytes: a page, behind which another one may not be readable."""
    values = allocate(1024, (), np.float32, mapped=mapped)
    memory = values
    while isinstance(memory, np.ndarray):
        memory = memory.base
    assert len(memory) >= values.nbytes + 16


def test_other_arrays_are_copied_into_room(tmp_path):
    table = np.arange(60.0).reshape(20, 3)
    own = allocate(20, (3,), np.float64)
    own[...] = table
    in_file = np.memmap(tmp_path / "x", np.float64, "w+", shape=(20, 3))
    for values in (table, table[:9], table[:, :2], own[1:], own[::2], own[:, 0], in_file):
        result = whole(values)
        assert result.shape == (capacity(len(values)), *values.shape[1:])
        assert result.ctypes.data % ALIGNMENT == 0
        assert not np.shares_memory(result, values)
        np.testing.assert_array_equal(result[: len(values)], values)
        assert not result[len(values) :].any()


def test_what_is_not_written_takes_no_memory_and_no_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    values = allocate(2**32, (), np.uint8)  # 4 GiB
    values[-1] = 3
    assert whole(values)[2**32 - 1] == 3
    small = allocate(1000, (), np.float32, mapped=True)
    small[...] = 5
    assert list(tmp_path.iterdir()) == []  # the file has no name


def test_too_much_for_the_memory_is_told():
    match = r"1,073,741,824 MiB of rows do not fit in memory \(.*\). Set NETWRIGHT_MEMORY to the memory to use"
    with pytest.raises(DataError, match=match):
        allocate(2**50, (), np.uint8)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="the disk is asked beforehand on Linux only")
def test_a_full_disk_is_told_beforehand(tmp_path, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    with pytest.raises(DataError, match=r"the cache cannot be written .*Free some space.*NETWRIGHT_CACHE"):
        allocate(2**55, (), np.uint8, mapped=True)


def test_a_folder_that_cannot_be_one_is_told(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(DataError, match=r"the cache cannot be written"):
        allocate(10, (), np.uint8, mapped=True)


@pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is told by Linux only")
def test_memory_goes_back_from_every_thread():
    """What NumPy frees would stay with the threads that asked for it: 100 MiB of these."""

    def anonymous():
        return int(Path("/proc/self/status").read_text().partition("RssAnon:")[2].split()[0]) * 1024

    def use():
        for _ in range(3):
            allocate(24, (2**20,), np.uint8)[...] = 1

    before = anonymous()
    for _ in range(6):
        one = threading.Thread(target=use)
        one.start()
        one.join()
    assert anonymous() - before < 20e6
