"""Reading in a process of its own: whatever ends, fills or holds up that process is a message in this one."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import Reader, Request, _reader_processes
from netwright.readers import process as _reader_process
from netwright.readers.process import convert_apart

WILD = """
    import os, signal, time
    from contextlib import contextmanager
    import numpy as np
    import pyarrow as pa
    from netwright.readers import Contents
    from netwright.errors import DataError

    @contextmanager
    def open_file(request):
        schema = pa.schema([("x", pa.int64())])
        yield Contents(schema, 2, batches(request, schema))

    def batches(request, schema):
        getattr(Wild, request.key)(request)
        yield pa.record_batch([pa.array([1, 2])], schema=schema)

    class Wild:
        def segfault(request):
            os.kill(os.getpid(), signal.SIGSEGV)
        def killed(request):
            os.kill(os.getpid(), signal.SIGKILL)
        def hang(request):
            while True:
                pass
        def hungry(request):
            np.ones(2**28)
        def modest(request):
            np.ones(2**25)
        def accident(request):
            raise RuntimeError("generator raised StopIteration")
        def refused(request):
            raise DataError(f"{request.path}: µ is no column")
        def noise(request):
            os.write(1, b"HDF5-DIAG: noise\\n")
            os.write(2, b"HDF5-DIAG: noise\\n")
        def tame(request):
            request.progress("Looking", 1, 2, "MB")
        def slow(request):
            request.progress("Looking", 1, 2, "MB")
            time.sleep(60)
        def where(request):
            raise DataError(f"{os.getcwd()} {os.environ.get('NETWRIGHT_MAX_BYTES')} {request.path}")
        def full(request):
            raise OSError(28, "No space left on device")
"""
SHARED_CASES = Path(__file__).parents[3] / "shared" / "cases"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wild")
    (folder / "readers").mkdir()
    (folder / "readers/wild.py").write_text(textwrap.dedent(WILD))
    (folder / "jets.wild").write_text("a damaged file")
    return folder


@pytest.fixture(scope="module")
def shared(folder):
    """A process for all tests, whose readers are also those of a folder."""
    more = f"from netwright import readers\nreaders.__path__.append({str(folder / 'readers')!r})\nmain()"
    with pytest.MonkeyPatch.context() as patch:
        shared = _reader_processes.SharedProcesses()
        patch.setattr(_reader_processes, "_PROGRAM", _reader_processes._PROGRAM.replace("main()", more))
        patch.setattr(_reader_process, "_SHARED", shared)
        yield shared
        shared.end()


@pytest.fixture
def wild(shared, folder):
    """Ask a reader, in its process, to do what no reader should."""
    assert shared is _reader_process._SHARED

    def convert(what, progress=lambda *_, **__: None):
        part = folder / f"part-{threading.get_ident()}"
        convert_apart(Reader("wild", ()), Request(folder / "jets.wild", what, progress), part)
        with pa.memory_map(str(part)) as source:
            return pa.ipc.open_file(source).read_all()["x"].to_pylist()

    return convert


def test_signals_become_messages_and_the_next_file_is_read(wild):
    with pytest.raises(DataError, match=r"jets\.wild: the library for wild crashed on it \(SIGSEGV\).*Copy the file"):
        wild("segfault")
    with pytest.raises(DataError, match=r"jets\.wild: the process that read it was killed \(SIGKILL\)"):
        wild("killed")
    assert wild("tame") == [1, 2]


def test_a_hang_is_given_up(wild, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_READ_SECONDS", "1")
    with pytest.raises(DataError, match=r"jets\.wild: .*stopped after 1 s of processor time.*NETWRIGHT_READ_SECONDS"):
        wild("hang")
    assert wild("tame") == [1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no limit of memory for one process")
def test_memory_has_a_limit(wild, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_MEMORY", "1GiB")
    with pytest.raises(DataError, match=r"jets\.wild: reading it takes more memory than there is .*2\.00 GiB"):
        wild("hungry")
    assert wild("modest") == [1, 2]
    monkeypatch.setenv("NETWRIGHT_MEMORY", "much")
    with pytest.raises(DataError, match="NETWRIGHT_MEMORY: must be"):
        wild("modest")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no limit of memory for one process")
def test_a_limit_of_the_user_holds_for_every_file():
    """`ulimit -S -d` stays a limit, although this process sets its own for each file and takes it back."""
    program = """
    import json, resource, sys
    from netwright.readers import _process_loop as _reader_loop
    resource.setrlimit(resource.RLIMIT_DATA, (3 * 2**30, resource.RLIM_INFINITY))
    for value in (2**30, None, 2**40, None):
        _reader_loop._limit("RLIMIT_DATA", value)
        print(resource.getrlimit(resource.RLIMIT_DATA)[0] // 2**30, end=" ")
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "1 3 3 3 "


def test_what_readers_raise_passes_through(wild):
    with pytest.raises(DataError, match=r"jets\.wild: µ is no column$"):
        wild("refused")
    with pytest.raises(DataError, match=r"the reader for wild failed on it \(RuntimeError: generator raised StopIt"):
        wild("accident")
    with pytest.raises(OSError, match=r"No space left") as caught:
        wild("full")
    assert caught.value.errno == 28


def test_libraries_write_nothing_on_the_screen(wild, capfd):
    assert wild("noise") == [1, 2]
    assert capfd.readouterr() == ("", "")


def test_progress_comes_through(wild):
    updates = []
    wild("tame", lambda task, done, total, unit="rows": updates.append((task, done, total, unit)))
    assert updates == [("Looking", 1, 2, "MB"), ("Reading jets.wild", 2, 2, "rows")]


def test_where_this_process_is_and_its_settings_hold(wild, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("NETWRIGHT_MAX_BYTES", "12345")
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"elsewhere 12345 "):
        wild("where")
    monkeypatch.delenv("NETWRIGHT_MAX_BYTES")
    with pytest.raises(DataError, match=r"elsewhere None "):
        wild("where")
    monkeypatch.setattr(Path, "cwd", lambda: (_ for _ in ()).throw(FileNotFoundError()))  # a folder that was removed
    assert wild("tame") == [1, 2]


def test_an_interruption_ends_the_process_and_leaves_nothing(wild):
    serving = []

    def interrupt(*_, **__):
        serving.extend(_reader_process._SHARED.serving)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wild("slow", interrupt)
    assert [process.alive for process in serving] == [False]
    assert _reader_process._SHARED.idle == []
    assert wild("tame") == [1, 2]


@pytest.mark.parametrize("seen", [True, False])
def test_one_process_reads_all_files_and_another_after_it_went(wild, monkeypatch, seen):
    wild("tame")
    (first,) = _reader_process._SHARED.idle
    wild("tame")
    assert _reader_process._SHARED.idle == [first]
    first.process.stdin.close()  # so that it goes, as when nothing was to be read for a while
    first.process.wait(10)
    if not seen:
        monkeypatch.setattr(first, "input", io.BytesIO())  # it goes just when it is asked
        monkeypatch.setattr(type(first), "alive", True)
    assert wild("tame") == [1, 2]
    assert _reader_process._SHARED.idle != [first]


def test_it_ends_when_nothing_is_to_be_read(monkeypatch):
    soon = "from netwright.readers import _process_loop\n_process_loop._IDLE_SECONDS = 0.1\nmain()"
    monkeypatch.setattr(_reader_processes, "_PROGRAM", _reader_processes._PROGRAM.replace("main()", soon))
    process = _reader_processes.ReaderProcess()
    assert process.process.wait(60) == 0
    process.end()


def test_threads_take_turns(wild):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(wild("tame"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[1, 2]] * 4


def test_a_number_of_seconds_that_is_none(wild, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_READ_SECONDS", "long")
    with pytest.raises(DataError, match=r"NETWRIGHT_READ_SECONDS must be a positive whole number .* 'long'"):
        wild("tame")


def test_a_process_that_cannot_be_started(monkeypatch):
    monkeypatch.setattr(_reader_processes.sys, "executable", "/nowhere/python")  # type: ignore[attr-defined]
    with pytest.raises(DataError, match=r"the process that reads files cannot be started \(.*No such file"):
        _reader_processes.SharedProcesses().request({}, print)
    monkeypatch.undo()
    monkeypatch.setattr(_reader_processes, "_PROGRAM", "raise ImportError('no memory')")
    with pytest.raises(DataError, match=r"cannot be started \(ImportError: no memory\)"):
        _reader_processes.SharedProcesses().request({}, print)


PROGRAM = """
    import os, signal, sys, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a shell starts in the background
    from netwright.data import read
    from netwright.readers import process as _reader_process
    from netwright.readers import Reader, Request
    print(read(sys.argv[1], cache=__import__("pathlib").Path(sys.argv[2])).rows, flush=True)
    print(_reader_process._SHARED.idle[0].process.pid, flush=True)
"""


def start(tmp_path, then, *, before=(), **more):
    np.savez(tmp_path / "jets.npz", x=np.arange(5.0))
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(PROGRAM) + textwrap.dedent(then)]
    command += [str(tmp_path / "jets.npz"), str(tmp_path / "cache")]
    return subprocess.Popen([*before, *command], stdout=subprocess.PIPE, text=True, **more)


def is_gone(number: int) -> bool:
    for _ in range(400):
        status = Path(f"/proc/{number}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not list its processes")
@pytest.mark.parametrize("how", ["exit", "SIGKILL", "SIGINT"])
def test_no_process_outlives_the_one_it_reads_for(tmp_path, how):
    """With warnings as errors, without standard input, from a folder that cannot be written."""
    then = "" if how == "exit" else "time.sleep(60)"
    process = start(tmp_path, then, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd="/")
    assert process.stdout.readline() == "5\n"
    reader = int(process.stdout.readline())
    if how != "exit":
        process.send_signal(signal.Signals[how])
    _, errors = process.communicate(timeout=60)
    assert is_gone(reader)
    assert errors == "" if how != "SIGINT" else "KeyboardInterrupt" in errors


def test_a_copy_of_this_process_reads_with_a_process_of_its_own(tmp_path):
    then = """
    import warnings; warnings.simplefilter("ignore")  # Python 3.12 warns of copies where there are threads
    if os.fork() == 0:
        print(read(sys.argv[1], cache=__import__("pathlib").Path(sys.argv[2], "other")).rows, flush=True)
        sys.exit()
    os.wait()
    print(read(sys.argv[1], cache=__import__("pathlib").Path(sys.argv[2], "third")).rows, flush=True)
    """
    process = start(tmp_path, then, stderr=subprocess.PIPE)
    answers, errors = process.communicate(timeout=60)
    assert errors == ""
    rows, reader, *more = answers.split()
    assert [rows, *more] == ["5", "5", "5"]
    assert reader.isdecimal()


def test_closed_standard_files_do_no_harm(tmp_path):
    process = start(tmp_path, "", before=["sh", "-c", 'exec "$@" <&- 2>&-', "sh"])
    answers, _ = process.communicate(timeout=60)
    assert answers.startswith("5\n")
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("root_sigbus_1.root", r'column "v" is damaged'),
        ("root_6GB.root", r'root_6GB\.root: "t" has a page list that does not match its checksum'),
        ("root_stopiteration.root", r'root_stopiteration\.root: "t" has a page list that does not match its'),
        ("parquet_utf8.parquet", r'column "s" is damaged .*Invalid UTF8'),
        ("hdf5_hang.h5", r"hdf5_hang\.h5: the heap of texts and lists at byte \d+ declares sizes that do not fit"),
    ],
)
def test_files_that_did_harm(name, message, tmp_path):
    if not (SHARED_CASES / name).is_file():
        pytest.skip("../shared/cases is not there")
    with pytest.raises(DataError, match=message):
        read(SHARED_CASES / name, cache=tmp_path)
