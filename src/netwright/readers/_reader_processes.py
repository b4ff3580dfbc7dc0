"""The reader processes of this process: started when needed, shared by threads, ended with their parent process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

import pyarrow as pa

from netwright.cpu_count import cpu_count
from netwright.errors import DataError
from netwright.progress import Progress, silent

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Answer", "ReaderProcess", "SharedProcesses"]

# with the paths of this process
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from netwright.optional_imports import skip_optional_imports

skip_optional_imports()
from netwright.readers._process_loop import main

main()
"""
_PIPE_BYTES = 2**20
_LAST_BYTES = 2**14  # of a process's error output
_OF_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # memory that Arrow's own pool reserves in advance would count
    "MALLOC_MMAP_THRESHOLD_": str(2**26),  # glibc keeps the memory of a block for the next, and does not return it to
    "MALLOC_TRIM_THRESHOLD_": str(2**29),  # the system in between, which would clear every page again
}

Answer: TypeAlias = dict[str, Any]


class SharedProcesses:
    """The reader processes of this process: one for each thread that asks, up to the number of CPUs.

    Attributes:
        sharing: how many share the memory.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.at_most, self.sharing = cpu_count(), 1
        self.idle: list[ReaderProcess] = []
        self.busy = 0  # how many serve a request or are being started
        self.serving: set[ReaderProcess] = set()

    def share(self, number: int) -> None:
        """Let so many processes share the memory; end those above it."""
        with self.changed:
            self.at_most, self.sharing = max(number, cpu_count()), number
            while self.idle and len(self.idle) + self.busy > number:
                self.idle.pop().end()
            self.changed.notify_all()

    def request(self, message: Answer, progress: Progress, payload: ReadableBuffer = b"") -> tuple[Answer, memoryview]:
        """Return the answer to a message; start a new process if the last one ended after being idle."""
        with self._process() as process:
            answer = process.request(message, progress, payload)
        if answer[0].get("ended") == 0:
            with self._process() as process:
                answer = process.request(message, progress, payload)
        return answer

    @contextmanager
    def _process(self) -> Iterator[ReaderProcess]:
        """Yield a process that serves no other request."""
        with self.changed:
            self.changed.wait_for(lambda: self.busy < self.at_most)
            self.busy += 1
            process = self.idle.pop() if self.idle else None
        try:
            if process is None or not process.alive:
                if process is not None:
                    process.end()
                process = ReaderProcess()
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
        self.changed, self.busy, self.at_most, self.sharing = threading.Condition(), 0, cpu_count(), 1
        for process in [*self.idle, *self.serving]:
            process.forget()
        self.idle.clear()
        self.serving.clear()


class ReaderProcess:
    """A process that reads files and computes expressions.

    Raises:
        DataError: it cannot be started.
    """

    def __init__(self) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  # its error output; a pipe would fill up
        command = [sys.executable, "-W", "ignore", "-c", _PROGRAM, json.dumps(sys.path)]
        environment = os.environ | _OF_MEMORY
        pipe = subprocess.PIPE
        try:
            self.process = subprocess.Popen(  # noqa: S603  # this Python and our own code
                command, bufsize=0, stdin=pipe, stdout=pipe, stderr=self.errors, env=environment
            )
        except OSError as error:
            self.errors.close()
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

    def request(self, message: Answer, progress: Progress, payload: ReadableBuffer) -> tuple[Answer, memoryview]:
        """Return the answer to a message, or the exit code if the process ended."""
        following = memoryview(payload)
        line = json.dumps(message | {"bytes": following.nbytes}).encode() + b"\n"
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

    def _answer(self, progress: Progress) -> tuple[Answer, memoryview]:
        """Return the next answer with its bytes, and report the progress that precedes it."""
        answer: Answer = {}
        payload = memoryview(b"")
        try:
            while not answer:
                line = self.output.readline()
                fields = json.loads(line) if line.endswith(b"\n") else {"ended": self.process.wait()}
                if "task" in fields:
                    progress(**fields)
                    continue
                payload = self._payload(fields.pop("bytes", 0))
                answer = fields | {"last": self._last_words()} if "ended" in fields else fields
        finally:
            if not answer or "ended" in answer:  # after Ctrl-C it would continue with obsolete work
                self.end()
        return answer, payload

    def _payload(self, size: int) -> memoryview:
        payload = memoryview(pa.allocate_buffer(size))  # memory that was used before; a bytearray is cleared first
        unread = payload
        while unread and (count := cast("io.FileIO", self.output).readinto(unread)):
            unread = unread[count:]
        return payload[: size - len(unread)] if unread else payload

    def _last_words(self) -> str:
        """Return the last line of its error output, such as the exception that ended it."""
        self.errors.seek(max(0, self.errors.seek(0, os.SEEK_END) - _LAST_BYTES))
        lines = self.errors.read().decode(errors="replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "without a message")

    def _close(self) -> None:
        for file in (self.input, self.output, self.errors):
            file.close()


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold more at a time, where the system can: blocks of files are large."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
