"""What every reader must do, fed by the registry: a new line there is tested by existing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import READERS, _contract, reader_for
from netwright.readers._refusals import damaged

NAMES = [reader.name for reader in READERS]
each_reader = pytest.mark.parametrize("reader", READERS, ids=NAMES)


@pytest.fixture
def little_file(reader, tmp_path, little, write) -> Path:
    path = tmp_path / f"little{reader.suffixes[0]}"
    write[reader.name](path, little)
    return path


@each_reader
def test_the_little_table_comes_back(reader, little_file, little, tmp_path):
    data = read(little_file, cache=tmp_path)
    assert data.rows == 7
    assert sorted(data.names) == sorted(little)
    for name in ("energy", "mass", "charge", "event", "is_top"):
        values = data.column(name)
        expected = little[name]
        assert values.dtype.kind == expected.dtype.kind, name
        if reader.name != "csv":  # CSV does not say how wide a number is
            assert values.dtype == expected.dtype, name
        np.testing.assert_array_equal(values.astype(expected.dtype), expected)
    assert data.table["kind"].to_pylist() == little["kind"].tolist()


@each_reader
def test_reading_in_small_batches_gives_the_same(reader, tmp_path, write, contents, monkeypatch):
    monkeypatch.setattr(_contract, "BATCH_BYTES", 4096)
    monkeypatch.setattr("netwright.readers.root.reader.BATCH_BYTES", 4096)
    monkeypatch.setattr("netwright.readers.csv.ranges._RANGE_BYTES", 4096)
    monkeypatch.setattr("netwright.readers.csv.ranges._RANGE_BYTES_PER_COLUMN", 1)
    columns = {"x": np.arange(5000, dtype=np.float64) / 8, "y": np.arange(5000)[::-1].astype(np.int64)}
    path = tmp_path / f"many{reader.suffixes[0]}"
    write[reader.name](path, columns)
    result, table = contents(path)
    assert result.rows == 5000
    if reader.name != "root":  # an ntuple of one cluster is one batch
        assert table["x"].num_chunks > 5
    data = read(path, cache=tmp_path)
    for name, values in columns.items():
        np.testing.assert_array_equal(table[name].to_numpy(), values)
        np.testing.assert_array_equal(data.column(name), values)
        assert data.table[name].num_chunks == 1


@each_reader
def test_a_missing_file_is_named(reader, tmp_path):
    path = tmp_path / f"absent{reader.suffixes[0]}"
    with pytest.raises(DataError, match=r"absent.*: there is no such file"):
        read(path, cache=tmp_path)


@each_reader
def test_an_empty_file_and_text_are_refused(reader, tmp_path):
    path = tmp_path / f"bad{reader.suffixes[0]}"
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"bad\..*(cannot be read as|is empty)"):
        read(path, cache=tmp_path)
    path.write_bytes(b"this,is\nno table\n" * 3)
    with pytest.raises(DataError, match=r"bad\..*(cannot be read as|must have 2 values)"):
        read(path, cache=tmp_path)


@each_reader
def test_a_file_without_rows_is_refused(reader, tmp_path, little, write):
    path = tmp_path / f"none{reader.suffixes[0]}"
    write[reader.name](path, {name: little[name][:0] for name in ("energy", "charge")})
    with pytest.raises(DataError, match=r"none\..*: has no rows"):
        read(path, cache=tmp_path)
    assert read(path, cache=tmp_path, may_be_empty=True).rows == 0


@each_reader
def test_a_file_without_rows_adds_none_to_others(reader, tmp_path, little_file, little, write):
    path = tmp_path / f"none{reader.suffixes[0]}"
    write[reader.name](path, {"energy": little["energy"][:0]})
    data = read([path, little_file], cache=tmp_path)
    assert data.table.equals(read(little_file, cache=tmp_path).table)
    assert data.remarks == [f"1 of 2 files has no rows: {path.name}"]
    assert [source.rows for source in data.sources] == [0, 7]
    assert data.locate(0) == f"{little_file.name}, row 0"


@each_reader
@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_refused(reader, little_file, part, tmp_path):
    content = little_file.read_bytes()
    cut = content[: int(len(content) * part)]
    if reader.name == "csv":
        cut = cut.rstrip(b"\r\n").rpartition(b",")[0]  # a CSV file that ends with a row is whole
    little_file.write_bytes(cut)
    with pytest.raises(DataError, match=r"little\..*(truncated|damaged|no rows)"):
        read(little_file, cache=tmp_path)


@each_reader
@pytest.mark.usefixtures("reader")
def test_flipped_bytes_give_an_error_or_rows(little_file, contents):
    content = little_file.read_bytes()
    choose = np.random.default_rng(1)
    refusals = []
    for _ in range(60):
        damaged = bytearray(content)
        damaged[choose.integers(len(content))] ^= int(choose.integers(1, 256))
        little_file.write_bytes(damaged)
        try:
            contents(little_file)
        except DataError as error:
            refusals.append(str(error))
    assert refusals
    assert all("little" in message for message in refusals)


@each_reader
@pytest.mark.usefixtures("reader")
def test_a_key_that_is_not_there_is_refused(little_file, tmp_path):
    with pytest.raises(DataError, match=r"takes no key|there is no"):
        read(little_file, key="jets/nothing", cache=tmp_path)


def test_an_unknown_ending_is_refused():
    with pytest.raises(DataError, match=r"no reader for the suffix '.hdff'.*Did you mean \"\.hdf\""):
        reader_for(Path("jets.hdff"))
    with pytest.raises(
        DataError, match=r"t\.pkl: files with the suffix '\.pkl' are not read\. Unpickling .* pandas\.read_pickle"
    ):
        reader_for(Path("t.pkl"))
    with pytest.raises(DataError, match=r"known suffixes: \.npz.*\.csv"):
        reader_for(Path("jets.zzzzzz"))


def test_every_reader_can_be_found_by_each_of_its_endings():
    for reader in READERS:
        for suffix in reader.suffixes:
            assert reader_for(Path(f"A{suffix.upper()}")) is reader


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError("x"), r"a\.npz: there is no such file"),
        (PermissionError("x"), r"a\.npz: cannot be read \(permission denied\)"),
        (
            MemoryError("8 GiB"),
            r"a\.npz: reading it takes more memory than there is \(8 GiB\)\. If the file is not large",
        ),
        (ValueError("some\n reason"), r"a\.npz: cannot be read as npz: .*\(ValueError: some reason\)"),
        (
            NotImplementedError("LZO"),
            r"a\.npz: cannot be read as npz: the library for npz does not support its contents",
        ),
    ],
)
def test_what_libraries_raise_becomes_a_message(error, message):
    with (
        pytest.raises(DataError, match=message),
        damaged(Path("a.npz"), "npz", (OSError, ValueError, NotImplementedError)),
    ):
        raise error


def test_other_accidents_pass_through():
    with pytest.raises(ZeroDivisionError), damaged(Path("a.npz"), "npz", (OSError,)):
        raise ZeroDivisionError
