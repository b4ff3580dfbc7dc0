"""Columns that stay in their files and are read block by block (`data.cache: false`)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import uproot

from netwright.config import CategoricalInput, FourVectorsInput, InputGroup, NumericInput, ParticlesInput
from netwright.data import Dataset, StreamedRows, choose_fine_columns, content_identity, input_rows, read_streamed
from netwright.data.rows import file_inputs, streamed
from netwright.data.streamed import columns as columns_module
from netwright.data.streamed import opening
from netwright.data.streamed.block_cache import BlockCache
from netwright.errors import DataError
from netwright.readers import Request, open_streamed_file, parquet, reader_for, streamed_file
from netwright.readers._contract import Contents, Ranges
from netwright.readers._open_files import OpenFiles
from netwright.readers._raw_rows import RawRows

ROWS = 2000
GROUPS: dict[str, InputGroup] = {
    "numbers": NumericInput(kind="numeric", columns=["a", "time"], missing=[-1]),
    "array": NumericInput(kind="numeric", columns=["X[2]", "X[0]"]),
    "kinds": CategoricalInput(kind="categorical", columns=["kind"]),
    "jets": FourVectorsInput(kind="four-vectors", columns="p4", at_most=3),
}


def _columns() -> dict[str, Any]:
    random = np.random.default_rng(1)
    momenta = random.standard_normal((ROWS, 2, 3))
    energies = np.sqrt(1 + (momenta**2).sum(axis=2, keepdims=True))
    return {
        "a": random.standard_normal(ROWS).astype(np.float32),
        "time": 1.7e9 + random.integers(0, 1000, ROWS),  # too fine for float32
        "X": random.standard_normal((ROWS, 3)).astype(np.float32),
        "kind": random.integers(0, 5, ROWS).astype(np.int16),
        "p4": np.concatenate([energies, momenta], axis=2).astype(np.float32),
        "y": random.integers(0, 2, ROWS).astype(np.int8),
        "event": np.arange(ROWS),
    }


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return _columns()


@pytest.fixture(scope="module")
def files(data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the same rows in four formats, in many row groups, chunks and baskets."""
    folder = tmp_path_factory.mktemp("streamed")
    arrow = {
        name: pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
        if values.ndim == 2
        else pa.array(values.tolist(), pa.list_(pa.list_(pa.float32(), 4), 2))
        if values.ndim == 3
        else pa.array(values)
        for name, values in data.items()
    }
    pq.write_table(pa.table(arrow), folder / "rows.parquet", row_group_size=90)
    with h5py.File(folder / "rows.h5", "w") as file:
        for name, values in data.items():
            file.create_dataset(name, data=values, chunks=(70, *values.shape[1:]), compression="gzip")
    np.savez(folder / "rows.npz", **data)
    with uproot.recreate(folder / "rows.root") as file:
        file.mktree("Events", {name: (values.dtype, values.shape[1:]) for name, values in data.items()})
        for start in range(0, ROWS, 100):
            file["Events"].extend({name: values[start : start + 100] for name, values in data.items()})
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks of some 100 rows, of which memory holds a quarter."""
    monkeypatch.setattr(columns_module, "_BLOCK_BYTES", 2**12)
    monkeypatch.setattr(streamed, "_WINDOW_BYTES", 2**12)
    monkeypatch.setattr(streamed, "_WINDOW_BLOCKS", 2)
    monkeypatch.setattr(file_inputs, "_SHARE", 0.1)
    monkeypatch.setenv("NETWRIGHT_MEMORY", "700000")


def opened(path: Path) -> Dataset:
    return read_streamed(path, ["y", "event % 3"])


@pytest.mark.parametrize("suffix", [".parquet", ".h5", ".npz", ".root"])
def test_inputs_are_those_of_the_cache_whether_they_fit_in_memory_or_not(
    suffix: str, files: dict[str, Path], request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import netwright as nw

    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    cached = nw.read(files[suffix])
    fine = choose_fine_columns(cached, GROUPS)
    assert fine == {"numbers": ("time",)}
    expected = input_rows(cached, GROUPS, fine)
    here = opened(files[suffix])
    assert sorted(here.names) == sorted(cached.names)
    assert here.table.column_names == [name for name in cached.names if name in {"y", "event"}]
    assert choose_fine_columns(here, GROUPS) == fine
    rows = input_rows(here, GROUPS, fine)
    request.getfixturevalue("small")
    beyond = input_rows(opened(files[suffix]), GROUPS, fine)
    assert len(beyond["jets"].blocks.bounds) > 15
    wanted = np.random.default_rng(2).integers(0, ROWS, (3, 50))
    for name, values in expected.items():
        np.testing.assert_array_equal(rows[name], values)
        assert isinstance(beyond[name], StreamedRows)
        assert beyond[name].shape == values.shape
        assert beyond[name].dtype == values.dtype
        assert beyond[name].nbytes == values.nbytes
        np.testing.assert_array_equal(beyond[name][wanted], values[wanted])
        np.testing.assert_array_equal(beyond[name][100:300], values[100:300])
        np.testing.assert_array_equal(beyond[name][np.arange(ROWS) % 99 == 0], values[::99])
    np.testing.assert_array_equal(content_identity(beyond), content_identity(expected))


@pytest.mark.usefixtures("small")
def test_selected_and_reordered_rows_are_found_in_their_files(files: dict[str, Path], data: dict[str, Any]) -> None:
    both = read_streamed([files[".npz"], files[".h5"]], ["event"]).select("event % 3 = 1")
    kept = np.flatnonzero(data["event"] % 3 == 1)
    result = input_rows(both, {"x": NumericInput(kind="numeric", columns=["X[1]"])})["x"]
    np.testing.assert_array_equal(result[:, 0], np.tile(data["X"][kept, 1], 2))
    np.testing.assert_array_equal(both.take([700, 3, 3]).column("a"), data["a"][kept[[700 - len(kept), 3, 3]]])
    assert both.type_of("X[1]") == pa.float32()
    assert both.locate(700) == f"rows.h5, row {kept[700 - len(kept)]}"


@pytest.fixture
def threads_in_turns() -> Iterator[None]:
    """Threads change places after each microsecond: what two of them do at once meets in every order."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_few_blocks_are_kept_and_read_ahead() -> None:
    read: list[int] = []

    def make(block: int) -> dict[str, np.ndarray]:
        read.append(block)
        return {"x": np.full(10, block, np.float32)}

    store = BlockCache(make, at_most=120)
    assert [store.get(block)["x"][0] for block in (0, 1, 2, 3)] == [0, 1, 2, 3]
    store.get(1)
    store.get(4)  # in place of 2, which was used least recently
    assert [store.get(block)["x"][0] for block in (1, 3, 4)] == [1, 3, 4]
    assert read == [0, 1, 2, 3, 4]
    store.ask([4, 5])
    assert store.get(5)["x"][0] == 5
    assert read == [0, 1, 2, 3, 4, 5]


@pytest.mark.usefixtures("threads_in_turns")
@pytest.mark.parametrize("readers", [1, 3])
def test_no_more_is_read_ahead_than_half_of_the_memory_holds(readers: int) -> None:
    for _ in range(20):
        read: list[int] = []

        def make(block: int, read: list[int] = read) -> dict[str, np.ndarray]:
            read.append(block)
            return {"x": np.full(10, block, np.float32)}

        store = BlockCache(make, 160, readers)
        store.ask(range(50))
        for block in range(50):
            assert store.get(block)["x"][0] == block
            assert len(read) <= block + 3 + readers
        assert sorted(read) == list(range(50))  # each once


def test_several_blocks_are_read_at_once_and_an_error_is_raised_where_its_block_is_needed() -> None:
    both = threading.Barrier(2, timeout=10)

    def make(block: int) -> dict[str, np.ndarray]:
        if block == 1:
            msg = "block 1 is damaged"
            raise DataError(msg)
        both.wait()  # for another one that is being read
        return {"x": np.full(10, block, np.float32)}

    store = BlockCache(make, 1000, readers=2)
    store.ask([0, 2])
    assert [store.get(block)["x"][0] for block in (0, 2)] == [0, 2]
    store.ask([1])
    with pytest.raises(DataError, match="block 1 is damaged"):
        store.get(1)


@pytest.mark.usefixtures("small")
def test_a_value_that_cannot_be_used_is_found_when_its_block_is_read(tmp_path: Path) -> None:
    values = np.arange(40_000, dtype=np.float32)
    values[30_000] = np.nan
    pq.write_table(pa.table({"x": values, "y": values}), tmp_path / "b.parquet", row_group_size=500)
    rows = input_rows(read_streamed(tmp_path / "b.parquet", ["y"]), {"x": NumericInput(kind="numeric", columns=["x"])})
    assert isinstance(rows["x"], StreamedRows)
    rows["x"].read_ahead(np.array([30_000]))
    with pytest.raises(DataError, match=r"inputs.x: column x, b.parquet, row 30000: nan is not a finite number"):
        rows["x"][29_000:31_000]


def test_a_file_that_changes_or_disappears_is_noticed(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(files[".parquet"].read_bytes())
    file = open_streamed_file(reader_for(path), Request(path))
    assert file.read(["event"], 100, 300)["event"].to_pylist() == list(range(100, 300))
    with path.open("ab") as more:
        more.write(b"PAR1")
    with pytest.raises(DataError, match=r"rows.parquet: (has changed while it was in use|cannot be read as Parquet)"):
        file.read(["event"], 0, 10)
    path.write_bytes(files[".parquet"].read_bytes())
    with pytest.raises(DataError, match=r"rows\.parquet: has changed while it was in use\. Wait until it is complete"):
        file.read(["event"], 0, 10)
    path.unlink()
    with pytest.raises(DataError, match=r"rows\.parquet: there is no such file"):
        file.read(["event"], 0, 10)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("text.csv", r"text.csv: data.cache: false reads blocks .* text table .*write Parquet"),
        ("packed.npz", r'packed.npz: .* array "x" is compressed: write it with numpy.savez'),
        ("fortran.npz", r'fortran.npz: .* "x" is in Fortran order.*numpy.ascontiguousarray'),
        ("none.parquet", r"none\.parquet: has no rows\. Leave the file out"),
    ],
)
def test_files_that_cannot_be_read_in_blocks_are_refused(name: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "text.csv").write_text("x,y\n1,2\n")
    np.savez_compressed(tmp_path / "packed.npz", x=np.ones(3))
    np.savez(tmp_path / "fortran.npz", x=np.asfortranarray(np.ones((3, 2))))
    pq.write_table(pa.table({"x": np.ones(0)}), tmp_path / "none.parquet")
    with pytest.raises(DataError, match=message):
        read_streamed(tmp_path / name, [])


def test_files_without_rows_and_files_that_cannot_be_used(tmp_path: Path) -> None:
    for name, rows in (("a", 0), ("b", 3), ("c", 0), ("d", 2)):
        pq.write_table(pa.table({"x": np.arange(rows) + 1.0, "y": np.zeros(rows)}), tmp_path / f"{name}.parquet")
    data = read_streamed(tmp_path / "*.parquet", ["y"])
    assert data.in_memory(["x"]).column("x").tolist() == [1, 2, 3, 1, 2]
    assert data.remarks == ["2 of 4 files have no rows: a.parquet, c.parquet"]
    assert read_streamed(tmp_path / "a.parquet", [], may_be_empty=True).in_memory(["x", "y"]).rows == 0
    for name in "ef":
        (tmp_path / f"{name}.parquet").touch()
    with pytest.raises(
        DataError, match=r"2 of 6 files cannot be used:\n.*e\.parquet: is empty.*\n.*f\.parquet: is empty"
    ):
        read_streamed(tmp_path / "*.parquet", ["y"])


def test_particles_beyond_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = pa.array([[1.0, 2.0]] * 5000)
    pq.write_table(pa.table({"pt": lists, "y": np.ones(5000)}), tmp_path / "jets.parquet", row_group_size=500)
    here = read_streamed(tmp_path / "jets.parquet", ["y"])
    section = {"kind": "particles", "at_most": 2, "numbers": {"jet": {"columns": ["pt"]}}}
    jets = ParticlesInput.model_validate(section)
    assert input_rows(here, {"jets": jets})["jets"].shape[:2] == (5000, 2)
    monkeypatch.setattr(file_inputs, "too_large", lambda size, _: size > 10_000)
    with pytest.raises(DataError, match=r"inputs.jets: .* kind particles are read into memory, and these take about"):
        input_rows(here, {"jets": jets})


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Return a file of numbers as they are in memory, in other forms, and in chunks some of which were packed."""
    random = np.random.default_rng(3)
    some = random.standard_normal((ROWS, 3)).astype(np.float32)
    some[500:900] = 1.0  # LZF makes no chunk of random numbers smaller
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["at_once"], file["swapped"] = some, some.astype(">f4")
        file.create_dataset("some", data=some, chunks=(100, 3), compression="lzf")
        file.create_dataset("tiles", data=some, chunks=(100, 2))
        file.create_dataset("checked", data=some, chunks=(100, 3), fletcher32=True)
        file.create_dataset("one", data=some[:, :1], chunks=(70, 1))
        file.create_dataset("odd", data=np.arange(ROWS), dtype=_of_three_bytes())
        file["flags"], file["half"] = some > 0, some.astype(np.float16)
        file["both"] = np.rec.fromarrays([some[:, 0], some[:, 1]], names=["a", "b"])
    return tmp_path / "plain.h5"


def _of_three_bytes() -> h5py.Datatype:
    kind = h5py.h5t.NATIVE_INT32.copy()
    kind.set_precision(24)
    return h5py.Datatype(kind)


def test_plain_numbers_are_read_without_another_process(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = open_streamed_file(reader_for(plain), Request(plain))
    assert sorted(file.raw) == ["at_once", "one", "some"]
    by_library = replace(file, raw={}).read(file.schema.names, 0, ROWS)
    columns = ["at_once", "one"]
    assert file.read(["some", "odd"], 450, 950).equals(by_library.select(["some", "odd"]).slice(450, 500))
    beyond = {"one": RawRows(ROWS, [2**40])}
    assert replace(file, raw=beyond).read(["one"], 0, 9)["one"].equals(by_library["one"].slice(0, 9))
    for start, stop in [(0, ROWS), (65, 75), (1999, 2000), (140, 350)]:
        assert file.read(["some"], start, stop).equals(by_library.select(["some"]).slice(start, stop - start))
    monkeypatch.setattr(streamed_file, "request_from_reader", None)
    for start, stop in [(0, ROWS), (65, 75), (1999, 2000), (140, 350)]:
        assert file.read(columns, start, stop).equals(by_library.select(columns).slice(start, stop - start))
    assert file.read(["some"], 100, 400).equals(by_library.select(["some"]).slice(100, 300))


def test_a_user_block_shifts_all_places(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "shifted.h5", "w", userblock_size=512) as file:
        file["x"] = np.arange(9.0)
    shifted = open_streamed_file(reader_for(tmp_path / "shifted.h5"), Request(tmp_path / "shifted.h5"))
    assert not shifted.raw
    assert shifted.read(["x"], 3, 5)["x"].to_pylist() == [3.0, 4.0]


def test_a_reader_of_other_packages_may_not_offer_blocks_or_give_too_few_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"")
    ranges: list[Ranges | None] = [None]

    @contextmanager
    def fake(_: Request) -> Iterator[Contents]:
        yield Contents(pa.schema([("x", pa.int64())]), 3, iter(()), ranges=ranges[0])

    monkeypatch.setattr(parquet, "open_file", fake)
    with pytest.raises(DataError, match=r"Its reader \(parquet\) reads files from their beginning"):
        OpenFiles().describe(reader_for(path), Request(path))

    def two(*_: object) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"x": [1, 2]})

    ranges[0] = Ranges([0], two)
    with pytest.raises(DataError, match="declares rows up to 2 and holds 2 of those from 0 on: it is damaged"):
        OpenFiles().rows(reader_for(path), Request(path), ["x"], 0, 3)


def test_only_the_latest_files_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import netwright.readers._open_files as module

    monkeypatch.setattr(module, "_MAX_FILES", 2)
    open_files = OpenFiles()
    for number in range(4):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(pa.table({"x": np.arange(number + 1)}), path)
        assert open_files.describe(reader_for(path), Request(path))[1] == {"rows": number + 1, "starts": [0], "raw": {}}
    assert len(open_files._files) == 2


def test_files_of_several_types_are_refused(tmp_path: Path) -> None:
    for name, kind in (("a", np.float32), ("b", np.float64)):
        pq.write_table(pa.table({"x": np.ones(3, kind)}), tmp_path / f"{name}.parquet")
    with pytest.raises(DataError, match=r'a.parquet: column "x" has the type float here and double in others'):
        read_streamed([tmp_path / "a.parquet", tmp_path / "b.parquet"], [])


@pytest.mark.usefixtures("small")
def test_what_does_not_fit_in_memory_is_refused(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    here, path = opened(files[".npz"]), files[".npz"]
    beyond = input_rows(here, {"array": GROUPS["array"], "jets": GROUPS["jets"]})["jets"]
    monkeypatch.setenv("NETWRIGHT_MEMORY", "100000")
    with pytest.raises(DataError, match=r"p4 of 2,000 rows take 62.5 KiB, more than half of the memory"):
        here.column("p4")
    with pytest.raises(DataError, match=r"inputs.jets: 2,000 rows take 93.8 KiB, more than half .*Use fewer rows"):
        beyond[:]
    with pytest.raises(DataError, match=r"are in memory at a time, .* Write smaller row groups, chunks or baskets"):
        input_rows(here, {"jets": GROUPS["jets"]})
    monkeypatch.setattr(opening, "_SHARE", 0.1)
    with pytest.raises(DataError, match=r"data.cache: false keeps event, y of 2,000 rows in memory: 17.6 KiB|y, event"):
        opened(path)


def test_where_nothing_is_mentioned_the_narrowest_column_tells_the_rows(files: dict[str, Path]) -> None:
    here = read_streamed(files[".parquet"], ["Xevents", "y_2"])
    assert here.table.column_names == ["y"]
    assert here.rows == ROWS
