"""The loop of the reader process: it converts files and computes expressions on request from its standard input.

Requests and answers are JSON, one per line, followed by as many bytes as the line announces. A library that crashes,
hangs or exhausts the memory on a damaged file ends this process and not that of the user (see `process`).
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import sys
import threading
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa

from netwright.errors import DataError
from netwright.memory import available_memory, data_bytes, release_memory
from netwright.readers._contract import Request
from netwright.readers._convert import convert
from netwright.readers._open_files import OpenFiles
from netwright.readers._refusals import too_much_memory
from netwright.readers._text_format import TextFormat
from netwright.readers.registry import Reader

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["main"]

_MIN_MEMORY = 2**30  # bytes allowed for a file, even if less is available
_EXPRESSION_MEMORY = 2**31  # bytes allowed for an expression on one batch of rows
_IDLE_SECONDS = 30.0  # without a request; the next request starts another process
_LEFT_TO_PARENT = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")  # terminals and batch systems send them to all processes


def main() -> None:
    """Answer requests until there are none for a while, or until the requesting process has ended."""
    answers = _private_answers()
    for name in set(_LEFT_TO_PARENT) & set(signal.Signals.__members__):
        signal.signal(signal.Signals[name], signal.SIG_IGN)
    _limit("RLIMIT_CORE", 0)
    _end_with_the_parent()
    _send(answers, ready=True)
    files = OpenFiles()
    while _has_request():
        line = sys.stdin.buffer.readline()
        if not line:
            break
        message = json.loads(line)
        _answer(message, answers, files)
        if "names" not in message:  # the memory of a block is used for the next
            release_memory()


def _private_answers() -> IO[bytes]:
    """Reserve the standard output for answers; what libraries print goes to the standard error."""
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _end_with_the_parent() -> None:
    """End this process as soon as the other end of its input is closed, even while it reads a file."""
    if not hasattr(select, "poll"):
        return

    def wait() -> None:
        poll = select.poll()
        poll.register(0, 0)  # a closed pipe is reported even if no events are requested
        poll.poll()
        os._exit(0)

    threading.Thread(target=wait, name="netwright-parent", daemon=True).start()


def _has_request() -> bool:
    return os.name == "nt" or bool(select.select([0], [], [], _IDLE_SECONDS)[0])


def _answer(message: dict[str, Any], answers: IO[bytes], files: OpenFiles) -> None:
    """Serve a request, and report the outcome."""
    payload = sys.stdin.buffer.read(message["bytes"])
    _adopt(message["environment"], message["folder"])
    _allow_seconds(float(message["seconds"]))
    subject = message.get("path", "the expression")
    result: ReadableBuffer | pa.Table = b""
    fields: dict[str, Any] = {}
    try:
        if "sql" in message:
            result = _compute(message["sql"], payload, nan_is_missing=bool(message.get("nan_is_missing")))
        elif "part" in message:
            _convert(message, answers)
        elif "tables" in message:
            reader, request = _file_request(message, answers)
            fields = {"tables": [asdict(table) for table in reader.tables(request)]}
        else:
            result, fields = _read(message, answers, files)
    except DataError as error:
        _send(answers, refused=str(error))
    except OSError as error:
        _send(answers, errno=error.errno, text=str(error.strerror or error))
    except MemoryError as error:
        _send(answers, refused=too_much_memory(Path(subject), error))
    else:
        _send_result(answers, result, fields)
    finally:
        _limit("RLIMIT_DATA", None)
        _limit("RLIMIT_CPU", None)


def _convert(message: dict[str, Any], answers: IO[bytes]) -> None:
    """Convert a file to a cache entry."""
    convert(*_file_request(message, answers), Path(message["part"]))


def _send_result(answers: IO[bytes], result: ReadableBuffer | pa.Table, fields: dict[str, Any]) -> None:
    """Send a result: tables as streams of Arrow, written without another copy in memory."""
    if not isinstance(result, pa.Table):
        _send(answers, done=True, bytes=memoryview(result).nbytes, **fields)
        answers.write(result)
    else:
        size = pa.MockOutputStream()
        with pa.ipc.new_stream(size, result.schema) as counter:
            counter.write_table(result)
        _send(answers, done=True, bytes=size.size(), **fields)
        with os.fdopen(os.dup(answers.fileno()), "wb") as sink, pa.ipc.new_stream(sink, result.schema) as writer:
            writer.write_table(result)
    answers.flush()


def _read(
    message: dict[str, Any], answers: IO[bytes], files: OpenFiles
) -> tuple[ReadableBuffer | pa.Table, dict[str, Any]]:
    """Describe a file, or read some of its rows."""
    reader, request = _file_request(message, answers)
    if "names" in message:
        return files.rows(reader, request, message["names"], message["start"], message["stop"]), {}
    return files.describe(reader, request)


def _file_request(message: dict[str, Any], answers: IO[bytes]) -> tuple[Reader, Request]:
    """Return the reader of a file and what to read of it, and limit the memory for that."""

    def progress(task: str, done: float, total: float, unit: str = "rows") -> None:
        _allow_seconds(float(message["seconds"]))
        _send(answers, task=task, done=float(done), total=float(total), unit=unit)

    csv = TextFormat(**message.get("csv", {}))
    request = Request(Path(message["path"]), message["key"], progress, csv)
    _limit("RLIMIT_DATA", data_bytes() + max(_MIN_MEMORY, available_memory()))
    return Reader(message["reader"], (), module=message["module"], several=message.get("tables", False)), request


def _compute(sql: str, payload: bytes, *, nan_is_missing: bool) -> ReadableBuffer:
    """Compute an expression for some rows, within a memory limit that does not depend on the machine."""
    from netwright.readers.expressions.rows import compute

    _limit("RLIMIT_DATA", data_bytes() + _EXPRESSION_MEMORY)
    values: ReadableBuffer = compute(sql, payload, nan_is_missing=nan_is_missing)
    return values


def _adopt(environment: dict[str, str], folder: str | None) -> None:
    """Take over the working directory and settings of the requesting process: both may have changed."""
    for name in [name for name in os.environ if name.startswith("NETWRIGHT_")]:
        del os.environ[name]
    os.environ.update(environment)
    if folder is not None:
        os.chdir(folder)


def _allow_seconds(seconds: float) -> None:
    """Let the system end this process with SIGXCPU after the given processor time."""
    _limit("RLIMIT_CPU", math.ceil(time.process_time() + seconds))


def _limit(name: str, value: int | None) -> None:
    """Set a limit of this process, at most its initial one (None restores that); Windows has no limits."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    kind = getattr(resource, name)
    at_first, hard = _limits_at_first(kind)
    soft = at_first if value is None else value
    if at_first != resource.RLIM_INFINITY:
        soft = min(soft, at_first)
    resource.setrlimit(kind, (soft, hard))


@cache
def _limits_at_first(kind: int) -> tuple[int, int]:
    import resource

    return resource.getrlimit(kind)


def _send(answers: IO[bytes], **fields: Any) -> None:  # noqa: ANN401
    answers.write(json.dumps(fields).encode() + b"\n")
    answers.flush()
