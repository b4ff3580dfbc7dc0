"""Baskets unpacked without uproot's arrays: the same numbers as uproot's, for each way to pack them."""

from __future__ import annotations

import threading

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers.root import reader
from netwright.readers.root.baskets import read_baskets

ROWS = (300, 1, 200)  # of the baskets
PACKED = {"zlib": uproot.ZLIB(1), "lzma": uproot.LZMA(1), "lz4": uproot.LZ4(1), "zstd": uproot.ZSTD(1), "not": None}


@pytest.fixture(scope="module", params=PACKED)
def branches(request, tmp_path_factory):
    rng = np.random.default_rng(3)
    path = tmp_path_factory.mktemp("baskets") / "t.root"
    types = {"x": "f4", "n": "i8", "ok": "bool", "small": "i1", "p4": ("f8", (2, 4))}
    with uproot.recreate(path, compression=PACKED[request.param]) as file:
        tree = file.mktree("events", types)
        for rows in ROWS:
            tree.extend(
                {
                    "x": rng.exponential(size=rows).astype("f4"),
                    "n": rng.integers(-(2**60), 2**60, rows),
                    "ok": rng.random(rows) < 0.5,
                    "small": rng.integers(-128, 128, rows).astype("i1"),
                    "p4": rng.random((rows, 2, 4)).round(2),
                }
            )
    with uproot.open(path) as file:
        yield file["events"]


@given(entries=st.tuples(st.integers(0, sum(ROWS)), st.integers(0, sum(ROWS))).map(sorted))
def test_any_entries_are_those_of_uproot(branches, entries):
    for branch in branches.branches:
        expected = branch.array(entry_start=entries[0], entry_stop=entries[1], library="np")
        values = read_baskets(branch, *entries)
        assert values.dtype == expected.dtype
        np.testing.assert_array_equal(values, expected)


def test_a_basket_of_several_compressed_blocks(tmp_path):
    values = np.arange(2_200_000, dtype="i8")  # a block holds at most 2^24 bytes
    with uproot.recreate(tmp_path / "t.root", compression=uproot.ZLIB(1)) as file:
        file.mktree("events", {"n": "i8"}).extend({"n": values})
    with uproot.open(tmp_path / "t.root") as file:
        np.testing.assert_array_equal(read_baskets(file["events/n"], 5, len(values)), values[5:])


@pytest.mark.parametrize(("place", "message"), [(40, "DeflateError"), (3, "ValueError"), (0, "Error")])
def test_a_damaged_block_is_named_with_its_branch(tmp_path, place, message):
    path = tmp_path / "t.root"
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        file.mktree("events", {"n": "f8"}).extend({"n": np.arange(1000.0)})
    with uproot.open(path) as file:
        branch = file["events/n"]
        block = int(branch.member("fBasketSeek")[0]) + branch.basket(0).member("fKeylen")
    data = bytearray(path.read_bytes())
    data[block + place] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match=rf'branch "n".*({message})'):
        read(path, cache=tmp_path).column("n")


def test_lists_are_unpacked_by_several_threads(tmp_path, contents, monkeypatch):
    monkeypatch.setattr(reader, "cpu_count", lambda: 2)
    path, lists = tmp_path / "t.root", ak.unflatten(np.arange(600.0), np.arange(1, 25) * 2)
    with uproot.recreate(path) as file:
        file.mktree("events", {"pt": "var * float64"}).extend({"pt": lists})
    threads = set()

    def before_block(**_):
        threads.add(threading.current_thread())

    monkeypatch.setattr(uproot.compression.decompress, "hook_before_block", before_block)
    _, table = contents(path)
    assert table["pt"].to_pylist() == lists.to_list()
    assert threading.current_thread() not in threads
    assert threads
