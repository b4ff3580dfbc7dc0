"""Files that are whole or not there."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from matplotlib.figure import Figure

from netwright import atomic_files
from netwright.atomic_files import atomic_write, flush, make_folder, storage_errors, write_tables, write_text
from netwright.errors import NetwrightError, StorageError
from netwright.plots import save


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    with atomic_write(path) as part:
        assert part.suffix == ".keras"
        part.write_bytes(b"new")
        assert not path.exists()
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_stays_as_it_was_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")

    def fail() -> None:
        with atomic_write(path) as part:
            part.write_text("ne")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageError, match=r"a\.json: cannot be written \(No space left on device\)\. Free some space"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import sys, time
from pathlib import Path
from netwright.atomic_files import atomic_write
with atomic_write(Path(sys.argv[1])) as part:
    part.write_text("half of it")
    part.with_name(f"{part.stem}-columns-1").mkdir()
    print("written", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_others_write_is_not(tmp_path: Path) -> None:
    path = tmp_path / "scores 100%#.parquet"
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        write_text(tmp_path / "other.json", "{}")
        assert len(list(tmp_path.iterdir())) == 3
        process.kill()
    write_text(path, "whole")
    assert {left.name for left in tmp_path.iterdir()} == {"other.json", path.name}


def test_threads_that_write_the_same_file_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda text: write_text(tmp_path / "a.txt", text), ["x" * 10_000] * 100))
    assert (tmp_path / "a.txt").read_text() == "x" * 10_000


def test_folders_that_cannot_be_flushed_are_no_trouble_and_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")

    def refuse(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(atomic_files.os, "fsync", refuse)  # type: ignore[attr-defined]
    flush(tmp_path)
    with pytest.raises(OSError, match="Invalid argument"):
        flush(tmp_path / "file")


def test_a_full_disk_is_a_message_of_ours_and_an_oserror_that_names_the_file() -> None:
    error = StorageError(Path("a.png"), "No space left on device", errno.ENOSPC)
    assert isinstance(error, NetwrightError)
    assert isinstance(error, OSError)
    assert error.errno == errno.ENOSPC
    assert str(error).startswith("a.png: cannot be written (No space left on device). Free some space")


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for place in (folder, Path("/dev/null")):
        with pytest.raises(StorageError, match="it is a folder or a device, not a file"):
            write_text(place, "x")
    assert Path("/dev/null").is_char_device()


def test_a_link_stays_a_link_and_long_names_have_a_part(tmp_path: Path) -> None:
    file, link = tmp_path / ("long" * 60 + ".txt"), tmp_path / "link.txt"
    link.symlink_to(file)
    write_text(link, "new")
    assert link.is_symlink()
    assert file.read_text() == "new"


def test_where_a_folder_cannot_be_made_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file: cannot be written .*Check the path and its permissions"):
        make_folder(tmp_path / "file")
    with pytest.raises(StorageError, match=r"nothing/a\.txt: cannot be written \(No such file or directory\)"):
        write_text(tmp_path / "nothing" / "a.txt", "")


@pytest.mark.parametrize("message", ["Unable to flush (No space left on device)", "errno 27: File too large"])
def test_libraries_that_say_it_in_their_own_words_are_understood(message: str) -> None:
    with pytest.raises(StorageError, match=r"x\.h5: cannot be written"), storage_errors(Path("x.h5")):
        raise RuntimeError(message)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            OSError("Failed to open local file '/a/.part-1-x'. Detail: [errno 13] Permission denied"),
            "Permission denied",
        ),
        (OSError("Can't close file (time = Mon\n, errno = 28, error message = 'No space left on device')"), "No space"),
        (OSError("3000 requested and 508 written"), "the disk took only a part of it"),
    ],
)
def test_reasons_of_libraries_are_said_in_words(error: OSError, reason: str) -> None:
    with pytest.raises(StorageError, match=rf"x: cannot be written \({reason}[a-z ]*\)\. "), storage_errors(Path("x")):
        raise error


def test_other_accidents_stay_what_they_are() -> None:
    message = "shapes differ"
    with pytest.raises(RuntimeError, match=message), storage_errors(Path("x.h5")):
        raise RuntimeError(message)
    with pytest.raises(FileNotFoundError, match="other"), storage_errors(Path("x.h5")):
        Path("other").read_text()


@pytest.fixture
def small_files() -> Iterator[None]:
    """Allow no file of more than 1 KiB, as a quota does."""
    resource = pytest.importorskip("resource", reason="Windows has no limits of files")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _figure(folder: Path) -> None:
    save(Figure(), folder, "a")


def _table(folder: Path) -> None:
    write_tables([pa.table({"x": np.random.default_rng(1).normal(size=10_000)})], folder / "a.parquet")


def _text(folder: Path) -> None:
    write_text(folder / "a.html", "x" * 10_000)


@pytest.mark.usefixtures("small_files")
@pytest.mark.parametrize("write", [_figure, _table, _text])
def test_a_disk_that_is_full_half_way_leaves_nothing_and_names_the_file(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    with pytest.raises(StorageError, match=r"/a\.\w+: cannot be written \(.*File too large"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []
