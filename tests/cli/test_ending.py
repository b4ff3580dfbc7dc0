"""How commands end: sentences and exit codes, whatever happens."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from netwright.cli._ending import exits_with_message, is_out_of_memory
from netwright.errors import DataError, TrainingInterruptedError


@pytest.fixture(autouse=True)
def hooks(monkeypatch: pytest.MonkeyPatch):
    """Put back what a command changes for the rest of its process."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    known = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = [signal.getsignal(number) for number in known]
    yield
    for number, handler in zip(known, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (DataError("a.csv: has no rows"), 1, "Error: a.csv: has no rows"),
        (TrainingInterruptedError("SIGTERM", Path("runs/a")), 85, "To continue: netwright train --resume runs/a"),
        (TrainingInterruptedError("SIGTERM", Path("my runs/a")), 85, "netwright train --resume 'my runs/a' --finish"),
        (
            TrainingInterruptedError("SIGTERM", Path("runs/a"), saved="everything"),
            0,
            "there is nothing to continue. Report: runs/a/report.html",
        ),
        (MemoryError("Unable to allocate 5 TiB"), 1, "Error: there is not enough memory (Unable to allocate 5 TiB)"),
        (pa.ArrowMemoryError("malloc of size 8 failed"), 1, "Error: there is not enough memory (malloc of size 8"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), 1, "Error: there is not enough memory"),
        (OSError(errno.EACCES, "Permission denied", "a.png"), 1, "'a.png'. Check the disk, the path"),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_every_end_has_a_sentence_and_a_code(capsys, error: BaseException, code: int, message: str) -> None:
    with pytest.raises(SystemExit) as left, exits_with_message():
        raise error
    assert left.value.code == code
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes."),
        RuntimeError("can't start new thread"),
        ImportError("libjax_common.so: failed to map segment from shared object"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
    ],
)
def test_a_lack_of_memory_is_known_in_the_words_of_libraries(capsys, error: Exception) -> None:
    assert is_out_of_memory(error)
    with pytest.raises(type(error)), exits_with_message():
        raise error
    sys.excepthook(type(error), error, None)
    assert capsys.readouterr().err.startswith("Error: there is not enough memory (")


def test_no_color_holds(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    for name, value, colours in (("TERM", "xterm", True), ("TERM", "dumb", False), ("NO_COLOR", "1", False)):
        monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit), exits_with_message():
            raise DataError(name)
        assert ("\x1b" in capsys.readouterr().err) == colours


def command(code: str, encoding: str = "utf-8", **streams: int) -> subprocess.Popen[str]:
    """Run a program that ends as commands do, with a terminal of an encoding."""
    imports = "import os, signal, sys, time\nfrom netwright.cli._ending import exits_with_message\n"
    imports += "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # who runs the tests may ignore it, as nohup does
    imports += "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # or in the background, as shells do
    text = f"{imports}with exits_with_message():\n{code}"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment["PYTHONIOENCODING"] = encoding
    return subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.PIPE, text=True, env=environment, **streams)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_signals_end_a_command_after_it_has_cleaned_up(tmp_path: Path, number: int, code: int) -> None:
    work = f"""
    from pathlib import Path
    from netwright.atomic_files import atomic_write
    with atomic_write(Path({str(tmp_path / "a.txt")!r})) as part:
        part.write_text("half")
        os.kill(os.getpid(), {int(number)})
        time.sleep(20)
"""
    with command(work) as process:
        assert process.wait(30) == code
        assert "Traceback" not in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "code", "message"), [("SIGINT", 130, "Interrupted."), ("SIGTERM", 143, "")])
def test_a_signal_that_python_cannot_raise_is_repeated(name: str, code: int, message: str) -> None:
    work = f"""
    class Deaf:
        def __del__(self):
            os.kill(os.getpid(), signal.{name})
            time.sleep(0.1)
    Deaf()
    time.sleep(20)
"""
    with command(work) as process:
        assert process.wait(15) == code
        assert process.stderr.read().strip() == message


def test_a_reader_that_has_gone_is_no_mistake_and_a_full_disk_is_one() -> None:
    with command("    print('x' * 100)", stdout=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(15) == 0
        assert process.stderr.read() == ""
    with command("    print('x' * 100, flush=True)\n    time.sleep(20)", stdout=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait(15) == 1
        assert process.stderr.read() == ""
    if os.path.exists("/dev/full"):  # noqa: PTH110
        with open("/dev/full", "w") as full, command("    print('x')", stdout=full.fileno()) as process:  # noqa: PTH123
            assert process.wait(15) == 1
            assert process.stderr.read().startswith("Error: standard output: cannot be written (No space left")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell of POSIX")
def test_closed_streams_are_no_fault_and_no_file_gets_their_numbers(tmp_path: Path) -> None:
    work = f"""
import os
from netwright.cli._ending import exits_with_message
with exits_with_message():
    print("said")
    with open({str(tmp_path / "data")!r}, "w") as file:
        os.write(1, b"of a library")
        os.write(2, b"of another")
        file.write("numbers")
"""
    closed = subprocess.run(["sh", "-c", '"$0" -c "$1" <&- >&- 2>&-', sys.executable, work], check=False, timeout=30)
    assert closed.returncode == 0
    assert (tmp_path / "data").read_text() == "numbers"


def test_a_terminal_without_sigma_gets_a_question_mark() -> None:
    work = "    print('9 ± 1 σ')\n    raise NetwrightError('jets_ü.h5: π')"
    work = f"    from netwright.errors import NetwrightError\n{work}"
    with command(work, "latin-1", stdout=subprocess.PIPE) as process:
        assert process.wait(15) == 1
        assert process.stdout.buffer.read() == b"9 \xb1 1 ?\n"
        assert process.stderr.buffer.read() == b"Error: jets_\xfc.h5: ?\n"
