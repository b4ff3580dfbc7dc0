"""Friends: further columns of the same rows, in the same order or joined by index columns."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
import yaml

from netwright.config import load_experiment, parse_experiment
from netwright.data import friends, open_sample, read
from netwright.errors import DataError
from netwright.evaluation import open_data
from netwright.readers import left_out_of


@pytest.fixture
def events(tmp_path, monkeypatch) -> Path:
    """A tree of 500 events, and friends of it in other trees and files, in another order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    random = np.random.default_rng(1)
    run, event = np.repeat([1, 2], 250).astype(np.int32), np.tile(np.arange(250), 2).astype(np.uint64)
    pt = random.exponential(50, 500)
    order = random.permutation(500)
    with uproot.recreate("events.root") as file:
        file["analysis/Events"] = {"run": run, "event": event, "pt": pt}
        file["Scores"] = {"score": pt / 10, "pt": pt}
        file["Shuffled"] = {"run": run[order], "event": event[order].astype(np.int64), "jes": 1.1 * pt[order]}
        file["Up"] = {"pt": 1.1 * pt}
    return tmp_path / "events.root"


def rows(events: Path, *more: dict):
    return read(events, key="analysis/Events", friends=more)


def test_a_friend_in_the_same_order(events):
    data = rows(events, {"key": "Scores"})
    assert data.names == ["event", "pt", "run", "score"]
    np.testing.assert_array_equal(data.column("score"), data.column("pt") / 10)
    assert data.sources == read(events, key="analysis/Events").sources


def test_a_friend_joined_by_index_columns_agrees_with_a_search_one_by_one(events):
    data = rows(events, {"key": "Shuffled", "on": ["run", "event"]}, {"key": "Scores", "name": "s"})
    assert data.names == ["event", "pt", "run", "jes", "s.pt", "s.score"]
    other = read(events, key="Shuffled")
    partners = dict(zip(zip(other.column("run"), other.column("event"), strict=True), other.column("jes"), strict=True))
    pairs = zip(data.column("run"), data.column("event"), strict=True)
    np.testing.assert_array_equal(data.column("jes"), [partners[int(run), int(event)] for run, event in pairs])


@pytest.mark.usefixtures("events")
def test_several_rows_may_share_a_partner_and_partners_may_be_unused():
    np.savez("jets.npz", event=np.array(["b", "a", "b"]), pt=np.ones(3))
    np.savez("weights.npz", event=np.array(["a", "b", "c"]), weight=np.array([1.0, 2.0, np.nan]))
    data = read("jets.npz", friends=[{"files": "weights.npz", "on": "event"}])
    assert data.column("weight").tolist() == [2, 1, 2]
    assert data.remarks == ["friend weights.npz: 1 of 3 rows have no partner."]


@pytest.mark.usefixtures("events")
def test_what_both_have_may_be_missing_alike():
    table = pa.table({"x": [1.0, np.nan, None], "t": ["a", None, "c"], "l": [[1.0, 2], [], [3.0]]})
    pq.write_table(table, "a.parquet")
    pq.write_table(table.append_column("y", pa.array([1, 2, 3])), "b.parquet")
    data = read("a.parquet", friends=[{"files": "b.parquet"}])
    assert data.names == ["x", "t", "l", "y"]
    for column, message in (
        (
            pa.array([[1.0, 2], [], [4.0]]),
            r'column "l" is in both tables, and is \[3.0\] in a.parquet, row 2 and \[4.0\]',
        ),
        (pa.array([1, 2, 3]), 'column "l" is in both tables, and has the type list.* in a.parquet and int64'),
    ):
        pq.write_table(table.set_column(2, "l", column), "b.parquet")
        with pytest.raises(DataError, match=message):
            read("a.parquet", friends=[{"files": "b.parquet"}])


@pytest.mark.usefixtures("events")
def test_what_the_friend_leaves_out_is_said():
    with h5py.File("a.h5", "w") as file:
        file["x"], file["z"], file["names"] = np.ones(9), np.ones(9), np.ones(3)
    np.savez("b.npz", y=np.ones(9))
    data = read("b.npz", friends=[{"files": "a.h5", "name": "f"}])
    assert data.names == ["y", "f.x", "f.z"]
    assert left_out_of(data.table.schema)["f.names"].startswith("in a.h5 ")


@pytest.mark.parametrize(
    ("friend", "message"),
    [
        (
            {"files": "few.npz"},
            "friend few.npz: has 3 rows, and .*events.root has 500. A friend has the same rows in the",
        ),
        ({"key": "Up"}, r'friend .*events.root: column "pt" is in both tables, and is .* in events.root, row 0 and'),
        (
            {"key": "Shuffled", "on": ["run"]},
            r"498 of 500 rows agree with another one in run, first run = [12] \(events",
        ),
        ({"files": "few.npz", "on": ["event"]}, r"494 of 500 rows of .* have no partner in it, first event = 0 \("),
        ({"files": "few.npz", "on": ["evnt"]}, r'on: .*events.root has no column "evnt". Did you mean "event"\?'),
        (
            {"files": "text.npz", "on": ["event"]},
            "has the type uint64 in .* and string in the friend, which do not compare",
        ),
        ({"files": "half.npz", "on": ["event"]}, "has the type uint64 in .* and double|have no partner"),
        (
            {"files": "lists.npz", "on": ["event"]},
            r'column "event" of lists.npz has the type fixed_size_list.*cannot name',
        ),
        (
            {"files": "null.parquet", "on": ["event"]},
            'column "event" of null.parquet has 1 missing values, and cannot name',
        ),
        ({"on": ["event"]}, "friends: .*give files, or the key of another table.*Known: files, key, on, name"),
    ],
)
def test_friends_that_do_not_fit_are_refused(events, friend, message):
    np.savez("few.npz", event=np.array([7, 8, 9]), other=np.ones(3))
    np.savez("text.npz", event=np.array(["7"]))
    np.savez("half.npz", event=np.array([0.5]))
    np.savez("lists.npz", event=np.ones((3, 2)))
    pq.write_table(pa.table({"event": [1, None]}), "null.parquet")
    with pytest.raises(DataError, match=message):
        rows(events, friend)


@pytest.mark.usefixtures("events")
def test_files_that_do_not_go_together_are_refused():
    for name, number in (("a1", 2), ("a2", 3), ("b1", 3), ("b2", 2)):
        np.savez(f"{name}.npz", **{name[0]: np.ones(number)})
    with pytest.raises(DataError, match=r"has 3 rows in file 1, and a1.npz and 1 more has 2 there"):
        read(["a1.npz", "a2.npz"], friends=[{"files": ["b1.npz", "b2.npz"]}])


@pytest.mark.usefixtures("events")
def test_whole_numbers_that_no_type_holds_do_not_compare():
    one = pa.table({"event": pa.array([2**63], pa.uint64())})
    other = pa.table({"event": pa.array([-1], pa.int64())})
    both = [friends.Friend(table, "a", str, [1]) for table in (one, other)]
    with pytest.raises(DataError, match=r"which do not compare exactly. Give it one type"):
        friends.with_friend(*both, on=["event"])


def test_an_experiment_has_friends(events):
    content = {
        "name": "friends",
        "data": {
            "files": "events.root",
            "key": "analysis/Events",
            "friends": [{"key": "Scores", "files": "events.root"}],
        },
        "inputs": {"x": {"kind": "numeric", "columns": ["score"]}},
        "targets": {"pt": {"kind": "regression", "column": "pt"}},
    }
    Path("experiment.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    experiment = load_experiment("experiment.yaml")
    assert experiment.data.friends[0].files == [str(events)]
    assert open_data(experiment).names == ["event", "pt", "run", "score"]


@pytest.mark.usefixtures("events")
def test_samples_have_friends_of_their_own_and_those_of_all():
    friend = {"key": "Shuffled", "on": ["run", "event"]}
    content = {
        "name": "friends",
        "data": {
            "key": "analysis/Events",
            "friends": [{"key": "Scores"}],
            "samples": {"a": {"files": "events.root", "friends": [{**friend, "files": "events.root"}]}},
        },
        "inputs": {"x": {"kind": "numeric", "columns": ["score", "jes"]}},
        "targets": {"pt": {"kind": "regression", "column": "pt"}},
    }
    section = parse_experiment(content).data
    assert section.samples["a"].friends[0].files == [str(Path("events.root").resolve())]
    assert section.every_file == [str(Path("events.root").resolve())] * 2
    assert {"score", "jes", "sample"} <= set(open_sample(section, "a").dataset.names)
