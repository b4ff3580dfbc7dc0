"""The npz reader: layouts, orders, and files that must not be opened."""

from __future__ import annotations

import ast
import io
import pickle
import threading
import zipfile

import numpy as np
import pytest

from netwright.data import read_streamed
from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import _contract, _limits
from netwright.readers.npz.texts import pickled_texts


def test_the_layout_of_the_schools_files(tmp_path):
    rng = np.random.default_rng(1)
    arrays = {
        "constituents": rng.random((50, 20, 4), dtype=np.float32),
        "truth_label": np.arange(50) % 2,
        "truth_jet": rng.random((50, 4)),
    }
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "jets.npz", **arrays)
        data = read(tmp_path / "jets.npz", cache=tmp_path)
        assert data.names == list(arrays)
        for name, values in arrays.items():
            result = data.column(name)
            assert result.dtype == values.dtype  # type: ignore[attr-defined]
            np.testing.assert_array_equal(result, values)


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", ">i4", "u8", "f2", ">f4", ">f8", "U5", "S5", ">U5", "M8[s]"])
def test_every_type_of_number_and_text(tmp_path, dtype):
    values = np.array([0, 1, 0, 1]).astype(dtype)
    if dtype == "u8":
        values = np.array([2**64 - 1, 2**63, 0, 1], dtype="u8")
    np.savez(tmp_path / "a.npz", x=values)
    data = read(tmp_path / "a.npz", cache=tmp_path)
    expected = values.astype(str).tolist() if values.dtype.kind in "US" else values.tolist()
    assert data.table["x"].to_pylist() == expected


def test_columns_in_fortran_order(tmp_path, monkeypatch):
    monkeypatch.setattr(_contract, "BATCH_BYTES", 700)
    values = np.arange(40 * 5 * 3, dtype=np.float64).reshape(40, 5, 3)
    np.savez_compressed(tmp_path / "f.npz", x=np.asfortranarray(values), y=np.asfortranarray(values[:, 0]))
    data = read(tmp_path / "f.npz", cache=tmp_path)
    np.testing.assert_array_equal(data.column("x"), values)
    np.testing.assert_array_equal(data.column("y"), values[:, 0])


def test_headers_are_parsed_in_one_thread(tmp_path, monkeypatch):
    """Python 3.11 can fail with a SystemError if several threads parse at once, and columns are read by threads."""
    np.savez(tmp_path / "a.npz", **{f"x{n}": np.arange(10.0) + n for n in range(8)})
    parsed = []
    parse = ast.literal_eval

    def recorded(text):
        parsed.append(threading.current_thread())
        return parse(text)

    monkeypatch.setattr(ast, "literal_eval", recorded)
    data = read(tmp_path / "a.npz", cache=tmp_path)
    assert set(parsed) == {threading.main_thread()}
    assert len(parsed) == 8
    np.testing.assert_array_equal(data.column("x7"), np.arange(10.0) + 7)


@pytest.mark.filterwarnings("ignore:Custom allocation")
def test_an_object_array_is_never_unpickled(tmp_path):
    class Bad:
        def __reduce__(self):
            return (open, (str(tmp_path / "opened"), "w"))

    np.savez(tmp_path / "o.npz", x=np.arange(2), bad=np.array([Bad(), Bad()], dtype=object))
    data = read(tmp_path / "o.npz", cache=tmp_path)
    assert data.names == ["x"]
    with pytest.raises(DataError, match=r'o\.npz: "bad" is left out: it holds Python objects, which are pickled code'):
        data.column("bad")
    assert not (tmp_path / "opened").exists()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_texts_as_objects_are_read_without_unpickling(protocol):
    words = ["ttbar", "qcd", "ttbar", "", "µ" * 300] * 70  # long ones, and more than one byte counts
    assert pickled_texts(pickle.dumps(np.array(words, dtype=object), protocol)) == words
    for other in ([1, "a"], ["a", None], [["a"], "b"], [b"a", "b"]):
        array = np.empty(2, object)
        array[:] = other
        with pytest.raises(ValueError, match="the pickled array has the instruction"):
            pickled_texts(pickle.dumps(array, protocol))


def test_a_column_of_objects_that_are_texts(tmp_path):
    np.savez(tmp_path / "o.npz", x=np.arange(3), process=np.array(["a", "b", "a"], dtype=object))
    data = read(tmp_path / "o.npz", cache=tmp_path)
    assert data.arrow("process").to_pylist() == ["a", "b", "a"]
    with pytest.raises(
        DataError, match=r'array "process" holds texts as Python objects: write it with \.astype\(str\)'
    ):
        read_streamed(tmp_path / "o.npz", [])


@pytest.mark.parametrize("dtype", ["c16", "V3", "m8[s]"])
def test_types_that_are_no_column_are_refused(tmp_path, dtype):
    np.savez(tmp_path / "c.npz", x=np.zeros(3, dtype=dtype))
    with pytest.raises(DataError, match=r"c\.npz: no array can be a column; x is left out: it holds"):
        read(tmp_path / "c.npz", cache=tmp_path)


def test_arrays_of_another_length_are_left_out(tmp_path):
    np.savez(
        tmp_path / "d.npz",
        X=np.zeros((4, 3)), y=np.ones((4, 1)), names=np.array(["a", "b", "c"]), mean=np.zeros(3), seed=np.int64(1),
    )  # fmt: skip
    data = read(tmp_path / "d.npz", cache=tmp_path)
    assert data.names == ["X", "y"]
    assert data.column("y").shape == (4,)
    assert data.left_out == {
        "names": "it has 3 entries, and the table 4 rows",
        "mean": "it has 3 entries, and the table 4 rows",
        "seed": "it is a single value, not one per row",
    }
    np.savez(
        tmp_path / "e.npz", X_train=np.zeros((4, 2)), y_train=np.ones(4), X_test=np.zeros((3, 2)), y_test=np.ones(3)
    )
    with pytest.raises(
        DataError,
        match=r"arrays of several lengths, each equally frequent: X_train \(4, 2\), .*Choose a part: --key train",
    ):
        read(tmp_path / "e.npz", cache=tmp_path)


def test_structured_arrays_are_their_fields(tmp_path, monkeypatch):
    monkeypatch.setattr(_contract, "BATCH_BYTES", 64)
    rows = np.zeros(5, dtype=[("pt", ">f4"), ("p4", "f8", (4,)), ("z", "c8"), ("y", "i8")])
    rows["pt"], rows["p4"], rows["y"] = np.arange(5), np.arange(20).reshape(5, 4), 7
    np.savez(tmp_path / "s.npz", jets=rows, y=np.arange(5))
    data = read(tmp_path / "s.npz", cache=tmp_path)
    assert data.names == ["pt", "p4", "jets.y", "y"]
    np.testing.assert_array_equal(data.column("pt"), np.arange(5))
    np.testing.assert_array_equal(data.column("p4"), np.arange(20).reshape(5, 4))
    np.testing.assert_array_equal(data.column("jets.y"), [7] * 5)
    assert data.left_out["z"].startswith("it holds complex64")


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_single_array(tmp_path, order):
    values = np.arange(12.0).reshape(4, 3)
    np.save(tmp_path / "X.npy", np.asarray(values, order=order))
    data = read(tmp_path / "X.npy", cache=tmp_path)
    assert data.names == ["X"]
    np.testing.assert_array_equal(data.column("X"), values)
    (tmp_path / "X.npy").write_bytes((tmp_path / "X.npy").read_bytes()[:-1])
    with pytest.raises(DataError, match=r"X\.npy: array \"X\" declares the shape \(4, 3\) of float64, which does not"):
        read(tmp_path / "X.npy", cache=tmp_path)


def test_an_axis_without_length_is_refused(tmp_path):
    np.savez(tmp_path / "z.npz", x=np.zeros((3, 0)))
    with pytest.raises(DataError, match=r"shape \(0,\) in each row, with nothing in it"):
        read(tmp_path / "z.npz", cache=tmp_path)


def test_archives_that_are_not_from_numpy(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(DataError, match=r"holds no array"):
        read(path, cache=tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.txt", "x")
    with pytest.raises(DataError, match=r"\.\./\.\./evil\.txt is left out: it is not a NumPy array"):
        read(path, cache=tmp_path)
    assert not (tmp_path.parent.parent / "evil.txt").exists()


def test_two_arrays_of_one_name_are_refused(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(2))
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("x.npy", buffer.getvalue())
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("x.npy", buffer.getvalue())
    with pytest.raises(DataError, match=r"two arrays have the same name"):
        read(tmp_path / "t.npz", cache=tmp_path)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999,), }", "does not fit its"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -2), }", "negative shape"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (1", "truncated, damaged"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': __import__('os').getpid(), }", "truncated, damaged"),
    ],
)
def test_headers_that_lie(tmp_path, header, message):
    header = header.ljust(118) + b"\n"
    body = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16)
    with zipfile.ZipFile(tmp_path / "h.npz", "w") as archive:
        archive.writestr("x.npy", body)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "h.npz", cache=tmp_path)


def test_an_unknown_header_version_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY\x04\x00" + bytes(100))
    with pytest.raises(DataError, match=r"unknown format version \(4, 0\)"):
        read(tmp_path / "v.npz", cache=tmp_path)


def test_a_declared_size_over_the_limit_is_refused_before_unpacking(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "b.npz", x=np.zeros(200_000))
    monkeypatch.setenv("NETWRIGHT_MAX_BYTES", "1000000")
    monkeypatch.setattr(zipfile.ZipFile, "open", None)  # nothing may be opened
    with pytest.raises(DataError, match=r"b\.npz: declares 0\.0 GiB.*over the limit of.*NETWRIGHT_MAX_BYTES"):
        read(tmp_path / "b.npz", cache=tmp_path)


def test_a_zip_bomb_is_refused_before_unpacking(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "b.npz", x=np.zeros(2_000_000))
    monkeypatch.setattr(_limits, "MAX_RATIO_FROM", 2**20)
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(DataError, match=r"more than 1000 to 1: a decompression bomb"):
        read(tmp_path / "b.npz", cache=tmp_path)


def test_an_array_that_ends_early_is_refused(tmp_path, monkeypatch):
    """A member may hold less than the directory says: then the numbers end before the rows do."""
    np.savez(tmp_path / "s.npz", x=np.arange(10.0))
    monkeypatch.setattr(zipfile.ZipExtFile, "_update_crc", lambda *_: None)
    read_whole = zipfile.ZipExtFile.read
    monkeypatch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: read_whole(self, n)[: 79 if n == 80 else None])
    with pytest.raises(DataError, match=r"the array ends 1 bytes early"):
        read(tmp_path / "s.npz", cache=tmp_path)


def test_a_wrong_checksum_is_refused(tmp_path):
    np.savez(tmp_path / "k.npz", x=np.arange(1000.0))
    data = bytearray((tmp_path / "k.npz").read_bytes())
    data[4000] ^= 1
    (tmp_path / "k.npz").write_bytes(data)
    with pytest.raises(DataError, match=r"Bad CRC-32"):
        read(tmp_path / "k.npz", cache=tmp_path)


@pytest.mark.filterwarnings("ignore:Stored array in format 3.0:UserWarning")
@pytest.mark.parametrize("order", ["C", "F"])
def test_names_of_fields_in_any_writing(tmp_path, order):
    values = np.zeros((5, 2), dtype=[("質量", "f4"), ("y", "i4")], order=order)
    values["質量"] = np.arange(10).reshape(5, 2)
    np.savez(tmp_path / "n.npz", t=values)
    data = read(tmp_path / "n.npz", cache=tmp_path)
    assert data.names == ["質量", "y"]
    np.testing.assert_array_equal(data.column("質量"), values["質量"])


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"{'descr': '<f8', 'fortran_order': 0, 'shape': (2,)}", r"the header has the shape \(2,\) and the order 0"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': [2]}", r"the header has the shape \[2\]"),
        (b"{'descr': '<f8', 'fortran_order': False, 'shape': (True,)}", r"the header has the shape \(True,\)"),
        (b"{'descr': '<f8'}", r"the header does not describe an array"),
        (b"[1]", r"the header does not describe an array"),
        (b"{'descr': 5.5, 'fortran_order': False, 'shape': (2,)}", r"damaged"),
        (b"{'descr': {}, 'fortran_order': False, 'shape': (2,)}", r"damaged"),
        (b"open('x')", r"damaged"),
        (b"(" * 3000, r"damaged"),
        (b"\xff", r"damaged"),
        (b" " * 20_000, r"the header of 20000 bytes is over the limit of 10000"),
    ],
)
def test_headers_in_utf8_that_lie(tmp_path, header, message):
    with zipfile.ZipFile(tmp_path / "v.npz", "w") as archive:
        content = b"\x93NUMPY\x03\x00" + len(header).to_bytes(4, "little") + header + bytes(16)
        archive.writestr("x.npy", content)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "v.npz", cache=tmp_path)


def test_packed_members_in_folders_keep_their_names(tmp_path):
    names = ["group/a", "group/b.c", "m[0]", "two words"]
    np.savez_compressed(tmp_path / "a.npz", **{name: np.full(3, float(place)) for place, name in enumerate(names)})
    data = read(tmp_path / "a.npz", cache=tmp_path / "cache")
    assert data.names == names
    assert [data.column(name)[2] for name in names] == [0, 1, 2, 3]
    derived = data.derive({"s": '"group/a" + "group/b.c" + "m[0]" + "two words"'})
    assert derived.column("s").tolist() == [6, 6, 6]
