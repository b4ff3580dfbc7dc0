"""Files of scores: the format is that of the ending, and each is read back by netwright's own reader."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from netwright.data.dataset import Dataset
from netwright.data.reading import read
from netwright.data.source import Source
from netwright.errors import DataError
from netwright.evaluation.score_files import check_ending, check_output, with_places, write_scores
from netwright.evaluation.score_formats import WRITERS

each_format = pytest.mark.parametrize("ending", list(WRITERS))
SIGNATURES = {
    ".parquet": b"PAR1",
    ".root": b"root",
    ".pool.root.1": b"root",  # of a grid job of ATLAS
    ".h5": b"\x89HDF",
    ".csv": b'"eve',
    ".npz": b"PK\x03\x04",
    ".feather": b"ARROW1",
}


def block(start: int, stop: int, *, split: str = "train") -> pa.Table:
    rows = np.arange(start, stop)
    return pa.table(
        {
            "event": pa.array(rows + 2**53 + 1, pa.uint64()),
            "split": pa.array([split] * len(rows), pa.string()),
            "selected": pa.array([None if row % 3 == 2 else row % 3 == 0 for row in rows], pa.bool_()),
            "is_top": pa.array(rows / 7, pa.float32()),
            "mass": pa.array(rows * 1.1),
            "is_top_spread": pa.array([None if row % 2 else 0.5 for row in rows], pa.float32()),
        }
    )


@pytest.mark.parametrize("ending", [*WRITERS, ".pool.root.1"])
def test_what_is_written_is_what_the_ending_says_and_reads_back(tmp_path, ending):
    tables = [block(0, 5), block(5, 5), block(5, 9, split="unseen, yet")]
    path = tmp_path / "new" / f"scores{ending}"
    write_scores(iter(tables), path)
    assert path.read_bytes().startswith(SIGNATURES[ending])
    whole, result = pa.concat_tables(tables), read(path, cache=tmp_path / "cache")
    assert set(result.names) == set(whole.column_names)
    assert result.column("event").tolist() == whole["event"].to_pylist()
    np.testing.assert_array_equal(result.column("is_top").astype("f4"), whole["is_top"].to_numpy())
    np.testing.assert_array_equal(result.column("mass"), whole["mass"].to_numpy())
    np.testing.assert_array_equal(result.column("is_top_spread"), whole["is_top_spread"].to_numpy())
    assert result.table["split"].to_pylist() == whole["split"].to_pylist()
    kept = result.column("selected").astype(float)
    expected = [1, 0, np.nan if ending in {".parquet", ".csv", ".feather"} else -1] * 3
    np.testing.assert_array_equal(kept, expected)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


@each_format
def test_a_file_is_whole_or_as_before(tmp_path, ending):
    path = tmp_path / f"scores{ending}"
    path.write_bytes(b"before")

    def interrupted():
        yield block(0, 3)
        msg = "the disk is full"
        raise OSError(msg)

    with pytest.raises(OSError, match="the disk is full"):
        write_scores(interrupted(), path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@each_format
def test_every_name_is_written_and_read_back(tmp_path, ending):
    names = ["jet.pt", "jet", "jet/eta", "m[0]", "m[1]", "m", "two words", "Δφ", "q\"u'ote", "."]
    path = tmp_path / f"scores{ending}"
    write_scores([pa.table({name: [float(place), 0.5] for place, name in enumerate(names)})], path)
    data = read(path, cache=tmp_path / "cache")
    stored = {".root": {"m[0]": "m_0", "m[1]": "m_1"}, ".h5": {"jet/eta": "jet_eta", ".": "_"}}.get(ending, {})
    assert sorted(data.names) == sorted(stored.get(name, name) for name in names)
    assert [data.column(stored.get(name, name)).tolist() for name in names] == [[k, 0.5] for k in range(len(names))]


@pytest.mark.parametrize(("ending", "names"), [(".root", ["m[0]", "m_0"]), (".h5", ["a/b", "a_b"])])
def test_names_that_would_be_one_are_refused(tmp_path, ending, names):
    table = pa.table({name: [1.0] for name in names})
    with pytest.raises(DataError, match=rf"columns '{re.escape(names[0])}' and '{names[1]}' would have one name there"):
        write_scores([table], tmp_path / f"scores{ending}")


@pytest.mark.parametrize("name", ["scores.txt", "scores", "scores.roo"])
def test_other_endings_are_refused_with_the_list(name):
    with pytest.raises(
        DataError, match=r"scores.*the ending sets the format of the scores: \.parquet, \.root, \.h5, \.csv, \.npz"
    ):
        check_ending(Path(name))


def test_missing_whole_numbers_have_no_place_in_arrays(tmp_path):
    table = pa.table({"run": pa.array([1, None]), "when": pa.array([0, 1], pa.timestamp("s"))})
    write_scores([table], tmp_path / "s.csv")
    with pytest.raises(DataError, match=r"column run has missing whole numbers, which only Parquet, Feather and CSV"):
        write_scores([table], tmp_path / "s.h5")
    write_scores([table.select(["when"])], tmp_path / "t.npz")
    assert read(tmp_path / "t.npz", cache=tmp_path).table["when"].to_pylist()[1] == "1970-01-01 00:00:01"


def test_rows_know_their_file_and_their_place_in_it(tmp_path):
    sources = (Source(tmp_path / "a.root", 3), Source(tmp_path / "b.root", 4))
    data = Dataset(pa.table({"x": np.arange(7)}), sources)
    result = pa.concat_tables(with_places([pa.table({"y": np.arange(5)}), pa.table({"y": np.arange(2)})], data))
    assert result.column_names == ["file", "row", "y"]
    assert result["file"].to_pylist() == ["a.root"] * 3 + ["b.root"] * 4
    assert result["row"].to_pylist() == [0, 1, 2, 0, 1, 2, 3]
    some = data.take([6, 1])
    result = next(with_places([pa.table({"row": [0, 0]})], some))
    assert result["source_file"].to_pylist() == ["b.root", "a.root"]
    assert result["source_row"].to_pylist() == [3, 1]


def test_files_of_one_name_are_told_apart_by_their_folders():
    data = Dataset(pa.table({"x": [1, 2]}), (Source(Path("a/x.npz"), 1), Source(Path("b/x.npz"), 1)))
    assert next(with_places([pa.table({"y": [0, 0]})], data))["file"].to_pylist() == ["a/x.npz", "b/x.npz"]


def test_scores_are_not_written_over_data(tmp_path):
    for name in ("scored", "trained", "other"):
        (tmp_path / f"{name}.parquet").write_bytes(b"rows")
    (tmp_path / "link.parquet").symlink_to(tmp_path / "scored.parquet")
    data = Dataset(pa.table({"x": [1]}), (Source(tmp_path / "scored.parquet", 1),))
    own = [str(tmp_path / "trained.parquet"), str(tmp_path / "gone-*.parquet")]
    for name in ("scored", "trained", "link"):
        with pytest.raises(DataError, match=rf"{name}\.parquet: is a file of data, and scores are not written over it"):
            check_output(tmp_path / f"{name}.parquet", data, own)
    check_output(tmp_path / "other.parquet", data, own)
    check_output(tmp_path / "new.parquet", data, own)
