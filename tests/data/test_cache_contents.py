"""What the cache holds: listed, verified, and removed by its last use, safe with other processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.data import cached_files, prune, read, size_limit
from netwright.data.cache import contents, several, usage
from netwright.errors import DataError
from netwright.readers import process


@pytest.fixture
def files(tmp_path) -> list[Path]:
    paths = [tmp_path / f"jets{number}.npz" for number in range(4)]
    for number, path in enumerate(paths):
        np.savez(path, x=np.full(1000, float(number)))
    return paths


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def ended():
    """Let go of all files, as if the process that used them had ended."""

    def end() -> None:
        usage._end()
        usage._HOLDERS.clear()

    yield end
    end()


def made(folder: Path, files: list[Path], ended) -> list[Path]:
    """Read files, the first a day ago and each of the others an hour later, and return their entries."""
    entries = []
    for number, path in enumerate(files):
        read(path, cache=folder)
        (entry,) = (one.path for one in cached_files(folder) if one.source == str(path))
        entries.append(entry)
        then = time.time() - 86_400 + 3600 * number
        os.utime(f"{entry}.json", (then, then))
    ended()
    return entries


def test_the_list_names_source_size_and_last_use(files, folder, ended):
    assert cached_files(folder) == []
    entries = made(folder, files, ended)
    result = cached_files(folder)
    assert [one.path for one in result] == entries
    assert [one.source for one in result] == [str(path) for path in files]
    assert all(one.kind == "rows" and one.size == one.path.stat().st_size and not one.in_use for one in result)
    read(files[0], cache=folder)
    assert [(path.source, path.in_use) for path in cached_files(folder)][-1] == (str(files[0]), True)


def test_the_least_recently_used_goes_first(files, folder, ended):
    entries = made(folder, files, ended)
    size = sum(path.stat().st_size for path in entries)
    assert prune(folder, size) == []
    assert [run.path for run in prune(folder, size - 1)] == entries[:1]
    read(files[1], cache=folder)
    ended()
    assert [run.path for run in prune(folder, 2 * size // 4)] == entries[2:3]
    assert [path.exists() for path in entries] == [False, True, False, True]
    assert not Path(f"{entries[0]}.json").exists()
    assert read(files[0], cache=folder).column("x")[0] == 0


def test_reading_keeps_the_cache_within_its_limit(files, folder, ended, monkeypatch):
    entries = made(folder, files[:3], ended)
    monkeypatch.setenv("NETWRIGHT_CACHE_SIZE", str(2 * entries[0].stat().st_size))
    read(files[3], cache=folder)
    assert [path.source for path in cached_files(folder)] == [str(files[2]), str(files[3])]
    monkeypatch.setenv("NETWRIGHT_CACHE_SIZE", "1 kB")
    data = read(files, cache=folder)  # all in use
    assert data.column("x")[3500] == 3
    assert len(cached_files(folder)) == 4


def test_the_limit_is_a_fifth_of_the_free_space(folder, monkeypatch):
    folder.mkdir()
    monkeypatch.delenv("NETWRIGHT_CACHE_SIZE", raising=False)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Free(900))
    assert size_limit(folder, 100) == 200
    for text, limit in (("20GB", 20 * 10**9), ("1.5 gib", 3 * 2**29), ("7", 7)):
        monkeypatch.setenv("NETWRIGHT_CACHE_SIZE", text)
        assert size_limit(folder, 100) == limit
    monkeypatch.setenv("NETWRIGHT_CACHE_SIZE", "much")
    with pytest.raises(DataError, match=r"NETWRIGHT_CACHE_SIZE: must be a size such as 20GB or .* Received: 'much'"):
        size_limit(folder, 100)


class Free:
    """A disk with free space."""

    def __init__(self, free: int) -> None:
        self.free = free


USER = """
import sys, time
from pathlib import Path
from netwright.data import read
data = read(sys.argv[1], cache=Path(sys.argv[2]))
print(data.rows, flush=True)
sys.stdin.readline()
print(data.column("x").sum(), flush=True)
"""


def test_what_another_process_uses_is_kept_until_it_ends(files, folder, ended):
    entries = made(folder, files, ended)
    command = [sys.executable, "-c", USER, str(files[1]), str(folder)]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout.readline() == "1000\n"
    assert [run.path for run in prune(folder, 0)] == [entries[0], entries[2], entries[3]]
    assert [(path.path, path.in_use) for path in cached_files(folder)] == [(entries[1], True)]
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert [run.path for run in prune(folder, 0)] == [entries[1]]
    assert list((folder / "users").iterdir()) == []  # what the killed process left


def test_two_prunes_and_a_reader_at_once(files, folder, ended):
    """Whoever comes first, each read has its rows, and each file is removed by one."""
    made(folder, files, ended)
    removed, errors = [], []

    def attempt(action) -> None:
        try:
            for _ in range(5):
                action()
        except DataError as error:
            errors.append(error)

    def look() -> None:
        for number, path in enumerate(files[:2]):
            assert read(path, cache=folder).column("x")[999] == number

    actions = [lambda: removed.extend(prune(folder, 0)), lambda: removed.extend(prune(folder, 0)), look]
    threads = [threading.Thread(target=attempt, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len([one for one in removed if one.source == str(files[3])]) == 1


def test_a_file_used_since_it_was_listed_is_kept(files, folder, ended, monkeypatch):
    made(folder, files[:1], ended)
    original = contents.cached_files

    def then_used(place):
        result = original(place)
        read(files[0], cache=folder)
        ended()
        return result

    monkeypatch.setattr(contents, "cached_files", then_used)
    assert prune(folder, 0) == []


def test_unfinished_files_of_ended_processes_are_removed(files, folder, ended):
    made(folder, files[:1], ended)
    (folder / "abc.99.part").touch()
    (folder / "downloads/abc").mkdir(parents=True)
    (folder / "downloads/abc/jets.npz.99.part").touch()
    prune(folder)
    assert list(folder.rglob("*.part")) == []


def test_a_cache_that_cannot_be_pruned_says_so(files, folder, ended, monkeypatch):
    made(folder, files[:1], ended)

    def refuse(_) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(contents, "remove", refuse)
    with pytest.raises(DataError, match=r"the cache cannot be written .*Permission denied"):
        prune(folder, 0)


def test_the_command(files, folder, ended, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(folder))
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    assert "0 files" in runner.invoke(app, ["cache"]).stdout
    entries = made(folder, files, ended)
    assert str(files[2]) in runner.invoke(app, ["cache"]).stdout
    assert "4 files verified, 0 damaged" in runner.invoke(app, ["cache", "verify"]).stdout
    entries[2].write_bytes(entries[2].read_bytes()[:-40] + bytes(40))
    verified = runner.invoke(app, ["cache", "verify"])
    assert verified.exit_code == 1
    assert f"{entries[2]}: is damaged ({files[2]}). It is rebuilt" in verified.stdout.replace("\n", " ")
    assert [one.path for one in nw.cache("verify").damaged] == [entries[2]]
    pruned = runner.invoke(app, ["cache", "prune", "--size", str(3 * entries[0].stat().st_size)])
    assert "1 file removed" in pruned.stdout
    read(files[1])
    assert "2 files removed" in (said := runner.invoke(app, ["cache", "prune", "--all"]).stdout)
    assert "1 kept that a running process uses" in said


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"action": "prone"}, r'action: there is no "prone". Did you mean "prune"\?'),
        ({"size": "1GB"}, r"size and everything \(--size, --all\) belong to prune. Received: list"),
        ({"action": "verify", "everything": True}, "belong to prune. Received: verify"),
        ({"action": "prune", "size": "1GB", "everything": True}, "not both. Received: 1GB"),
        ({"action": "prune", "size": "big"}, "size: must be a size such as 20GB or 500MiB. Received: 'big'"),
    ],
)
def test_what_is_asked_of_the_cache_must_fit(asked, message, folder):
    with pytest.raises(DataError, match=message):
        nw.cache(**asked, folder=folder)


@pytest.fixture
def two_at_once(monkeypatch):
    monkeypatch.setattr(several, "_BYTES_EACH", 1)
    monkeypatch.setattr(several, "cpu_count", lambda: 2)


@pytest.mark.usefixtures("two_at_once", "ended")
def test_several_files_are_read_by_several_processes_in_their_order(files, folder):
    updates = []
    data = read(files, cache=folder, progress=lambda *what: updates.append(what))
    np.testing.assert_array_equal(data.column("x"), np.repeat(np.arange(4.0), 1000))
    assert [source.path for source in data.sources] == files
    assert updates[-1] == ("Reading 4 files", 4.0, 4, "files")
    assert len(process._SHARED.idle) == 1  # as many as one reads with


def test_each_of_several_processes_has_its_share_of_the_memory(monkeypatch):
    asked = []
    monkeypatch.setenv("NETWRIGHT_MEMORY", "8GiB")
    monkeypatch.setattr(process._SHARED, "request", lambda message, *_: asked.append(message["environment"]))
    process.request_apart({})
    with process.readers_at_once(4):
        process.request_apart({})
    assert [one["NETWRIGHT_MEMORY"] for one in asked] == ["8GiB", str(2 * 2**30)]
    paths = [Path(__file__)] * 5
    monkeypatch.setattr(several, "cpu_count", lambda: 16)
    assert several._workers(paths) == 0  # too little to read for two
    monkeypatch.setattr(several, "_BYTES_EACH", 1)
    assert several._workers(paths) == 5
    monkeypatch.setenv("NETWRIGHT_MEMORY", "3GiB")
    assert several._workers(paths) == 3


@pytest.mark.usefixtures("two_at_once", "ended")
def test_all_files_that_cannot_be_read_are_named_in_order(files, folder):
    for path in files[1:]:
        path.write_bytes(b"no npz")
    names = "".join(rf"\n.*{path.name}: cannot be read as npz.*" for path in files[1:])
    with pytest.raises(DataError, match=rf"^{len(files) - 1} of {len(files)} files cannot be used:{names}"):
        read(files, cache=folder)


@pytest.mark.usefixtures("two_at_once", "ended")
def test_an_interruption_stops_all_processes(files, folder):
    def interrupt(*_, **__) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(files, cache=folder, progress=interrupt)
    assert process._SHARED.serving == set()
    assert read(files, cache=folder).rows == 4000


@pytest.mark.usefixtures("ended")
def test_another_file_is_converted_alone(files, folder, monkeypatch):
    read(files[:3], cache=folder)
    converted = []
    original = process.request_apart

    def note(request, **more):
        converted.append(request["path"])
        return original(request, **more)

    monkeypatch.setattr(process, "request_apart", note)
    assert read(files, cache=folder).rows == 4000
    assert converted == [str(files[3])]
