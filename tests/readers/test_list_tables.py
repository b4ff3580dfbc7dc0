"""The tables of a file with their columns: one function per format, through the registry."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import uproot

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import READERS, TableListing, list_tables

COLUMNS = {"x": np.arange(5.0), "y": np.arange(5)}


@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_a_file_of_one_table(reader, tmp_path, little, write):
    path = tmp_path / f"little{reader.suffixes[0]}"
    write[reader.name](path, little)
    (one,) = list_tables(path)
    assert one.rows == 7
    assert sorted(one.columns) == sorted(little)
    chosen = read(path, key=one.key, cache=tmp_path)
    assert sorted(chosen.names) == sorted(one.columns)


def test_trees_of_a_root_file(tmp_path):
    path = tmp_path / "t.root"
    with uproot.recreate(path) as file:
        for tree in ("Events", "Events", "sys/Events_up"):  # the second is another cycle
            file.mktree(tree, {name: values.dtype for name, values in COLUMNS.items()})
            file[tree].extend(COLUMNS)
        file.mkrntuple("Runs", {"w": np.ones(2)})
    assert list_tables(path) == [
        TableListing("Events", 5, ("x", "y")),
        TableListing("Runs", 2, ("w",)),
        TableListing("sys/Events_up", 5, ("x", "y")),
    ]


def test_tables_of_an_hdf5_file(tmp_path):
    path = tmp_path / "t.h5"
    table = np.zeros(5, [("x", "f4"), ("y", "i4")])
    pd.DataFrame(COLUMNS).to_hdf(path, key="frame", format="table", index=False)
    with h5py.File(path, "a") as file:
        file["all/Events"], file["all/Events_up"] = table, table
        file["meta/w"] = np.ones(2)
    result = {one.key: one for one in list_tables(path)}
    assert {key: one.rows for key, one in result.items()} == {
        "all/Events": 5,
        "all/Events_up": 5,
        "frame": 5,
        "meta": 2,
    }
    assert result["all/Events_up"].columns == ("x", "y")
    assert {"x", "y"} <= set(result["frame"].columns)
    for key, one in result.items():
        assert read(path, key=key, cache=tmp_path).rows == one.rows


def test_files_that_cannot_be_listed(tmp_path):
    (tmp_path / "t.root").write_bytes(b"no ROOT" + bytes(200))
    with pytest.raises(DataError, match=r"t\.root: cannot be read as ROOT"):
        list_tables(tmp_path / "t.root")
    with uproot.recreate(tmp_path / "h.root") as file:
        file["h"] = np.histogram(COLUMNS["x"])
    with pytest.raises(DataError, match=r"h\.root: holds no tree\. Write a TTree"):
        list_tables(Path(tmp_path / "h.root"))
