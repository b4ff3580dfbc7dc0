"""Sizes and checksums of baskets and pages, checked before uproot makes room for them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import uproot
import xxhash

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import _limits
from netwright.readers.root.sizes import check_sizes


@pytest.fixture
def tree(tmp_path):
    """A tree with two baskets a branch."""
    path = tmp_path / "tree.root"
    with uproot.recreate(path) as file:
        file.mktree("events", {"x": "f8", "n": "i4"})
        for start in (0, 500):
            file["events"].extend({"x": np.arange(start, start + 500.0), "n": np.arange(start, start + 500)})
    return path


@pytest.fixture
def ntuple(tmp_path):
    path = tmp_path / "ntuple.root"
    with uproot.recreate(path) as file:
        file.mkrntuple("events", {"x": np.arange(500.0), "n": np.arange(500)})
    return path


def change(path, place, words):
    data = bytearray(path.read_bytes())
    data[place : place + len(words)] = words
    path.write_bytes(data)


def test_whole_trees_and_ntuples_pass(tree, ntuple, tmp_path):
    for path, rows in ((tree, 1000), (ntuple, 500)):
        np.testing.assert_array_equal(read(path, cache=tmp_path / "cache").column("x"), np.arange(float(rows)))


def test_a_basket_that_declares_too_much(tree, tmp_path):
    with uproot.open(tree) as file:
        (begin, _) = file["events"]["n"].member("fBasketSeek")[:2]
    change(tree, int(begin) + 6, struct.pack(">I", 2**31 - 1))
    with pytest.raises(DataError, match=r'tree\.root: "n" has a basket that declares 2048 MiB, over the limit of 256'):
        read(tree, cache=tmp_path / "cache")


def test_baskets_that_declare_too_much_together(tree, monkeypatch):
    monkeypatch.setenv(_limits.MAX_BYTES_VARIABLE, "10000")
    with uproot.open(tree) as file, pytest.raises(DataError, match=r"declares .* over the limit"):
        check_sizes(tree, file["events"])


def test_a_basket_outside_of_the_file(tree, tmp_path):
    with uproot.open(tree) as file:
        seeks = file["events"]["x"].member("fBasketSeek")[:2]
    table = tree.read_bytes().find(struct.pack(">qq", *map(int, seeks)))
    change(tree, table, struct.pack(">q", 2**40))
    with pytest.raises(DataError, match=r'tree\.root: "x" has a basket outside the file: the file is damaged'):
        read(tree, cache=tmp_path / "cache")


def test_a_page_list_that_differs_from_its_checksum(ntuple, tmp_path):
    with uproot.open(ntuple) as file:
        (record,) = file["events"].footer.cluster_group_records
    change(ntuple, record.page_list_link.locator.offset + 40, b"\xff")
    with pytest.raises(DataError, match=r'ntuple\.root: "events" has a page list that does not match its checksum'):
        read(ntuple, cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"offset": 2**40}, r'"n" has a page outside the file'),
        ({"offset": -1}, r'"n" has a page outside the file'),
        ({"num_elements": 2**30}, r'"n" has a page that declares 8192 MiB, over the limit of 256 MiB'),
        ({"has_checksum": True}, r'"n" has a page that does not match its checksum'),
    ],
)
def test_pages_of_wrong_sizes_or_checksums(ntuple, changes, message):
    with uproot.open(ntuple) as file:
        result = file["events"]
        page = result.page_link_list[0][0].pages[0]
        for name, value in changes.items():
            setattr(page.locator if name == "offset" else page, name, value)
        with pytest.raises(DataError, match=message):
            check_sizes(ntuple, result)


def test_a_page_with_its_checksum_passes(ntuple):
    with uproot.open(ntuple) as file:
        result = file["events"]
        page = result.page_link_list[0][0].pages[0]
        begin, size = page.locator.offset, page.locator.num_bytes
        stored = ntuple.read_bytes()[begin : begin + size]
        result.page_list_envelopes  # noqa: B018  read before the file changes
        page.has_checksum = True
        change(ntuple, begin + size, xxhash.xxh3_64_intdigest(stored).to_bytes(8, "little"))
        check_sizes(ntuple, result)
