"""Four-vectors: the same jets in every layout give the same array."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import read
from netwright.data.rows.four_vectors import four_vector_array
from netwright.errors import DataError

NAMES = ["E", "PX", "PY", "PZ"]
NUMBERED = [f"{name}_{{i}}" for name in NAMES]


def make_jets(lengths, longest):
    random = np.random.default_rng(3)
    p4 = random.uniform(1, 100, (len(lengths), longest, 4)).astype(np.float32)
    p4[np.arange(longest) >= np.asarray(lengths)[:, None]] = 0
    return p4


def as_one(p4, lengths):
    del lengths
    return {"p4": p4}, "p4"


def as_numbers(p4, lengths, start=0):
    del lengths
    numbers = range(p4.shape[1])
    return {f"{n}_{i + start}": p4[:, i, k] for i in numbers for k, n in enumerate(NAMES)}, NUMBERED


def as_numbers_from_one(p4, lengths):
    return as_numbers(p4, lengths, start=1)


def as_lists(p4, lengths):
    lists = {
        n: [jet[:length, k].tolist() for jet, length in zip(p4, lengths, strict=True)] for k, n in enumerate(NAMES)
    }
    return lists, NAMES


def as_fixed_lists(p4, lengths):
    del lengths
    return {n: p4[..., k] for k, n in enumerate(NAMES)}, NAMES


LAYOUTS = [as_one, as_numbers, as_numbers_from_one, as_lists, as_fixed_lists]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
@given(lengths=st.lists(st.integers(0, 5), min_size=1, max_size=8), at_most=st.integers(1, 8))
def test_every_layout_gives_the_same_array(dataset_of, layout, lengths, at_most):
    p4 = make_jets(lengths, 5)
    columns, names = layout(p4, lengths)
    momenta = four_vector_array(dataset_of(columns), names, at_most)
    expected = np.zeros((len(lengths), at_most, 4), dtype=np.float32)
    kept = min(at_most, 5)
    expected[:, :kept] = p4[:, :kept]
    assert momenta.dtype == np.float32
    np.testing.assert_array_equal(momenta, expected)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The same jets as jagged ROOT branches and as Parquet lists, in single precision."""
    folder = tmp_path_factory.mktemp("jagged")
    lengths = [3, 0, 5, 1]
    p4 = make_jets(lengths, 5)
    lists, _ = as_lists(p4, lengths)
    with uproot.recreate(folder / "jets.root") as file:
        file.mktree("jets", dict.fromkeys(NAMES, "var * float32"))
        file["jets"].extend({name: ak.values_astype(ak.Array(values), np.float32) for name, values in lists.items()})
    pq.write_table(
        pa.table({n: pa.array(v, pa.list_(pa.float32())) for n, v in lists.items()}), folder / "jets.parquet"
    )
    return folder, p4


@pytest.mark.parametrize("name", ["jets.root", "jets.parquet"])
def test_jagged_files(files, name):
    folder, p4 = files
    np.testing.assert_array_equal(four_vector_array(read(folder / name), NAMES, 5), p4)


@pytest.mark.parametrize("at_most", [1, 20, 200, 250])
def test_the_reference_layout_and_npz_agree_on_real_jets(shared_data, at_most):
    npz = four_vector_array(read(shared_data / "real_jets_1000.npz"), "constituents", at_most)
    hdf5 = four_vector_array(read(shared_data / "real_jets_1000.h5"), NUMBERED, at_most)
    np.testing.assert_array_equal(npz, hdf5)
    with np.load(shared_data / "real_jets_1000.npz") as file:
        np.testing.assert_array_equal(npz[:, :200], file["constituents"][:, :at_most])
    assert npz.shape == (1000, at_most, 4)
    assert not npz[:, 200:].any()


GOOD = as_numbers(make_jets([2, 2], 2), None)[0]


@pytest.mark.parametrize(
    ("columns", "names", "match"),
    [
        ({"p4": np.ones((2, 4))}, "p4", r"column p4 has shape \(4,\) in each row; four-vectors need \(P, 4\)"),
        ({"p4": np.ones((2, 3, 5))}, "p4", r"column p4 has shape \(3, 5\) in each row"),
        ({"p": [1, 2]}, "p4", 'there is no column "p4". Did you mean "p"|Choose from: p'),
        (GOOD, ["e_{i}", "PX_{i}", "PY_{i}", "PZ_{i}"], 'there is no column "e_0" for e_{i}. Did you mean "E_0"'),
        ({k: v for k, v in GOOD.items() if k != "PY_1"}, NUMBERED, 'there is no column "PY_1"'),
        ({k.replace("_1", "_2"): v for k, v in GOOD.items()}, NUMBERED, 'there is no column "E_1" for E_{i}'),
        (GOOD | {"PX_1": np.ones((2, 3))}, NUMBERED, r"column PX_1 has shape \(3,\) in each row; a numbered column"),
        (as_numbers(make_jets([1, 1], 1), None)[0], ["E_0", "PX_0", "PY_0", "PZ_0"], "not lists of numbers"),
        (
            {"E": [[1.0], [1.0, 2.0]], "PX": [[1.0], [1.0, 2.0]], "PY": [[1.0], [1.0, 2.0]], "PZ": [[1.0], [1.0]]},
            NAMES,
            "toy.csv, row 1: E holds 2 particles and PZ 1; the four components need one number",
        ),
    ],
)
def test_other_layouts_are_refused(dataset_of, columns, names, match):
    with pytest.raises(DataError, match=match):
        four_vector_array(dataset_of(columns), names, 4)
