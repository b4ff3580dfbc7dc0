"""Rows that are taken from tables of all kinds, in memory and in scratch files."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.cache import gather as _gather
from netwright.data.cache.gather import gathered
from netwright.errors import DataError

NUMBER = 200


def make_table() -> pa.Table:
    halves = [np.arange(120.0), np.arange(120.0, 200.0)]
    p4 = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(4.0 * NUMBER)), 4)
    pairs = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(4.0 * NUMBER)), 2)
    columns = {
        "x": pa.chunked_array(halves),
        "hits": pa.array([[float(i)] * (i % 4) for i in range(NUMBER)]),
        "word": [str(i) if i % 7 else None for i in range(NUMBER)],
        "p4": pa.chunked_array([p4.slice(0, 50), p4.slice(50)]),
        "particles": pa.FixedSizeListArray.from_arrays(pairs, 2),
        "some": pa.FixedSizeListArray.from_arrays(pairs, 2, mask=pa.array(np.arange(NUMBER) % 5 == 0)),
    }
    return pa.table(columns).replace_schema_metadata({b"netwright.left_out": b"{}"})


EACH_ROW = make_table().to_pylist()


@given(
    st.lists(st.integers(0, NUMBER - 1), max_size=300),
    st.booleans(),
    st.sampled_from([100, 3_000, 2**24]),
    st.sampled_from([0, 2**26]),
)
def test_rows_are_those_of_the_table(places, increasing, at_once, in_memory):
    table, rows = make_table(), np.array(sorted(places) if increasing else places, dtype=np.int64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_gather, "_BYTES_AT_ONCE", at_once)
        patch.setattr(_gather, "_BYTES_IN_MEMORY", in_memory)
        result = gathered(table, rows)
    result.validate(full=True)
    assert result.to_pylist() == [EACH_ROW[row] for row in rows]
    assert result.schema.equals(table.schema, check_metadata=True)


def test_many_rows_take_no_memory_and_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    column = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(100 * 250_000, dtype=np.float32)), 100)
    table, before = pa.table({"x": column}), pa.total_allocated_bytes()
    rows = np.flatnonzero(np.arange(250_000) % 10)
    result = gathered(table, rows)
    assert result.nbytes == 90_000_000
    assert pa.total_allocated_bytes() - before < 2**20
    assert list(tmp_path.iterdir()) == []
    assert result["x"][-1].as_py()[0] == 100 * rows[-1]


@pytest.mark.skipif(os.name != "posix", reason="/dev/full is needed")
def test_a_full_disk_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setattr(_gather, "scratch_file", lambda _: open("/dev/full", "r+b", buffering=0))  # noqa: PTH123, SIM115
    monkeypatch.setattr(_gather, "_BYTES_IN_MEMORY", 0)
    with pytest.raises(DataError, match=r"the cache cannot be written .*No space left.*Free some space"):
        gathered(make_table(), np.arange(10))
