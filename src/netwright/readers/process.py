"""A separate process that reads files and computes expressions, so that a crash there does not end the user's.

The libraries for the formats are written in C and C++: on damaged bytes they may crash (SIGSEGV, SIGBUS), hang, or
allocate all memory; so may an SQL expression. One process is started when it is first needed, serves all later
requests, and ends with its parent process or after some idle time; several serve requests of several threads where that
is asked for. Each has limits on memory and on processor time without progress: waiting for a slow disk does not count.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from netwright.errors import DataError
from netwright.memory import MEMORY_VARIABLE, available_memory
from netwright.progress import Progress, silent
from netwright.readers._contract import Request
from netwright.readers.registry import Reader

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = [
    "SECONDS_VARIABLE",
    "ask_apart",
    "ask_reader",
    "convert_apart",
    "ended_by_time",
    "readers_at_once",
    "stop_reading",
]

SECONDS_VARIABLE = "NETWRIGHT_READ_SECONDS"  # environment variable that overrides _SECONDS
_SECONDS = 20.0  # of processor time without progress, for a small file
_BYTES_PER_SECOND = 2e6  # a large file may take longer before its first progress
# with the paths of this process
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from netwright.readers._process_loop import main

main()
"""
_PIPE_BYTES = 2**20
_LAST_BYTES = 2**14  # of a process's error output
_OF_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # memory that Arrow's own pool reserves in advance would count
    "MALLOC_MMAP_THRESHOLD_": str(2**26),  # glibc keeps the memory of a piece for the next, and does not return it to
    "MALLOC_TRIM_THRESHOLD_": str(2**29),  # the system in between, which would clear every page anew
}

Answer = dict[str, Any]


def convert_apart(reader: Reader, request: Request, part: Path) -> None:
    """Write the columns of a file to an Arrow file, in the reader process.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        part: the Arrow file; an existing one is replaced.

    Raises:
        DataError: the file cannot be read, or reading it takes too long or too much memory, or crashes the process.
        OSError: the Arrow file cannot be written.
    """
    ask_reader(reader, request, {"part": str(part.absolute())})


def ask_reader(reader: Reader, request: Request, wanted: Answer) -> tuple[Answer, bytearray]:
    """Let the reader process do something with a file.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        wanted: what to do, for `netwright.readers._process_loop`.

    Returns:
        The answer and its bytes.

    Raises:
        DataError: the file cannot be read, or reading it takes too long or too much memory, or crashes the process.
        OSError: a file cannot be read or written.
    """
    seconds = _seconds() + request.path.stat().st_size / _BYTES_PER_SECOND
    message = {"reader": reader.name, "module": reader.module, "path": str(request.path), **request.asked, **wanted}
    answer, payload = ask_apart(message | {"seconds": seconds}, progress=request.progress)
    if "refused" in answer:
        raise DataError(answer["refused"])
    if "errno" in answer:
        raise OSError(answer["errno"], answer["text"])
    if "ended" in answer:
        raise DataError(_why(request.path, reader.name, seconds, answer))
    return answer, payload


def ask_apart(
    request: Answer, *, payload: ReadableBuffer = b"", progress: Progress = silent
) -> tuple[Answer, bytearray]:
    """Serve a request in the reader process, within limits of time and memory.

    Args:
        request: the request for `netwright.readers._process_loop`; its "seconds" limit the processor time without
            progress.
        payload: bytes that belong to the request.
        progress: callback for progress updates.

    Returns:
        The answer, or ``{"ended": exit code, "last": last line of its error output}`` if there is none; and its bytes.

    Raises:
        DataError: the process cannot be started.
    """
    settings = {name: text for name, text in os.environ.items() if name.startswith("NETWRIGHT_")}
    if _SHARED.at_most > 1:
        settings[MEMORY_VARIABLE] = str(available_memory() // _SHARED.at_most)
    return _SHARED.ask(request | {"folder": _folder(), "environment": settings}, progress, payload)


def ended_by_time(answer: Answer) -> bool:
    """Return whether the process was ended because it took too much time.

    Args:
        answer: from `ask_apart`.

    Returns:
        True if it was.
    """
    return answer.get("ended") == -_number("SIGXCPU")


def _why(path: Path, reader: str, seconds: float, answer: Answer) -> str:
    """Return a message on why the process ended while it read a file."""
    code, mend = answer["ended"], "Copy the file, or write it again."
    if ended_by_time(answer):
        return (
            f"{path}: reading was stopped after {seconds:.0f} s of processor time without progress: the file is "
            f"damaged. {mend} The environment variable {SECONDS_VARIABLE} gives it more time."
        )
    if code == -_number("SIGKILL"):
        return (
            f"{path}: the process that read it was killed (SIGKILL), as happens when memory runs out. Free some "
            f"memory, or request more; if there is enough, the file is damaged."
        )
    if code < 0:
        return f"{path}: the library for {reader} crashed on it ({_signal_name(-code)}): the file is damaged. {mend}"
    return f"{path}: the reader for {reader} failed on it ({answer['last']}): the file is damaged. {mend}"


@contextmanager
def readers_at_once(number: int) -> Iterator[None]:
    """Let several processes serve the requests of several threads, each with its share of the memory.

    Args:
        number: of processes.

    Yields:
        Nothing.
    """
    _SHARED.allow(number)
    try:
        yield
    finally:
        _SHARED.allow(1)


def stop_reading() -> None:
    """Stop what the processes are doing; the threads that wait for it get an error."""
    _SHARED.stop()


class _Shared:
    """The reader processes of this process: one, or as many as are allowed; each serves one request at a time."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.at_most = 1
        self.idle: list[_ReaderProcess] = []
        self.busy = 0  # how many serve a request or are being started
        self.serving: set[_ReaderProcess] = set()

    def allow(self, number: int) -> None:
        """Set the number of processes; end those above it."""
        with self.changed:
            self.at_most = number
            while self.idle and len(self.idle) + self.busy > number:
                self.idle.pop().end()
            self.changed.notify_all()

    def ask(self, request: Answer, progress: Progress, payload: ReadableBuffer = b"") -> tuple[Answer, bytearray]:
        """Return the answer to a request; start a new process if the last one ended after being idle."""
        with self._process() as process:
            answer = process.ask(request, progress, payload)
        if answer[0].get("ended") == 0:
            with self._process() as process:
                answer = process.ask(request, progress, payload)
        return answer

    @contextmanager
    def _process(self) -> Iterator[_ReaderProcess]:
        """Yield a process that serves no other request."""
        with self.changed:
            self.changed.wait_for(lambda: self.busy < self.at_most)
            self.busy += 1
            process = self.idle.pop() if self.idle else None
        try:
            if process is None or not process.alive:
                if process is not None:
                    process.end()
                process = _ReaderProcess()
            self.serving.add(process)
            yield process
        except BaseException:  # such as Ctrl-C: it would continue with obsolete work
            if process is not None:
                process.end()
            raise
        finally:
            with self.changed:
                self.busy -= 1
                self.serving.discard(process)
                if process is not None and not process.input.closed:
                    self.idle.append(process)
                while self.idle and len(self.idle) + self.busy > self.at_most:
                    self.idle.pop().end()
                self.changed.notify()

    def stop(self) -> None:
        """Stop what the processes are doing, whose requests are then refused."""
        for process in list(self.serving):
            process.process.kill()

    def end(self) -> None:
        """End the processes."""
        self.stop()
        while self.idle:
            self.idle.pop().end()

    def forget(self) -> None:
        """Leave the processes to the parent process that this process was forked from."""
        self.changed, self.busy, self.at_most = threading.Condition(), 0, 1
        for process in [*self.idle, *self.serving]:
            process.forget()
        self.idle.clear()
        self.serving.clear()


class _ReaderProcess:
    """A process that reads files and computes expressions."""

    def __init__(self) -> None:
        self.words = tempfile.TemporaryFile()  # noqa: SIM115  # its error output; a pipe would fill up
        command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, json.dumps(sys.path)]
        environment = os.environ | _OF_MEMORY
        pipe = subprocess.PIPE
        try:
            self.process = subprocess.Popen(  # noqa: S603  # this Python and our own code
                command, bufsize=0, stdin=pipe, stdout=pipe, stderr=self.words, env=environment
            )
        except OSError as error:
            self.words.close()
            msg = f"the process that reads files cannot be started ({error}). Python is {sys.executable!r}."
            raise DataError(msg) from error
        self.input, self.output = cast("IO[bytes]", self.process.stdin), cast("IO[bytes]", self.process.stdout)
        _widen(self.output)
        ready, _ = self._answer(silent)
        if "ended" in ready:
            msg = (
                f"the process that reads files cannot be started ({ready['last']}). Check the installation, and that "
                f"enough memory is free."
            )
            raise DataError(msg)

    @property
    def alive(self) -> bool:
        """Whether it can serve requests."""
        return self.process.poll() is None

    def ask(self, request: Answer, progress: Progress, payload: ReadableBuffer) -> tuple[Answer, bytearray]:
        """Return the answer to a request, or the exit code if the process ended."""
        following = memoryview(payload)
        line = json.dumps(request | {"bytes": following.nbytes}).encode() + b"\n"
        with contextlib.suppress(BrokenPipeError):
            for waiting in (memoryview(line), following):
                while waiting:
                    waiting = waiting[self.input.write(waiting) :]  # noqa: PLW2901  # a pipe may accept a part of it
        return self._answer(progress)

    def end(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()
        self.process.wait()
        self._close()

    def forget(self) -> None:
        """Detach from it in a fork of the process that started it."""
        self.process.returncode = 0  # otherwise this fork would wait for it
        self._close()

    def _answer(self, progress: Progress) -> tuple[Answer, bytearray]:
        """Return the next answer with its bytes, and report the progress that precedes it."""
        answer: Answer = {}
        payload = bytearray()
        try:
            while not answer:
                line = self.output.readline()
                said = json.loads(line) if line.endswith(b"\n") else {"ended": self.process.wait()}
                if "task" in said:
                    progress(**said)
                    continue
                payload = self._payload(said.pop("bytes", 0))
                answer = said | {"last": self._last_words()} if "ended" in said else said
        finally:
            if not answer or "ended" in answer:  # after Ctrl-C it would continue with obsolete work
                self.end()
        return answer, payload

    def _payload(self, size: int) -> bytearray:
        found = bytearray(size)
        left = memoryview(found)
        while left and (count := cast("io.FileIO", self.output).readinto(left)):
            left = left[count:]
        return found[: size - len(left)] if left else found

    def _last_words(self) -> str:
        """Return the last line of its error output, such as the exception that ended it."""
        self.words.seek(max(0, self.words.seek(0, os.SEEK_END) - _LAST_BYTES))
        lines = self.words.read().decode(errors="replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "without a message")

    def _close(self) -> None:
        for file in (self.input, self.output, self.words):
            file.close()


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more at a time, where the system can: pieces of files are large."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


_SHARED = _Shared()
atexit.register(_SHARED.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SHARED.forget)


def _seconds() -> float:
    text = os.environ.get(SECONDS_VARIABLE, "").strip()
    if not text:
        return _SECONDS
    if not text.isdecimal() or int(text) == 0:
        msg = f"{SECONDS_VARIABLE} must be a positive whole number of seconds. Received: {text!r}."
        raise DataError(msg)
    return float(text)


def _folder() -> str | None:
    """Return the folder that relative paths refer to; None if it no longer exists."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return None


def _number(name: str) -> int:
    """Return the number of a signal, or an impossible one if the system does not have it."""
    return int(getattr(signal, name, 2**31))


def _signal_name(number: int) -> str:
    known = {one.value: one.name for one in signal.Signals}
    return known.get(number, f"signal {number}")
