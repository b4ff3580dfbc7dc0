"""The cache: one conversion a content, safe with damage, other processes and changes of the file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netwright.data.cache import content
from netwright.data.cache import entries as cache
from netwright.data.cache._checksum import CHECKSUM_BYTES
from netwright.data.cache.folder import cache_folder
from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import Reader, Request, _convert, _in_batches, reader_for
from netwright.readers._contract import Block


@pytest.fixture
def jets(tmp_path) -> Path:
    np.savez(tmp_path / "jets.npz", x=np.arange(1000.0), y=np.ones((1000, 3), dtype=np.float32))
    an_hour_ago = time.time() - 3600
    os.utime(tmp_path / "jets.npz", (an_hour_ago, an_hour_ago))
    return tmp_path / "jets.npz"


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def opened(monkeypatch) -> list[Path]:
    """The files that the process that reads was asked to convert."""
    paths = []
    original = cache.convert_apart  # type: ignore[attr-defined]

    def convert_and_note(reader, request, part):
        paths.append(request.path)
        original(reader, request, part)

    monkeypatch.setattr(cache, "convert_apart", convert_and_note)
    return paths


@pytest.fixture
def here(monkeypatch) -> None:
    """Convert in this process, where a test can change how it is done."""
    monkeypatch.setattr(cache, "convert_apart", _convert.convert)


@pytest.fixture
def every_process_is_new(monkeypatch) -> None:
    """Look at checksums as if nothing had been opened before."""
    monkeypatch.setattr(cache, "_SEEN_WHOLE", set())


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.arrow"))


def test_a_file_is_converted_once(jets, folder, opened, tmp_path):
    for _ in range(3):
        np.testing.assert_array_equal(read(jets, cache=folder).column("x"), np.arange(1000.0))
    shutil.copy(jets, tmp_path / "copy.npz")
    assert read(tmp_path / "copy.npz", cache=folder).rows == 1000  # the same content under another name
    assert opened == [jets]
    assert len(entries(folder)) == 1


def test_numbers_are_mapped_not_loaded(jets, folder):
    before = pa.total_allocated_bytes()
    data = read(jets, cache=folder)
    values = data.column("y")
    assert values.shape == (1000, 3)
    assert not values.flags.owndata
    assert not values.flags.writeable
    assert pa.total_allocated_bytes() - before < 4000


def test_another_content_key_version_or_layout_is_another_entry(jets, folder, monkeypatch):
    request = Request(jets)
    reader = reader_for(jets)
    cache.converted(reader, request, folder)
    cache.converted(Reader("npz", (".npz",), version=99), request, folder)
    assert len(entries(folder)) == 2
    np.savez(jets, x=np.arange(5.0))
    assert read(jets, cache=folder).rows == 5
    assert len(entries(folder)) == 3
    monkeypatch.setattr(cache, "_LAYOUT", 99)
    assert read(jets, cache=folder).rows == 5
    assert len(entries(folder)) == 4


def test_a_changed_file_of_the_same_size_and_time_is_noticed(jets, folder):
    read(jets, cache=folder)
    state = jets.stat()
    np.savez(jets, x=np.arange(1000.0)[::-1], y=np.ones((1000, 3), dtype=np.float32))
    os.utime(jets, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert jets.stat().st_size == state.st_size
    assert read(jets, cache=folder).column("x")[0] == 999


def test_the_content_is_hashed_once_for_a_settled_file(jets, folder, monkeypatch):
    monkeypatch.setattr(content, "_SETTLED_NS", 0)
    read(jets, cache=folder)
    monkeypatch.setattr(content, "_hash", None)
    assert read(jets, cache=folder).rows == 1000
    (memo,) = (folder / "content").glob("*.json")
    assert json.loads(memo.read_bytes()[:-CHECKSUM_BYTES])["path"] == str(jets)


def test_a_file_just_written_is_hashed_again(jets, folder):
    """Its time may not change when it changes again at once."""
    np.savez(jets, x=np.arange(3.0))
    read(jets, cache=folder)
    assert not list((folder / "content").glob("*.json")) if (folder / "content").exists() else True


@pytest.mark.parametrize("damage", ["no json", "[]", "{}", '{"state": 3}', "[" * 100_000, ""])
def test_a_damaged_memo_is_made_anew(jets, folder, monkeypatch, damage):
    monkeypatch.setattr(content, "_SETTLED_NS", 0)
    read(jets, cache=folder)
    (memo,) = (folder / "content").glob("*.json")
    memo.write_text(damage)
    assert read(jets, cache=folder).rows == 1000


def test_every_flipped_byte_of_a_memo_is_noticed(jets, folder, monkeypatch):
    monkeypatch.setattr(content, "_SETTLED_NS", 0)
    read(jets, cache=folder)
    (memo,) = (folder / "content").glob("*.json")
    whole = memo.read_bytes()
    for place in range(len(whole)):
        memo.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert content._remembered(memo) == {}


@pytest.mark.parametrize("part", [0.0, 0.2, 0.9, 0.999])
def test_a_truncated_entry_is_made_anew(jets, folder, opened, part):
    read(jets, cache=folder)
    (entry,) = entries(folder)
    whole = entry.read_bytes()
    entry.write_bytes(whole[: int(len(whole) * part)])
    np.testing.assert_array_equal(read(jets, cache=folder).column("x"), np.arange(1000.0))
    assert len(opened) == 2
    assert entry.read_bytes() == whole


@pytest.mark.parametrize("place", [0, 0.1, 0.5, 0.9, 0.98, -1])
def test_an_entry_with_a_flipped_bit_is_made_anew_and_said(jets, folder, opened, monkeypatch, place):
    read(jets, cache=folder)
    (entry,) = entries(folder)
    whole, state = entry.read_bytes(), entry.stat()
    damaged = bytearray(whole)
    damaged[int(place * len(whole))] ^= 4
    entry.write_bytes(damaged)
    os.utime(entry, ns=(state.st_atime_ns, state.st_mtime_ns))  # the disk, which changes no time
    monkeypatch.setattr(cache, "_SEEN_WHOLE", set())  # another process
    data = read(jets, cache=folder)
    np.testing.assert_array_equal(data.column("x"), np.arange(1000.0))
    np.testing.assert_array_equal(data.column("y"), np.ones((1000, 3)))
    assert data.remarks == ["jets.npz: its cached rows were damaged and have been read from the file again."]
    assert len(opened) == 2
    assert entry.read_bytes() == whole
    assert read(jets, cache=folder).remarks == []


def test_the_checksum_is_looked_at_once_in_a_process(jets, folder, monkeypatch):
    read(jets, cache=folder)
    looked_at = []
    original = cache.is_whole  # type: ignore[attr-defined]

    def look(path, *told):
        looked_at.append(path.suffix)
        return original(path, *told)

    monkeypatch.setattr(cache, "is_whole", look)
    monkeypatch.setattr(cache, "_SEEN_WHOLE", set())
    for _ in range(3):
        read(jets, cache=folder)
    assert looked_at.count(".arrow") == 1


@pytest.fixture
def large(monkeypatch) -> None:
    """Hash files of any size while they are converted."""
    monkeypatch.setattr(cache, "_LARGE", 0)
    monkeypatch.setattr(content, "_SETTLED_NS", 0)


@pytest.mark.usefixtures("large")
def test_a_large_file_is_hashed_while_it_is_converted(jets, folder, opened, tmp_path):
    assert read(jets, cache=folder).rows == 1000
    assert read(jets, cache=folder).rows == 1000
    assert opened == [jets]
    shutil.copy(jets, tmp_path / "copy.npz")
    np.testing.assert_array_equal(read(tmp_path / "copy.npz", cache=folder).column("x"), np.arange(1000.0))
    assert len(entries(folder)) == 1
    assert not list(folder.glob("*.part"))


@pytest.mark.usefixtures("large")
def test_converting_stops_when_the_cache_has_the_content(jets, folder, monkeypatch, tmp_path):
    read(jets, cache=folder)
    shutil.copy(jets, tmp_path / "copy.npz")
    hashed, finished = threading.Event(), []
    digest = content.digest_of_content

    def hash_and_tell(*of):
        result = digest(*of)
        hashed.set()
        return result

    def convert(_, request, part):
        hashed.wait()
        for _ in range(1000):  # until the result of the thread is there
            time.sleep(0.01)
            request.progress("Reading", 1, 2)
        finished.append(part)

    monkeypatch.setattr(cache, "digest_of_content", hash_and_tell)
    monkeypatch.setattr(cache, "convert_apart", convert)
    assert read(tmp_path / "copy.npz", cache=folder).rows == 1000
    assert not finished


@pytest.mark.usefixtures("large", "here")
def test_a_large_file_that_is_damaged_is_not_hashed_to_its_end(folder, monkeypatch, tmp_path):
    (tmp_path / "bad.npz").write_bytes(bytes(5_000_000))
    monkeypatch.setattr(content, "_HASH_BYTES", 1)
    with pytest.raises(DataError, match=r"bad\.npz: cannot be read as npz"):
        read(tmp_path / "bad.npz", cache=folder)
    assert not list((folder / "content").glob("*"))


def test_left_overs_are_cleared_and_failures_leave_nothing(jets, folder, tmp_path):
    read(jets, cache=folder)
    (entry,) = entries(folder)
    left = entry.with_suffix(".4711.part")
    left.write_text("from a process that was killed")
    entry.unlink()
    read(jets, cache=folder)
    assert not left.exists()
    (tmp_path / "bad.csv").write_text("a,b\n1,2,3\n")
    with pytest.raises(DataError, match=r"bad\.csv, row 0: must have 2 values"):
        read(tmp_path / "bad.csv", cache=folder)
    assert not list(folder.glob("*.part"))
    assert len(entries(folder)) == 1


@pytest.mark.parametrize("size", [0, 2**25])
def test_a_file_that_changes_while_it_is_read_is_refused(jets, folder, monkeypatch, size):
    monkeypatch.setattr(cache, "_LARGE", size)
    original = cache.convert_apart  # type: ignore[attr-defined]

    def change_and_convert(*arguments):
        jets.write_bytes(jets.read_bytes() + b" ")
        return original(*arguments)

    monkeypatch.setattr(cache, "convert_apart", change_and_convert)
    with pytest.raises(DataError, match=r"jets\.npz: changed during reading"):
        read(jets, cache=folder)
    assert not entries(folder)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("held", [10, 2000])
@pytest.mark.usefixtures("here")
def test_a_file_that_holds_other_rows_than_it_declares_is_refused(tmp_path, folder, monkeypatch, missing, held):
    pq.write_table(pa.table({"x": [None if missing else 0.0, *np.arange(999.0)]}), tmp_path / "rows.parquet")
    checked = _convert._Checked._checked

    def other(self, block):
        start, batch = checked(self, block)
        return Block(start, batch.slice(0, 10) if held == 10 else pa.concat_batches([batch, batch]))

    monkeypatch.setattr(_convert._Checked, "_checked", other)
    with pytest.raises(DataError, match=rf"declares 1000 rows and holds {held}: it is damaged"):
        read(tmp_path / "rows.parquet", cache=folder)


def test_an_entry_that_cannot_be_opened_after_writing(jets, folder, monkeypatch):
    monkeypatch.setattr(cache, "_opened", lambda *_: None)
    with pytest.raises(DataError, match=r"was written to the cache but cannot be opened"):
        read(jets, cache=folder)


def test_a_cache_that_cannot_be_written(jets, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"the cache cannot be written .*NETWRIGHT_CACHE"):
        read(jets, cache=tmp_path / "file")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError("x"), r"jets\.npz: cannot be read \(permission denied\)"),
        (OSError(5, "Input/output error"), r"jets\.npz: cannot be read as data: .*Input/output error"),
    ],
)
def test_a_file_that_the_disk_does_not_give_is_no_fault_of_the_cache(jets, folder, monkeypatch, error, message):
    def fail(*_):
        raise error

    monkeypatch.setattr(content, "_hash", fail)
    with pytest.raises(DataError, match=message):
        read(jets, cache=folder)


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    assert cache_folder(tmp_path / "own") == tmp_path / "own"
    monkeypatch.delenv("NETWRIGHT_CACHE")
    assert "netwright" in str(cache_folder())


def test_progress_ends_where_it_should(jets, folder):
    calls = []
    read(jets, cache=folder, progress=lambda task, done, total, unit="rows": calls.append((task, done, total, unit)))
    assert {task for task, *_ in calls} == {"Checking jets.npz", "Reading jets.npz"}
    assert calls[-1] == ("Reading jets.npz", 1000, 1000, "rows")


@pytest.mark.usefixtures("every_process_is_new")
def test_looking_at_a_large_entry_is_told_of(jets, folder, monkeypatch):
    read(jets, cache=folder)
    cache._SEEN_WHOLE.clear()
    monkeypatch.setattr("netwright.data.cache._checksum._BLOCK_BYTES", 4096)
    calls = []
    read(jets, cache=folder, progress=lambda task, done, total, unit="rows": calls.append((task, done, total, unit)))
    (task, done, total, unit) = calls[-1]
    assert (task, unit) == ("Checking the cached rows of jets.npz", "MB")
    assert done == total > 0.02


@pytest.mark.usefixtures("here")
def test_numbers_are_one_chunk_however_small_the_batches(jets, folder, monkeypatch):
    monkeypatch.setattr("netwright.readers._contract.BATCH_BYTES", 400)
    data = read(jets, cache=folder)
    assert data.table["x"].num_chunks == 1
    np.testing.assert_array_equal(data.column("x"), np.arange(1000.0))


@pytest.fixture
def gaps(tmp_path) -> Path:
    """Rows with missing values in their second half, in four groups of rows."""
    values = [*range(500), *([None, 1] * 250)]
    pq.write_table(pa.table({"x": pa.array(values, pa.float64())}), tmp_path / "gaps.parquet", row_group_size=250)
    return tmp_path / "gaps.parquet"


def test_missing_values_stay_missing(gaps, folder):
    x = read(gaps, cache=folder).table["x"]
    assert x.num_chunks == 1
    assert x.to_pylist() == [*range(500), *([None, 1] * 250)]


@pytest.mark.usefixtures("here")
def test_columns_with_missing_values_are_in_chunks_where_they_are_large(gaps, folder, monkeypatch):
    monkeypatch.setattr("netwright.readers._contract.BATCH_BYTES", 400)
    monkeypatch.setattr(_in_batches, "_BLOCK_BYTES", 5000)
    assert 2 <= read(gaps, cache=folder).table["x"].num_chunks <= 4


@pytest.mark.usefixtures("here")
def test_where_memory_is_short_chunks_are_small(gaps, folder, monkeypatch):
    monkeypatch.setattr("netwright.readers._contract.BATCH_BYTES", 400)
    monkeypatch.setenv("NETWRIGHT_MEMORY", "128000")
    assert read(gaps, cache=folder).table["x"].num_chunks > 1


CHILD = """
    import sys, pathlib
    from netwright.data.cache import entries as cache
    from netwright.data.reading import read
    opened = 0
    original = cache.convert_apart
    def convert_and_note(*arguments):
        global opened
        opened += 1
        original(*arguments)
    cache.convert_apart = convert_and_note
    data = read(sys.argv[1], cache=pathlib.Path(sys.argv[2]))
    print(opened, data.column("x").sum())
"""


def child(program: str, *arguments: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_at_once_convert_once(jets, folder):
    children = [child(CHILD, jets, folder) for _ in range(3)]
    answers = [process.communicate(timeout=60)[0].split() for process in children]
    assert [total for _, total in answers] == ["499500.0"] * 3
    assert sum(int(opened) for opened, _ in answers) == 1


def test_a_process_that_dies_with_the_lock_blocks_nobody(jets, folder):
    dying = """
        import os, sys, pathlib
        from netwright.data.cache import entries as cache
        from netwright.data.reading import read
        cache.convert_apart = lambda reader, request, part: (part.write_text("half"), os._exit(9))
        read(sys.argv[1], cache=pathlib.Path(sys.argv[2]))
    """
    process = child(dying, jets, folder)
    process.communicate(timeout=60)
    assert process.returncode == 9
    assert len(list(folder.glob("*.part"))) == 1
    assert read(jets, cache=folder).rows == 1000
    assert not list(folder.glob("*.part"))


@pytest.mark.parametrize("suffix", ["npz", "h5", "parquet"])
def test_memory_follows_the_batch_and_not_the_file(tmp_path, suffix):
    """With batches of 4 MiB, 128 MB of four-vectors add less than half of that to a process."""
    path = tmp_path / f"big.{suffix}"
    values = np.random.default_rng(1).random((40_000, 200, 4), dtype=np.float32)
    if suffix == "npz":
        np.savez(path, x=np.asfortranarray(values[:20_000]), y=values[20_000:])
    elif suffix == "h5":
        with h5py.File(path, "w") as file:
            file.create_dataset("x", data=values, chunks=(500, 200, 4))
    else:
        column = pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), 800)
        pq.write_table(pa.table({"x": column}), path, row_group_size=len(values), compression="none")
    measure = """
        import importlib, resource, sys, pathlib
        from netwright.readers._convert import convert
        from netwright.readers import Request, reader_for
        from netwright.readers import _contract
        path = pathlib.Path(sys.argv[1])
        importlib.import_module(f"netwright.readers.{reader_for(path).name}")
        _contract.BATCH_BYTES = 2**22
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        convert(reader_for(path), Request(path), pathlib.Path(sys.argv[2]))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    """
    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, bytes
    added = int(child(measure, path, tmp_path / "part").communicate(timeout=100)[0]) * unit
    assert added < 64e6
