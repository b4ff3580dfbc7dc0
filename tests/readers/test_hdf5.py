"""The HDF5 reader: what pandas writes, plain and structured datasets, and files that must not be opened."""

from __future__ import annotations

import os

import h5py
import numpy as np
import pandas as pd
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import _contract, _limits
from netwright.readers.hdf5 import tree

pytestmark = pytest.mark.filterwarnings("ignore::tables.NaturalNameWarning")


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "E_0": rng.random(30, dtype=np.float32),
            "n": np.arange(30, dtype=np.int32),
            "PX_0": rng.random(30, dtype=np.float32),
            "is_signal": np.arange(30) % 3 == 0,
            "mass": rng.normal(size=30),
            "when": pd.date_range("2024-01-01", periods=30),
        }
    )


def assert_same(data, frame, index="index"):
    assert data.names == [index, *map(str, frame.columns)]
    assert data.table[index].to_pylist() == frame.index.tolist()
    for name in frame.columns:
        assert data.table[str(name)].to_pylist() == frame[name].tolist(), name
        if frame[name].dtype.kind in "bif":
            assert data.column(str(name)).dtype == frame[name].dtype


@pytest.mark.parametrize("layout", ["table", "fixed"])
@pytest.mark.parametrize("complib", [None, "zlib", "blosc", "blosc:zstd"])
def test_pandas_layouts(tmp_path, frame, layout, complib):
    path = tmp_path / "a.h5"
    frame.to_hdf(path, key="jets", format=layout, complib=complib, complevel=5 if complib else None)
    data = read(path, cache=tmp_path)
    assert_same(data, frame)
    assert data.column("is_signal").dtype == np.bool_


def test_pandas_table_with_data_columns_text_and_named_index(tmp_path, frame):
    frame["kind"] = [f"µ{i}" for i in range(30)]
    frame.loc[4, "kind"] = None
    frame.index = pd.Index(np.arange(30) * 7, name="event")
    path = tmp_path / "a.h5"
    frame.to_hdf(path, key="deep/jets", format="table", data_columns=["mass", "kind"])
    data = read(path, key="deep/jets", cache=tmp_path)
    expected = frame.astype({"kind": object}).where(frame["kind"].notna() | True, None)
    expected.loc[28, "kind"] = None
    assert data.table["kind"].to_pylist() == expected["kind"].tolist()
    assert_same(data, frame.drop(columns="kind").assign(kind=expected["kind"]), "event")


def test_pandas_fixed_with_named_and_text_index(tmp_path):
    frame = pd.DataFrame({"index": np.arange(3.0), "x": np.arange(3)}, index=pd.Index(["a", "bc", "d"]))
    frame.to_hdf(tmp_path / "a.h5", key="t", format="fixed")
    assert_same(read(tmp_path / "a.h5", cache=tmp_path), frame, "level_0")
    frame.index = pd.Index([5, 6, 7], name="event")
    frame.to_hdf(tmp_path / "b.h5", key="t", format="fixed")
    assert_same(read(tmp_path / "b.h5", cache=tmp_path), frame, "event")


def test_pandas_columns_named_by_numbers(tmp_path):
    frame = pd.DataFrame(np.arange(12.0).reshape(4, 3))
    for layout in ("table", "fixed"):
        frame.to_hdf(tmp_path / f"{layout}.h5", key="t", format=layout)
        assert_same(read(tmp_path / f"{layout}.h5", cache=tmp_path), frame)


def test_pandas_table_with_two_index_levels(tmp_path):
    frame = pd.DataFrame(
        {"x": np.arange(4.0)}, index=pd.MultiIndex.from_product([[1, 2], [3, 4]], names=["run", "event"])
    )
    frame.to_hdf(tmp_path / "m.h5", key="t", format="table")
    data = read(tmp_path / "m.h5", cache=tmp_path)
    assert data.names == ["run", "event", "x"]
    np.testing.assert_array_equal(data.column("event"), [3, 4, 3, 4])
    frame.to_hdf(tmp_path / "f.h5", key="t", format="fixed")
    with pytest.raises(DataError, match=r"index of several levels. Write it with reset_index"):
        read(tmp_path / "f.h5", cache=tmp_path)
    frame.T.to_hdf(tmp_path / "c.h5", key="t", format="fixed")
    with pytest.raises(DataError, match=r"column names of several levels. Write it with one: frame.columns = "):
        read(tmp_path / "c.h5", cache=tmp_path)


@pytest.mark.filterwarnings("ignore::pandas.errors.PerformanceWarning")
def test_what_pandas_pickles_or_codes_is_left_out(tmp_path):
    pickled = r"texts or objects, which pandas' fixed format pickles.*pickle is never opened.*format=\"table\""
    frame = pd.DataFrame({"kind": ["a"], "x": [1.0], "n": [3]})
    frame.to_hdf(tmp_path / "o.h5", key="t", format="fixed")
    data = read(tmp_path / "o.h5", cache=tmp_path)
    assert data.names == ["index", "x", "n"]
    with pytest.raises(DataError, match=rf'"kind" is left out: it holds {pickled}'):
        data.arrow("kind")
    frame[["kind"]].to_hdf(tmp_path / "only.h5", key="t", format="fixed")
    with pytest.raises(DataError, match=rf"no column can be read; kind is left out: it holds {pickled}"):
        read(tmp_path / "only.h5", cache=tmp_path)
    coded = pd.DataFrame({"kind": pd.Categorical(["a", "b"]), "x": [1.0, 2.0]})
    coded.to_hdf(tmp_path / "c.h5", key="t", format="table")
    data = read(tmp_path / "c.h5", cache=tmp_path)
    assert data.names == ["index", "x"]
    assert data.left_out["kind"].startswith("it is a pandas category, stored as codes (write it as text")
    coded[["kind"]].to_hdf(tmp_path / "k.h5", key="t", format="table")
    with pytest.raises(DataError, match=r"no column can be read; kind is left out: it is a pandas category"):
        read(tmp_path / "k.h5", cache=tmp_path)


@pytest.mark.filterwarnings("ignore::pandas.errors.PerformanceWarning")
def test_pandas_series_and_times_as_index_are_refused(tmp_path):
    pd.Series([1.0, 2.0]).to_hdf(tmp_path / "s.h5", key="t", format="table")
    with pytest.raises(DataError, match=r'"/t" is a pandas series_table. Write it as a DataFrame'):
        read(tmp_path / "s.h5", cache=tmp_path)
    pd.DataFrame({"x": [1.0]}, index=pd.date_range("2024", periods=1)).to_hdf(
        tmp_path / "d.h5", key="t", format="table"
    )
    with pytest.raises(DataError, match=r"the index of \"/t\" is of kind datetime64.*reset_index"):
        read(tmp_path / "d.h5", cache=tmp_path)


def damage(path, change):
    with h5py.File(path, "r+") as file:
        change(file["t"])


@pytest.mark.parametrize(
    ("layout", "change", "message"),
    [
        ("table", lambda t: t.attrs.__setitem__("non_index_axes", np.bytes_(b"(lp0\n.")), "order of its columns"),
        ("table", lambda t: t.attrs.__setitem__("non_index_axes", 3), "has no pickled names"),
        ("table", lambda t: t.attrs.__setitem__("non_index_axes", np.bytes_(b"cos\nsystem\n(S'x'\ntR.")), "GLOBAL"),
        ("table", lambda t: t["table"].attrs.__setitem__("values_block_0_kind", np.bytes_(b"I1\n.")), "list of names"),
        (
            "table",
            lambda t: t["table"].attrs.__setitem__("values_block_0_kind", np.bytes_(b"(lp0\n.")),
            "names 0 columns",
        ),
        (
            "table",
            lambda t: t["table"].attrs.__setitem__("values_block_0_kind", np.bytes_(b"(lVq\naVr\na.")),
            "lists other",
        ),
        ("table", lambda t: t.__delitem__("table"), "has no table"),
        ("fixed", lambda t: t["axis0"].__setitem__(0, b"z"), "lists other columns"),
        ("fixed", lambda t: t["block0_values"].attrs.__setitem__("transposed", 0), "has the shape"),
        ("fixed", lambda t: t.attrs.__delitem__("nblocks"), "cannot be read as HDF5"),
    ],
)
def test_damaged_pandas_groups(tmp_path, layout, change, message):
    pd.DataFrame({"x": [1.0, 2], "y": [3.0, 4]}).to_hdf(tmp_path / "t.h5", key="t", format=layout)
    damage(tmp_path / "t.h5", change)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "t.h5", cache=tmp_path)


def test_an_index_and_a_column_of_one_name(tmp_path):
    frame = pd.DataFrame({"event": [1.0, 2]}, index=pd.Index([5, 6], name="event"))
    frame.to_hdf(tmp_path / "t.h5", key="t", format="fixed")
    with pytest.raises(DataError, match=r'has the name "event" for its index and for a column'):
        read(tmp_path / "t.h5", cache=tmp_path)


def test_fixed_blocks_of_different_lengths(tmp_path):
    pd.DataFrame({"x": [1.0, 2]}).to_hdf(tmp_path / "t.h5", key="t", format="fixed")
    with h5py.File(tmp_path / "t.h5", "r+") as file:
        attributes = dict(file["t/axis1"].attrs)
        del file["t/axis1"]
        file["t/axis1"] = np.arange(3)
        file["t/axis1"].attrs.update(attributes)
    with pytest.raises(DataError, match=r'"index" has 3 rows and "x" has 2'):
        read(tmp_path / "t.h5", cache=tmp_path)


def test_plain_datasets_in_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(_contract, "BATCH_BYTES", 4000)
    rng = np.random.default_rng(5)
    columns = {
        "constituents": rng.random((100, 6, 4), dtype=np.float32),
        "label": np.arange(100, dtype=">i2"),
        "half": np.arange(100, dtype=np.float16),
    }
    with h5py.File(tmp_path / "p.h5", "w") as file:
        file["made by"] = "a scalar beside the rows"
        for name, values in columns.items():
            chunks = (7, *values.shape[1:])
            file.create_dataset(name, data=values, chunks=chunks, compression="gzip", shuffle=True)
        file["text"] = [f"row {i}" for i in range(100)]
    data = read(tmp_path / "p.h5", cache=tmp_path)
    for name, values in columns.items():
        np.testing.assert_array_equal(data.column(name), values)
    assert data.table["text"][99].as_py() == "row 99"


def test_structured_datasets(tmp_path):
    dtype = [("pt", ">f4"), ("p4", "f8", (4,)), ("ok", "?"), ("kind", "S3")]
    rows = np.zeros(5, dtype=dtype)
    rows["pt"], rows["p4"], rows["ok"], rows["kind"] = np.arange(5), np.ones((5, 4)), True, b"abc"
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["events/jets"] = rows
        file["events/tracks"] = np.zeros((5, 3), dtype=[("d0", "f4"), ("z0", "f4")])
    data = read(tmp_path / "s.h5", cache=tmp_path)
    assert data.names == ["pt", "p4", "ok", "kind", "d0", "z0"]
    assert data.column("p4").shape == (5, 4)
    assert data.column("d0").shape == (5, 3)
    assert data.column("ok").dtype == np.bool_
    np.testing.assert_array_equal(data.column("pt"), np.arange(5))
    assert read(tmp_path / "s.h5", key="events/tracks", cache=tmp_path).names == ["d0", "z0"]


def test_several_tables_need_a_key(tmp_path):
    with h5py.File(tmp_path / "k.h5", "w") as file:
        file["train/x"], file["test/x"] = np.arange(3), np.arange(4)
        file["loose/x"], file["loose/y"] = np.arange(3), np.arange(5)
    with pytest.raises(DataError, match=r"holds 4 tables: /loose/x \(3 rows of x\); .*/test \(4 rows.*key=\"loose/x\""):
        read(tmp_path / "k.h5", cache=tmp_path)
    assert read(tmp_path / "k.h5", key="test", cache=tmp_path).rows == 4
    assert read(tmp_path / "k.h5", key="/loose/y", cache=tmp_path).rows == 5
    with pytest.raises(DataError, match=r'there is no "tset" \(looked for "tset" in "/"\). Did you mean "test"'):
        read(tmp_path / "k.h5", key="tset", cache=tmp_path)
    with pytest.raises(DataError, match=r'there is no "test/x/y"'):
        read(tmp_path / "k.h5", key="test/x/y", cache=tmp_path)


def test_a_file_without_tables(tmp_path):
    with h5py.File(tmp_path / "n.h5", "w") as file:
        file["comment"] = "nothing"
    with pytest.raises(DataError, match=r'there is no table in "/"'):
        read(tmp_path / "n.h5", cache=tmp_path)


def test_a_field_and_a_dataset_of_one_name(tmp_path):
    with h5py.File(tmp_path / "n.h5", "w") as file:
        file["a"] = np.zeros(2, dtype=[("x", "f4"), ("z", "f4")])
        file["x"] = np.ones(2)
    data = read(tmp_path / "n.h5", cache=tmp_path)
    assert data.names == ["a.x", "z", "x"]
    np.testing.assert_array_equal(data.column("x"), [1, 1])
    with h5py.File(tmp_path / "n.h5", "w") as file:
        file["a"] = np.zeros(2, dtype=[("x", "f4")])
        file["a.x"], file["x"] = np.zeros(2), np.ones(2)
    with pytest.raises(DataError, match=r'two columns have the name "a\.x"'):
        read(tmp_path / "n.h5", cache=tmp_path)


@pytest.mark.parametrize("link", [h5py.SoftLink("/x"), h5py.ExternalLink("other.h5", "/x")])
def test_links_are_not_followed(tmp_path, link):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = np.arange(3)
    with h5py.File(tmp_path / "l.h5", "w") as file:
        file["x"] = np.arange(3)
        file["y"] = link
    data = read(tmp_path / "l.h5", cache=tmp_path)
    assert data.names == ["x"]
    with pytest.raises(DataError, match=r'"y" is left out: it is a soft or external link, which is not followed'):
        data.column("y")
    with pytest.raises(DataError, match=r'"y" in "/" is a soft or external link, which is not followed'):
        read(tmp_path / "l.h5", key="y", cache=tmp_path)


def test_numbers_in_other_files_are_refused(tmp_path):
    with h5py.File(tmp_path / "o.h5", "w") as file:
        file["x"] = np.arange(3)
    layout = h5py.VirtualLayout((3,), dtype="i8")
    layout[:] = h5py.VirtualSource(tmp_path / "o.h5", "x", shape=(3,))
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file.create_virtual_dataset("x", layout)
    with pytest.raises(DataError, match=r"x is left out: it keeps its numbers in another file"):
        read(tmp_path / "v.h5", cache=tmp_path)
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file.create_dataset("x", (3,), "i8", external=[(os.fspath(tmp_path / "raw"), 0, 24)])
    with pytest.raises(DataError, match=r"x is left out: it keeps its numbers in another file"):
        read(tmp_path / "e.h5", cache=tmp_path)


def test_groups_that_hold_themselves(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        file["a/b"] = file.create_group("c")
        file["c/a"] = file["a"]
        file["c/x"] = np.arange(3)
    data = read(tmp_path / "g.h5", cache=tmp_path)
    assert (data.rows, data.names) == (3, ["x"])
    assert set(data.left_out) == {"a/b/a", "c"}


def test_groups_nested_without_end(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        file["/".join("a" * 40)] = np.arange(3)
    with pytest.raises(DataError, match=r"groups are nested deeper than 32"):
        read(tmp_path / "g.h5", cache=tmp_path)
    assert read(tmp_path / "g.h5", key="/".join("a" * 39), cache=tmp_path).rows == 3


def test_a_key_with_a_blank_stands_in_quotes_in_a_command(tmp_path):
    with h5py.File(tmp_path / "k.h5", "w") as file:
        file["my jets/y"], file["other/y"] = np.arange(3), np.arange(4)
    with pytest.raises(DataError, match=r"--key 'my jets'; in Python, key=\"my jets\""):
        read(tmp_path / "k.h5", cache=tmp_path)


def test_a_key_of_a_group_with_tables_below_is_its_own_table(tmp_path):
    with h5py.File(tmp_path / "k.h5", "w") as file:
        file["y"], file["train/y"] = np.arange(3), np.arange(4)
        file["train/extra/y"], file["test/y"] = np.arange(5), np.arange(2)
    with pytest.raises(DataError, match=r'holds 4 tables: .*for example --key /; in Python, key="/"'):
        read(tmp_path / "k.h5", cache=tmp_path)
    assert read(tmp_path / "k.h5", key="/", cache=tmp_path).rows == 3
    data = read(tmp_path / "k.h5", key="train", cache=tmp_path)
    assert data.rows == 4
    assert data.left_out == {"train/extra": "it is a table of its own (5 rows of y) below the key"}


def test_bombs_are_refused_before_unpacking(tmp_path, monkeypatch):
    monkeypatch.setattr(h5py.Dataset, "__getitem__", None)  # nothing may be read
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("x", (2**44,), "f4", chunks=(2**20,), compression="gzip")
    with pytest.raises(DataError, match=r"b\.h5: declares 65536\.0 GiB of contents, over the limit of 64\.0 GiB"):
        read(tmp_path / "b.h5", cache=tmp_path)
    with h5py.File(tmp_path / "r.h5", "w") as file:
        file.create_dataset("x", (2**29,), "f4", chunks=(2**20,), compression="gzip")
    with pytest.raises(DataError, match=r"2\.0 GiB of contents in 0 stored bytes, more than 1000 to 1"):
        read(tmp_path / "r.h5", cache=tmp_path)
    monkeypatch.setattr(tree, "MAX_CHUNK_BYTES", 2**20)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file.create_dataset("x", (2**20,), "f8", chunks=(2**20,), compression="gzip")
    with pytest.raises(DataError, match=r'dataset "/x" has chunks of 8 MiB, over the limit of 1 MiB'):
        read(tmp_path / "c.h5", cache=tmp_path)


def test_the_limit_must_be_a_number(tmp_path, monkeypatch):
    monkeypatch.setenv(_limits.MAX_BYTES_VARIABLE, "lots")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["x"] = np.arange(3)
    with pytest.raises(
        DataError, match=r"NETWRIGHT_MAX_BYTES must be a positive whole number of bytes. Received: 'lots'"
    ):
        read(tmp_path / "b.h5", cache=tmp_path)


def test_text_that_is_not_utf8(tmp_path):
    with h5py.File(tmp_path / "u.h5", "w") as file:
        file["x"] = np.array([b"\xff"])
    with pytest.raises(DataError, match=r'column "x" holds text that is not UTF-8'):
        read(tmp_path / "u.h5", cache=tmp_path)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("x", data=[b"\xff"], dtype=h5py.string_dtype())
    with pytest.raises(DataError, match=r'column "x" holds text that is not UTF-8'):
        read(tmp_path / "w.h5", cache=tmp_path)


def test_arrays_and_the_names_of_their_columns(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["X"], file["y"], file["w"] = np.arange(15.0).reshape(5, 3), np.zeros((5, 1)), np.ones(5)
        file["feature_names"] = ["pt", "eta", "phi"]
        file["means"] = np.zeros(3)
        file["made with"] = "love"
        file["nothing"] = h5py.Empty("f4")
    data = read(tmp_path / "x.h5", cache=tmp_path)
    assert data.names == ["X", "w", "y"]
    assert data.column("X").shape == (5, 3)
    assert data.column("y").shape == (5,)
    assert data.left_out == {
        "feature_names": "it has 3 entries, and the table 5 rows",
        "means": "it has 3 entries, and the table 5 rows",
        "made with": "it is a single value, not one per row",
        "nothing": "it is empty",
    }


def test_lists_of_any_length(tmp_path, monkeypatch):
    monkeypatch.setattr("netwright.readers.hdf5.reader._VARIABLE_ROWS", 2)
    lists = [[1.5, 2], [], [3], [4, 5, 6], [7]]
    with h5py.File(tmp_path / "v.h5", "w") as file:
        pt = file.create_dataset("pt", (5,), dtype=h5py.vlen_dtype(np.dtype(">f4")))
        for row, values in enumerate(lists):
            pt[row] = values
        file.create_dataset("never", (5,), dtype=h5py.vlen_dtype(np.int16))
        file["y"] = np.arange(5)
    data = read(tmp_path / "v.h5", cache=tmp_path)
    assert data.table["pt"].to_pylist() == lists
    assert data.table["never"].to_pylist() == [[]] * 5
    np.testing.assert_array_equal(data.padded("pt", 2), [[1.5, 2], [0, 0], [3, 0], [4, 5], [7, 0]])


def test_one_dataset_that_is_no_column_does_not_block_the_others(tmp_path):
    colour = h5py.enum_dtype({"red": 0, "blue": 1}, "u1")
    with h5py.File(tmp_path / "o.h5", "w") as file:
        file["x"] = np.arange(2.0)
        file["colour"] = np.array([0, 1], dtype=colour)
        file["flag"] = np.array([True, False])
        file["z"] = np.zeros(2, complex)
        file["part"] = np.array([file["x"].ref, file["x"].ref], dtype=h5py.ref_dtype)
        file["links/all"] = np.array([file["x"].ref] * 5, dtype=h5py.ref_dtype)
        file["raw"] = np.zeros(2, dtype="V3")
        file["none"] = np.zeros((2, 0))
        file["t"] = np.dtype("f4")
        file.create_dataset("words", (2, 2), dtype=h5py.string_dtype())
        file.create_dataset("texts", (2,), dtype=h5py.vlen_dtype(h5py.string_dtype()))
        file["row"] = np.zeros(2, dtype=[("pt", "f4"), ("c", "c8"), ("n", "i8", (2,))])
        file.create_dataset("packed", data=np.arange(2), scaleoffset=0, chunks=(2,))
    data = read(tmp_path / "o.h5", cache=tmp_path)
    assert set(data.names) == {"x", "colour", "flag", "pt", "n", "packed"}
    assert data.column("colour").tolist() == [0, 1]
    assert data.column("flag").dtype == np.bool_
    assert data.column("packed").tolist() == [0, 1]
    for name, reason in {
        "z": "it holds complex128",
        "c": "it holds complex64",
        "part": "it holds references",
        "links/all": "it holds references",
        "raw": "it holds |V3",
        "none": r"it has the shape (0,) in each row",
        "t": "it is a type, not a dataset",
        "words": "it holds texts of any length",
        "texts": "it holds lists of",
    }.items():
        assert data.left_out[name].startswith(reason), name
    assert "pickled" not in str(data.left_out)


def test_groups_of_the_same_rows_are_one_table(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        file["jets/pt"], file["jets/eta"], file["truth/is_top"] = np.arange(3.0), np.ones(3), np.array([0, 1, 0])
    data = read(tmp_path / "g.h5", cache=tmp_path)
    assert data.names == ["jets.eta", "jets.pt", "truth.is_top"]
    np.testing.assert_array_equal(data.column("jets.pt"), [0, 1, 2])
    with h5py.File(tmp_path / "g.h5", "a") as file:
        file["tracks/pt"] = np.ones((3, 5))  # of another shape than jets/pt
    assert read(tmp_path / "g.h5", cache=tmp_path).names == ["jets.eta", "jets.pt", "tracks.pt", "truth.is_top"]
    with h5py.File(tmp_path / "g.h5", "a") as file:
        file["Electrons/pt"], file["muons/pt"] = np.ones((3, 5)), np.ones((3, 5))  # particles, not parts of the rows
        file["MissingET/MET"], file["GenMissingET/MET"] = np.ones(3), np.ones(3)  # as Delphes' branches
    assert len(read(tmp_path / "g.h5", cache=tmp_path).names) == 8
    with h5py.File(tmp_path / "s.h5", "w") as file:
        for part in ("train", "test"):
            file[f"{part}/X"], file[f"{part}/y"], file[f"{part}/jets/pt"] = np.zeros((3, 2)), np.zeros(3), np.zeros(3)
    with pytest.raises(DataError, match=r"holds 2 tables: /test \(3 rows of jets\.pt, X, y\); /train "):
        read(tmp_path / "s.h5", cache=tmp_path)


def test_tables_of_the_same_events_are_one(tmp_path):
    """IceCube's tables begin with the numbers of the event, whatever they hold."""
    fit = np.zeros(3, [(name, "u4") for name in ("Run", "Event", "SubEvent", "SubEventStream")] + [("zenith", "f8")])
    with h5py.File(tmp_path / "i.hd5", "w") as file:
        file["SPEFit2"], file["MPEFit"] = fit, fit
    assert {"MPEFit.zenith", "SPEFit2.zenith", "MPEFit.Run"} < set(read(tmp_path / "i.hd5", cache=tmp_path).names)


def test_groups_of_a_part_are_one_table(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        for part, rows in (("train", 4), ("test", 3)):
            file[f"{part}/X/jet"], file[f"{part}/X/track"] = np.zeros((rows, 2)), np.zeros((rows, 5, 3))
            file[f"{part}/y"] = np.arange(rows)
    with pytest.raises(DataError, match=r"holds 2 tables: /test \(3 rows of X.jet, X.track, y\); /train \(4 rows"):
        read(tmp_path / "g.h5", cache=tmp_path)
    assert read(tmp_path / "g.h5", key="train", cache=tmp_path).names == ["X.jet", "X.track", "y"]


def test_a_file_without_a_column(tmp_path):
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["z"] = np.zeros(2, complex)
        file["one"] = 1.0
    with pytest.raises(DataError, match=r"no column can be read; 2 columns are left out: .*; z \(it holds complex"):
        read(tmp_path / "c.h5", cache=tmp_path)
    with pytest.raises(DataError, match=r"no column can be read; one is left out: it is a single value"):
        read(tmp_path / "c.h5", key="one", cache=tmp_path)
