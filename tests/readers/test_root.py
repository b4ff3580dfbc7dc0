"""The ROOT reader: TTrees and RNTuples, keys and cycles, and branches that no column can hold."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pytest
import uproot

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers.root import reader as root


def test_a_tree_with_flat_fixed_and_jagged_branches(tmp_path):
    rng = np.random.default_rng(2)
    jagged = [[1.5, 2.5], [], [3.5]]
    arrays = {"e": rng.random(3), "n": np.arange(3, dtype="i4"), "ok": np.array([True, False, True])}
    fixed = rng.random((3, 2, 4), dtype=np.float32)
    with uproot.recreate(tmp_path / "t.root") as file:
        tree = file.mktree("events", {"e": "f8", "n": "i4", "ok": "bool", "p4": ("f4", (2, 4)), "pt": "var * float32"})
        for _ in range(2):  # two baskets
            tree.extend({**arrays, "p4": fixed, "pt": ak.values_astype(ak.Array(jagged), "float32")})
    data = read(tmp_path / "t.root", cache=tmp_path)
    assert data.rows == 6
    for name, values in (*arrays.items(), ("p4", fixed)):
        result = data.column(name)
        assert result.dtype == values.dtype
        np.testing.assert_array_equal(result, np.concatenate([values, values]))
    np.testing.assert_array_equal(data.padded("pt", 2)[:3], [[1.5, 2.5], [0, 0], [3.5, 0]])
    with pytest.raises(DataError, match=r'column "pt" has the type list<item: float>, not numbers. Use padded'):
        data.column("pt")


def test_a_tree_is_read_in_batches(tmp_path, contents, monkeypatch):
    monkeypatch.setattr(root, "BATCH_BYTES", 8000)
    with uproot.recreate(tmp_path / "t.root") as file:
        tree = file.mktree("events", {"x": "f8", "pt": "var * float32"})
        for start in range(0, 5000, 500):
            jagged = ak.unflatten(np.arange(1000, dtype="f4"), np.full(500, 2))
            tree.extend({"x": np.arange(start, start + 500.0), "pt": jagged})
    _, table = contents(tmp_path / "t.root")
    assert table["x"].num_chunks > 5
    np.testing.assert_array_equal(table["x"].to_numpy(), np.arange(5000.0))


def test_an_ntuple_with_records(tmp_path):
    jets = [[{"pt": 1.0, "hits": [1, 2]}, {"pt": 2.0, "hits": []}], [], [{"pt": 3.0, "hits": [3]}]]
    with uproot.recreate(tmp_path / "n.root") as file:
        file.mkrntuple(
            "events",
            {"e": np.arange(3.0), "kind": ["a", "bb", ""], "muon": ak.Array([{"pt": 1.0, "q": 1}] * 3), "jets": jets},
        )
    data = read(tmp_path / "n.root", cache=tmp_path)
    assert sorted(data.names) == ["e", "jets.hits", "jets.pt", "kind", "muon.pt", "muon.q"]
    assert data.table["kind"].to_pylist() == ["a", "bb", ""]
    assert data.arrow("jets.pt").to_pylist() == [[jet["pt"] for jet in row] for row in jets]
    assert data.arrow("jets.hits").to_pylist() == [[jet["hits"] for jet in row] for row in jets]
    with pytest.raises(DataError, match=r'"muon" is read as its members: muon\.pt, muon\.q\. Use these'):
        data.derive({"x": "e + 1"}).head(2).column("muon")


def test_fields_that_uproot_does_not_know_or_decode(tmp_path, contents, monkeypatch):
    path = tmp_path / "n.root"
    with uproot.recreate(path) as file:
        file.mkrntuple("t", {name: [[0.0], [], [1.0]] for name in ("x", "odd", "packed")})
    field = uproot.models.RNTuple.RField
    whole, form, array = uproot.behaviors.RNTuple.HasFields.arrays, field.to_akform, field.array

    def arrays(self, *names, **options):
        if not isinstance(self, field) and options.get("entry_stop") == 0:
            msg = "one of them"
            raise KeyError(msg)
        return whole(self, *names, **options)

    def refuse(error, name, read):
        def read_or_refuse(self, *arguments, **options):
            if self.name == name:
                raise error
            return read(self, *arguments, **options)

        return read_or_refuse

    monkeypatch.setattr(uproot.behaviors.RNTuple.HasFields, "arrays", arrays)
    monkeypatch.setattr(field, "to_akform", refuse(KeyError("odd"), "odd", form))
    monkeypatch.setattr(field, "array", refuse(NotImplementedError("packing"), "packed", array))
    result, table = contents(path)
    assert table.to_pydict() == {"x": [[0], [], [1]]}
    assert result.left_out == {
        "odd": "uproot does not know its type (std::vector<double>)",
        "packed": "uproot does not decode its type (std::vector<double>)",
    }
    monkeypatch.setattr(field, "array", refuse(ValueError("checksum"), "x", array))
    with pytest.raises(DataError, match=r'cannot be read as ROOT \(field "x"\): the file is truncated, damaged'):
        contents(path)


def test_several_trees_need_a_key_but_cycles_do_not(tmp_path):
    with uproot.recreate(tmp_path / "k.root") as file:
        for folder, rows in (("signal", 2), ("signal", 3), ("other/background", 4)):
            tree = file.mktree(folder, {"x": "f8"})
            tree.extend({"x": np.arange(float(rows))})
        file["h"] = np.histogram([1.0, 2.0])
    with pytest.raises(DataError, match=r"holds 2 trees: other/background, signal. Choose one with --key"):
        read(tmp_path / "k.root", cache=tmp_path)
    newest = read(tmp_path / "k.root", key="signal", cache=tmp_path)
    assert newest.rows == 3
    assert newest.remarks == [
        (
            'k.root: tree "signal" was written in several cycles, of which the newest is read '
            '(key "signal;N" chooses another)'
        )
    ]
    older = read(tmp_path / "k.root", key="signal;1", cache=tmp_path)
    assert (older.rows, older.remarks) == (2, [])
    assert read(tmp_path / "k.root", key="other/background", cache=tmp_path).rows == 4
    with pytest.raises(DataError, match=r'there is no tree "signl". Did you mean "signal"'):
        read(tmp_path / "k.root", key="signl", cache=tmp_path)


def test_histograms_are_rows_with_bins_as_columns(tmp_path):
    with uproot.recreate(tmp_path / "atlas.root") as file:
        file["analysis"] = {"pt": np.array([30.0, 40.0])}
        for run, sums in {"284500": [10.0, 250.5, 9e3], "300000": [20.0, -50.0, 1e3]}.items():
            file[f"CutBookkeeper_410470_{run}_NOSYS"] = np.array(sums), np.arange(4.0)
        file["CutBookkeeper_410470_284500_GEN_up"] = np.array([1.0]), np.arange(2.0)
        file["many"] = np.ones(1001), np.arange(1002.0)
        file["plane"] = np.ones((2, 2)), np.arange(3.0), np.arange(3.0)
        file["cut[2]"], file["cut2"] = {"pt": np.array([50.0])}, (np.ones(1), np.arange(2.0))
    table = read(tmp_path / "atlas.root", key="CutBookkeeper_*_NOSYS", cache=tmp_path).table
    assert table.to_pydict() == {"bin_1": [10.0, 20.0], "bin_2": [250.5, -50.0], "bin_3": [9e3, 1e3]}
    one = read(tmp_path / "atlas.root", key="CutBookkeeper_410470_284500_NOSYS", cache=tmp_path)
    assert one.table.to_pydict() == {"bin_1": [10.0], "bin_2": [250.5], "bin_3": [9e3]}
    assert read(tmp_path / "atlas.root", key="cut[2]", cache=tmp_path).names == ["pt"]  # a tree, and no pattern
    for key, message in {
        "CutBookkeeper_*": r"different numbers of bins: CutBookkeeper_410470_284500_GEN_up 1, .*_284500_NOSYS 3",
        "many": r"histogram many has 1,001 bins; as columns, up to 1,000 can be read",
        "plane": r'there is no tree "plane"',
        "CutBookkeeper_410470_284500_NOSYST": r'Did you mean "CutBookkeeper_410470_284500_NOSYS"',
    }.items():
        with pytest.raises(DataError, match=message):
            read(tmp_path / "atlas.root", key=key, cache=tmp_path)


def test_a_file_without_trees_or_columns(tmp_path):
    with uproot.recreate(tmp_path / "h.root") as file:
        file["h"] = np.histogram([1.0, 2.0])
    with pytest.raises(DataError, match=r"h\.root: holds no tree"):
        read(tmp_path / "h.root", cache=tmp_path)
    with pytest.raises(DataError, match=r'tree "events" has no branch that a column can hold; jets is left out'):
        read(empty_lists(tmp_path), cache=tmp_path)


def empty_lists(tmp_path):
    """Write a tree whose only branch holds arrays of the length 0."""
    with uproot.recreate(tmp_path / "r.root") as file:
        tree = file.mktree("events", {"jets": ("f4", (0,))})
        tree.extend({"jets": np.zeros((3, 0), "f4")})
    return tmp_path / "r.root"


def test_a_declared_size_over_the_limit(tmp_path, monkeypatch):
    with uproot.recreate(tmp_path / "b.root") as file:
        tree = file.mktree("t", {"x": "f8"})
        tree.extend({"x": np.zeros(100_000)})
    monkeypatch.setenv("NETWRIGHT_MAX_BYTES", "100000")
    with pytest.raises(DataError, match=r"over the limit"):
        read(tmp_path / "b.root", cache=tmp_path)


def test_a_file_shorter_than_its_header_says(tmp_path):
    with uproot.recreate(tmp_path / "s.root") as file:
        file.mkrntuple("t", {"x": np.zeros(10)})
    data = (tmp_path / "s.root").read_bytes()
    (tmp_path / "s.root").write_bytes(data[:-1])
    with pytest.raises(DataError, match=r"1 bytes shorter than its header says"):
        read(tmp_path / "s.root", cache=tmp_path)


def test_a_tree_like_those_of_nanoaod(tmp_path):
    rng = np.random.default_rng(4)
    counts = rng.poisson(2, 50)
    jets = {name: ak.unflatten(rng.random(counts.sum(), "f4"), counts) for name in ("pt", "eta", "btagDeepFlavB")}
    flat = {"run": np.ones(50, "u4"), "event": 2**60 + np.arange(50, dtype="u8"), "HLT_IsoMu24": rng.random(50) > 0.5}
    with uproot.recreate(tmp_path / "nano.root") as file:
        kinds = {"Jet": ak.type(ak.zip(jets)).content, "run": "u4", "event": "u8", "HLT_IsoMu24": "bool"}
        file.mktree("Events", kinds).extend({"Jet": ak.zip(jets), **flat})
        file.mkrntuple("Events10", {"Jet": ak.zip(jets), **flat})
    data = read(tmp_path / "nano.root", key="Events", cache=tmp_path)
    assert sorted(data.names) == sorted(["nJet", *(f"Jet_{name}" for name in jets), *flat])
    np.testing.assert_array_equal(data.column("event"), flat["event"])
    assert data.arrow("Jet_btagDeepFlavB").to_pylist() == jets["btagDeepFlavB"].tolist()
    assert data.remarks == []
    data = read(tmp_path / "nano.root", key="Events10", cache=tmp_path)
    assert sorted(data.names) == sorted([*(f"Jet.{name}" for name in jets), *flat])
    assert data.arrow("Jet.btagDeepFlavB").to_pylist() == jets["btagDeepFlavB"].tolist()


def test_trees_in_folders_are_named_with_them_and_older_cycles_by_number(tmp_path):
    with uproot.recreate(tmp_path / "k.root") as file:
        for rows in (3, 5):
            file["analyzer/Events"] = {"x": np.arange(float(rows))}
        file["other/Events"] = {"x": np.arange(7.0)}
    keys = {"analyzer/Events": 5, "analyzer/Events;1": 3, "analyzer/Events;2": 5, "other/Events": 7}
    for key, rows in keys.items():
        assert read(tmp_path / "k.root", key=key, cache=tmp_path / "cache").rows == rows
    with pytest.raises(DataError, match=r'there is no tree "analyzer/Events;3". Did you mean "analyzer/Events"\?'):
        read(tmp_path / "k.root", key="analyzer/Events;3", cache=tmp_path / "cache")
    with pytest.raises(DataError, match=r'no tree "Events". There is analyzer/Events and other/Events\.'):
        read(tmp_path / "k.root", key="Events", cache=tmp_path / "cache")
