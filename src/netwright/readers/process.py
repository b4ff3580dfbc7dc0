"""A separate process that reads files and computes expressions, so that a crash there does not end the user's.

The libraries for the formats are written in C and C++: on damaged bytes they may crash (SIGSEGV, SIGBUS), hang, or
allocate all memory; so may an SQL expression. One process is started when it is first needed, serves all later
requests, and ends with its parent process or after some idle time; several serve requests of several threads. Each has
limits on memory and on processor time without progress: waiting for a slow disk does not count.
"""

from __future__ import annotations

import atexit
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.errors import DataError
from netwright.memory import MEMORY_VARIABLE, available_memory
from netwright.progress import Progress, silent
from netwright.readers._contract import Request, TableListing
from netwright.readers._reader_processes import Answer, SharedProcesses
from netwright.readers._text_format import TextFormat
from netwright.readers.registry import Reader, reader_for

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = [
    "SECONDS_VARIABLE",
    "convert_apart",
    "ended_by_time",
    "list_tables",
    "readers_at_once",
    "request_apart",
    "request_from_reader",
    "stop_reading",
]

SECONDS_VARIABLE = "NETWRIGHT_READ_SECONDS"  # environment variable that overrides _SECONDS
_SECONDS = 20.0  # of processor time without progress, for a small file
_BYTES_PER_SECOND = 2e6  # a large file may take longer before its first progress


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
    request_from_reader(reader, request, {"part": str(part.absolute())})


def list_tables(path: Path, *, progress: Progress = silent) -> list[TableListing]:
    """List the tables of a file with their columns, in the reader process.

    Args:
        path: the file.
        progress: callback for progress updates.

    Returns:
        One or more.

    Raises:
        DataError: the file cannot be read, or reading it takes too long or too much memory, or crashes the process.
        OSError: the file cannot be read.
    """
    reader = reader_for(path)
    request = Request(path, None, progress, TextFormat())
    answer, _ = request_from_reader(reader, request, {"tables": reader.several})
    return [
        TableListing(
            table["key"],
            table["rows"],
            tuple(table["columns"]),
            {name: tuple(names) for name, names in table["elements"].items()},
        )
        for table in answer["tables"]
    ]


def request_from_reader(reader: Reader, request: Request, task: Answer) -> tuple[Answer, memoryview]:
    """Let the reader process do something with a file.

    Args:
        reader: the reader for the file.
        request: the file, what to read of it, and the callback for progress updates.
        task: what to do, for `netwright.readers._process_loop`.

    Returns:
        The answer and its bytes.

    Raises:
        DataError: the file cannot be read, or reading it takes too long or too much memory, or crashes the process.
        OSError: a file cannot be read or written.
    """
    seconds = _seconds() + request.path.stat().st_size / _BYTES_PER_SECOND
    message = {"reader": reader.name, "module": reader.module, "path": str(request.path), **request.settings, **task}
    answer, payload = request_apart(message | {"seconds": seconds}, progress=request.progress)
    if "refused" in answer:
        raise DataError(answer["refused"])
    if "errno" in answer:
        raise OSError(answer["errno"], answer["text"])
    if "ended" in answer:
        raise DataError(_reason_ended(request.path, reader.name, seconds, answer))
    return answer, payload


def request_apart(
    message: Answer, *, payload: ReadableBuffer = b"", progress: Progress = silent
) -> tuple[Answer, memoryview]:
    """Serve a request in the reader process, within limits of time and memory.

    Args:
        message: the request for `netwright.readers._process_loop`; its "seconds" limit the processor time without
            progress.
        payload: bytes that belong to the request.
        progress: callback for progress updates.

    Returns:
        The answer, or ``{"ended": exit code, "last": last line of its error output}`` if there is none; and its bytes.

    Raises:
        DataError: the process cannot be started.
    """
    settings = {name: text for name, text in os.environ.items() if name.startswith("NETWRIGHT_")}
    if _SHARED.sharing > 1:
        settings[MEMORY_VARIABLE] = str(available_memory() // _SHARED.sharing)
    return _SHARED.request(message | {"folder": _folder(), "environment": settings}, progress, payload)


def ended_by_time(answer: Answer) -> bool:
    """Return whether the process was ended because it took too much time.

    Args:
        answer: from `request_apart`.

    Returns:
        True if it was.
    """
    return answer.get("ended") == -_number("SIGXCPU")


def _reason_ended(path: Path, reader: str, seconds: float, answer: Answer) -> str:
    """Return a message on why the process ended while it read a file."""
    code, remedy = answer["ended"], "Copy the file, or write it again."
    if ended_by_time(answer):
        return (
            f"{path}: reading was stopped after {seconds:.0f} s of processor time without progress: the file is "
            f"damaged. {remedy} The environment variable {SECONDS_VARIABLE} gives it more time."
        )
    if code == -_number("SIGKILL"):
        return (
            f"{path}: the process that read it was killed (SIGKILL), as happens when memory runs out. Free some "
            f"memory, or request more; if there is enough, the file is damaged."
        )
    if code < 0:
        return f"{path}: the library for {reader} crashed on it ({_signal_name(-code)}): the file is damaged. {remedy}"
    return f"{path}: the reader for {reader} failed on it ({answer['last']}): the file is damaged. {remedy}"


@contextmanager
def readers_at_once(number: int) -> Iterator[None]:
    """Let several processes serve the requests of several threads, each with its share of the memory.

    Args:
        number: of processes.

    Yields:
        Nothing.
    """
    _SHARED.share(number)
    try:
        yield
    finally:
        _SHARED.share(1)


def stop_reading() -> None:
    """Stop what the processes are doing; the threads that wait for it get an error."""
    _SHARED.stop()


_SHARED = SharedProcesses()
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
    names = {number.value: number.name for number in signal.Signals}
    return names.get(number, f"signal {number}")
