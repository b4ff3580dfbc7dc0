"""Objects in trees and ntuples, as ROOT writes them: `files/classes.C` made `files/classes.root`."""

from __future__ import annotations

import shutil
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from netwright.data.reading import read
from netwright.errors import DataError

CLASSES = Path(__file__).parent / "files" / "classes.root"
ROWS = range(5)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    return lambda key: read(CLASSES, key=key, cache=tmp_path_factory.getbasetemp() / "classes")


def lists(value):
    """Row i of 5 has i % 3 objects; number k of them has the value."""
    return [[value(i, k) for k in range(i % 3)] for i in ROWS]


VECTORS = {
    "p4.px": list(ROWS),
    "p4.py": [i + 1 for i in ROWS],
    "p4.pz": [i + 2 for i in ROWS],
    "p4.E": [i + 10 for i in ROWS],
    "v2.x": list(ROWS),
    "v2.y": [-i for i in ROWS],
    "v3.x": list(ROWS),
    "v3.y": [2 * i for i in ROWS],
    "v3.z": [3 * i for i in ROWS],
    "jets.px": lists(lambda _i, k: k),
    "jets.py": lists(lambda i, _k: i),
    "jets.pz": lists(lambda _i, _k: 0),
    "jets.E": lists(lambda _i, k: 20 + k),
    "pair.first": [1.5 * i for i in ROWS],
    "pair.second": list(ROWS),
}
SPLIT_VECTORS = {
    "xyzt.px": list(ROWS),
    "xyzt.py": [i + 1 for i in ROWS],
    "xyzt.pz": [i + 2 for i in ROWS],
    "xyzt.E": [i + 10 for i in ROWS],
    "polar.pt": [i + 10 for i in ROWS],
    "polar.eta": [0.25 * i for i in ROWS],
    "polar.phi": [0.5 for i in ROWS],
    "polar.mass": [5 for i in ROWS],
    "xyz.x": list(ROWS),
    "xyz.y": [i + 1 for i in ROWS],
    "xyz.z": [i + 2 for i in ROWS],
    "clones.px": lists(lambda _i, k: k),
    "clones.py": lists(lambda i, _k: i),
    "clones.pz": lists(lambda _i, _k: 1),
    "clones.E": lists(lambda _i, _k: 30),
    "Jet.PT": lists(lambda _i, k: 20 + k),
    "Jet.Tau": lists(lambda _i, k: [k, 0, 0]),
    "Jet.P4.px": lists(lambda _i, _k: 1),
    "Jet.P4.E": lists(lambda i, _k: i),
    "best.pt": [2 for i in ROWS],
    "best.first.x": [3 for i in ROWS],
    "best.first.layer": list(ROWS),
    "tracks.pt": lists(lambda _i, k: k),
}
FULLY_SPLIT = {
    "leptons.pt": lists(lambda _i, k: 20 + k),
    "leptons.eta": lists(lambda _i, _k: 0.5),
    "leptons.phi": lists(lambda _i, k: k),
    "leptons.E": lists(lambda _i, _k: 30),
    "best.hits.x": [[1] for i in ROWS],
    "best.hits.layer": [[i] for i in ROWS],
    "tracks.first.x": lists(lambda _i, _k: 5),
    "tracks.first.layer": lists(lambda _i, k: k),
}


@pytest.mark.parametrize(
    ("key", "expected"),
    [("split", VECTORS | SPLIT_VECTORS | FULLY_SPLIT), ("half", VECTORS | SPLIT_VECTORS), ("whole", VECTORS)],
)
def test_objects_are_read_as_their_members(tree, key, expected):
    data = tree(key)
    assert {name: data.arrow(name).to_pylist() for name in expected} == expected
    others = {"y", "clones.fUniqueID", "Jet.fUniqueID"}
    assert set(data.names) - set(expected) <= others | {"Jet.P4.py", "Jet.P4.pz"}


@pytest.mark.parametrize(
    ("key", "name", "reason"),
    [
        ("split", "tracks.hits", r"uproot cannot decode its type \(std::vector<Hit>\[\], NotImplementedError\)"),
        ("half", "best.hits", r"uproot cannot decode its type \(std::vector<Hit>, ValueError\)"),
        ("half", "tracks.first", r"uproot cannot decode its type \(Hit\[\], ValueError\)"),  # would be shifted numbers
        ("whole", "polar", r"uproot cannot decode its type \(ROOT::Math::LorentzVector"),
        ("whole", "Jet", r"uproot cannot decode its type \(TClonesArray"),
        ("types", "histogram", r"uproot cannot decode its type \(TH1F"),
        ("types", "deque", r"uproot cannot decode its type \(deque<float>"),
        ("types", "late", r"it has 3 entries where the tree has 5"),
        ("types", "twice", r"several columns have this name, so it is ambiguous"),
        ("ntuple", "variant", r"the type of its values differs from row to row"),
    ],
)
def test_what_cannot_be_read_is_left_out_with_its_reason(tree, key, name, reason):
    with pytest.raises(DataError, match=rf'classes\.root: "{name}" is left out: {reason}'):
        tree(key).column(name)


def test_particles_that_are_referenced_are_read_as_others_are(tmp_path):
    data = read(CLASSES.with_name("referenced.root"), cache=tmp_path / "cache")  # as Delphes writes its particles
    assert data.arrow("Particle.px").to_pylist() == lists(lambda _i, k: k)
    with pytest.raises(DataError, match=r'"Particle\.fBits" is left out: it holds ROOT\'s own bits of objects'):
        data.column("Particle.fBits")


def test_types_of_branches(tree):
    expected = {
        "n": list(ROWS),
        "nested": lists(lambda i, _k: [0.5 * i, 2]),
        "words": lists(lambda _i, _k: "ab"),
        "word": ["q" * i for i in ROWS],
        "letters": [f"t{i}" for i in ROWS],
        "flags": [[False, False, i % 2 == 1] for i in ROWS],
        "flag_list": lists(lambda _i, _k: True),
        "huge": [2**63 + i for i in ROWS],
        "bits": [[bool(i >> bit & 1) for bit in range(8)] for i in ROWS],
        "map.first": [["k"]] * 5,
        "map.second": [[0.5 * i] for i in ROWS],
        "set": [[i, i + 1] for i in ROWS],
        "leaves.x": [0.5 * i for i in ROWS],
        "leaves.layer": list(ROWS),
        "fixed": [[[i, i + 1, i + 2], [i + 3, i + 4, i + 5]] for i in ROWS],
        "some": [[i + k for k in range(i)] for i in ROWS],
        "odd na/me": list(ROWS),
    }
    data = tree("types")
    result = {name: data.arrow(name).to_pylist() for name in data.names}
    for name in ("packed_double", "packed_float"):  # 12 bits for 0 to 100
        assert result.pop(name) == pytest.approx([10 * i for i in ROWS], abs=100 / 2**12)
    assert result == expected


def test_fields_of_an_ntuple(tree):
    expected = {
        "y": [i % 2 for i in ROWS],
        "p4.pt": [i + 10 for i in ROWS],
        "p4.eta": [0.25 * i for i in ROWS],
        "p4.phi": [0.5] * 5,
        "p4.mass": [5] * 5,
        "hits.x": lists(lambda _i, k: k),
        "hits.layer": lists(lambda i, _k: i),
        "tracks.pt": lists(lambda _i, k: k),
        "tracks.hits.x": lists(lambda _i, _k: [1, 3]),
        "tracks.hits.layer": lists(lambda _i, k: [2, k]),
        "tracks.first.x": lists(lambda _i, _k: 5),
        "tracks.first.layer": lists(lambda _i, k: k),
        "pair.first": [1.5 * i for i in ROWS],
        "pair.second": list(ROWS),
        "tuple.0": list(ROWS),
        "tuple.1": [0.5 * i for i in ROWS],
        "optional": [i if i % 2 else None for i in ROWS],
        "bits": [[bool(i >> bit & 1) for bit in range(8)] for i in ROWS],
        "map.first": [["k"]] * 5,
        "map.second": [[0.5 * i] for i in ROWS],
        "flavour": [1] * 5,
        "huge": [2**63 + i for i in ROWS],
    }
    data = tree("ntuple")
    assert {name: data.arrow(name).to_pylist() for name in data.names} == expected


def test_objects_are_read_in_steps(tree, contents, monkeypatch):
    for module in ("reader", "branches"):
        monkeypatch.setattr(f"netwright.readers.root.{module}.BATCH_BYTES", 200)
    for key in ("split", "whole", "types"):
        assert contents(CLASSES, key)[1].to_pydict() == tree(key).table.to_pydict()


def test_a_tree_of_objects_only(tree, contents, monkeypatch):
    monkeypatch.setattr(
        "netwright.readers.root.branches._is_plain", lambda _: False
    )  # so that none is read with others
    assert contents(CLASSES, "split")[1].to_pydict() == tree("split").table.to_pydict()


@pytest.mark.parametrize("name", ["jets", "p4"])
def test_a_damaged_basket_of_objects_is_damage(tmp_path, name):
    path = tmp_path / "damaged.root"
    shutil.copy(CLASSES, path)
    with uproot.open(path) as file:
        branch = file["whole"][name]
        position, size = int(branch.member("fBasketSeek")[0]), int(branch.member("fBasketBytes")[0])
    spoil(path, position + size // 2, 8)
    with pytest.raises(DataError, match=rf'cannot be read as ROOT \(branch "{name}"\): the file is truncated, damaged'):
        read(path, key="whole", cache=tmp_path)


@pytest.mark.parametrize("name", ["x", "pt"])
def test_a_damaged_basket_of_numbers_is_damage(tmp_path, name):
    rng = np.random.default_rng(1)
    path = tmp_path / "damaged.root"
    with uproot.recreate(path, compression=uproot.ZLIB(1)) as file:
        tree = file.mktree("events", {"x": "f8", "y": "f8", "pt": "var * float64"})
        for _ in range(2):
            whole = rng.integers(0, 9, (3, 1000)).astype(float)
            tree.extend({"x": whole[0], "y": whole[1], "pt": ak.from_regular(whole[2].reshape(-1, 1))})
    with uproot.open(path) as file:
        branch = file["events"][name]
        position, size = int(branch.member("fBasketSeek")[1]), int(branch.member("fBasketBytes")[1])
    spoil(path, position + size // 2, 8)
    with pytest.raises(DataError, match=rf'cannot be read as ROOT \(branch "{name}"\): the file is truncated, damaged'):
        read(path, cache=tmp_path)


def spoil(path, place, size):
    """Turn over some bytes of a file."""
    data = bytearray(path.read_bytes())
    data[place : place + size] = (byte ^ 255 for byte in data[place : place + size])
    path.write_bytes(data)
