"""Real files: the same jets from npz and HDF5, the same collisions from ROOT and CSV."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import uproot

from netwright.data.reading import read
from netwright.errors import DataError


def test_npz_and_hdf5_give_the_same_jets(shared, tmp_path):
    from_npz = read(shared / "real_jets_1000.npz", cache=tmp_path)
    from_hdf5 = read(shared / "real_jets_1000.h5", cache=tmp_path)
    vectors = from_npz.column("constituents")
    assert vectors.shape == (1000, 200, 4)
    for place, name in enumerate(("E", "PX", "PY", "PZ")):
        for constituent in range(200):
            column = from_hdf5.column(f"{name}_{constituent}")
            np.testing.assert_array_equal(column, vectors[:, constituent, place])
    np.testing.assert_array_equal(from_hdf5.column("is_signal_new"), from_npz.column("truth_label"))
    assert from_hdf5.column("is_signal_new").sum() == 470


def test_root_and_csv_give_the_same_collisions(shared, tmp_path):
    from_root = read(shared / "Zmumu.root", cache=tmp_path)
    with (tmp_path / "zmumu.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(from_root.names)
        rows.writerows(zip(*(from_root.table[name].to_pylist() for name in from_root.names), strict=True))
    from_csv = read(tmp_path / "zmumu.csv", cache=tmp_path)
    assert from_csv.names == from_root.names
    assert from_csv.table["Type"].to_pylist() == from_root.table["Type"].to_pylist()
    for name in from_root.names[1:]:
        np.testing.assert_array_equal(from_csv.column(name), from_root.column(name))


def test_root_gives_what_uproot_gives(shared, tmp_path):
    data = read(shared / "Zmumu.root", key="events", cache=tmp_path)
    arrays = uproot.open(f"{shared}/Zmumu.root:events").arrays(library="np")
    assert data.rows == 2304
    for name in data.names[1:]:
        np.testing.assert_array_equal(data.column(name), arrays[name])
    assert data.table["Type"].to_pylist() == arrays["Type"].tolist()


def test_the_invariant_mass_of_the_collisions_in_csv(shared, tmp_path):
    data = read(shared / "Zmumu_Run2011A_masses.csv", cache=tmp_path)
    assert data.rows == 10_851
    square = " - ".join(["(E1 + E2)**2"] + [f"(p{axis}1 + p{axis}2)**2" for axis in "xyz"])
    mass = data.derive({"mass": f"sqrt({square})"}).column("mass")
    assert np.median(np.abs(mass - data.column("M"))) < 0.01  # GeV: the file gives six digits
    assert mass == pytest.approx(data.column("M"), abs=1.0)


@pytest.mark.parametrize(
    ("file", "names", "left_out"),
    [
        (
            "uproot-issue243.root",
            ["runNumber", "eventNumber"],
            {"triggerMap": "uproot cannot decode its type (std::map<std::string, double>, DeserializationError)"},
        ),
        ("rntuple_record_a.root", ["jets.pt", "jets.eta", "y"], {}),
        ("one_struct_column.parquet", ["jet.pt", "jet.eta", "y"], {}),
    ],
)
def test_files_with_parts_that_are_no_plain_columns(shared, tmp_path, file, names, left_out):
    path = shared.parent / "cases" / file
    if not path.is_file():
        pytest.skip(f"../shared/cases/{file} is not there")
    data = read(path, cache=tmp_path)
    assert (data.names, data.left_out) == (names, left_out)


def test_a_tree_of_which_nothing_can_be_read(shared, tmp_path):
    path = shared.parent / "cases" / "uproot-issue443.root"
    if not path.is_file():
        pytest.skip("../shared/cases/uproot-issue443.root is not there")
    with pytest.raises(DataError, match=r"ND280Event is left out: uproot cannot decode its type \(ND::TND280Event"):
        read(path, key="ND280Events", cache=tmp_path)
