"""How a command ends: with a message and an exit code, never with a traceback for an error the user can correct."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType, TracebackType

from netwright.cli._plain_text import without_controls
from netwright.errors import NetwrightError, TrainingInterruptedError
from netwright.training import lost_signals_repeated

__all__ = ["INTERRUPTED", "exits_with_message", "is_out_of_memory"]

INTERRUPTED = 85  # the exit code in HTCondor's manual for "checkpoint written, restart me"

_ERROR_STREAM = 2  # the last of the standard streams
_STOPPED = 128 + signal.SIGINT  # what shells report for a program ended by Ctrl-C
_OUT_OF_MEMORY = re.compile(
    r"RESOURCE_EXHAUSTED|out of memory|bad_alloc|unable to allocate|cannot allocate memory|failed to map segment|"
    r"can't start new thread|failed to launch worker thread",
    re.IGNORECASE,
)


@contextmanager
def exits_with_message() -> Iterator[None]:
    """Turn the end of a command into a message and an exit code.

    0 for success, 1 for an error that the user can correct (a message, no traceback), 2 for wrong usage, 85 if a
    training was interrupted and can be resumed (0 if all was written by then), 130 after Ctrl-C elsewhere or a second
    one, 143 after SIGTERM elsewhere.

    Yields:
        Nothing.
    """
    _open_closed_streams()
    _install_signal_handlers()
    _replace_unencodable_characters()
    sys.excepthook = _report_crash
    try:
        try:
            with lost_signals_repeated():
                yield
        finally:
            _finish_output()
    except TrainingInterruptedError as error:
        _exit(0 if error.complete else INTERRUPTED, f"{error}\n")  # after 85 a batch system would resume it
    except NetwrightError as error:
        _fail(str(error))
    except MemoryError as error:
        _fail(_memory_message(error))
    except BrokenPipeError:
        _discard_output()
        sys.exit(1)  # the reader closed the pipe before the end of the output
    except OSError as error:
        _fail(_memory_message(error) if error.errno == errno.ENOMEM else _disk_message(error))
    except KeyboardInterrupt:
        _exit(_STOPPED, "\nInterrupted.\n")
    except SystemExit as end:
        if end.code == _STOPPED:  # of Typer, for Ctrl-C
            sys.stderr.write("\nInterrupted.\n")
        raise
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # the remaining work need not handle Ctrl-C


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether a lack of memory is behind an error, by the messages of the libraries that netwright uses.

    Args:
        error: an error, with its causes.

    Returns:
        True if memory, address space or threads ran out.

    Example:
        >>> is_out_of_memory(RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes."))
        True
        >>> is_out_of_memory(RuntimeError("shapes differ"))
        False
    """
    while error is not None:
        if isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(str(error)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _report_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report that memory ran out where no library raises a MemoryError; show any other bug as Python does."""
    if is_out_of_memory(error):
        _write_error(_memory_message(error))
    else:
        sys.__excepthook__(kind, error, trace)


def _memory_message(error: BaseException) -> str:
    text = " ".join(str(error).split())[:200]
    return (
        f"there is not enough memory{f' ({text})' if text else ''}. Use fewer rows or columns, a smaller "
        "training.batch_size or network, or request more memory (ulimit -v, the limit of the batch system)."
    )


def _disk_message(error: OSError) -> str:
    where = "" if error.filename else "standard output or a file: "
    return f"{where}{error}. Check the disk, the path and its permissions."


def _fail(message: str) -> None:
    _write_error(message)
    sys.exit(1)


def _write_error(message: str) -> None:
    coloured = sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    before, after = ("\x1b[1;31m", "\x1b[0m") if coloured else ("", "")
    sys.stderr.write(f"{before}Error: {after}{without_controls(message)}\n")


def _exit(code: int, message: str) -> None:
    sys.stderr.write(message)
    sys.exit(code)


def _finish_output() -> None:
    """Flush the output; a reader that closed the pipe, as `head` does, is not an error.

    Raises:
        NetwrightError: standard output cannot be written.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        _discard_output()
        if error.errno != errno.EPIPE:
            msg = f"standard output: cannot be written ({error.strerror}). Free some space."
            raise NetwrightError(msg) from error


def _discard_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at exit


def _open_closed_streams() -> None:
    """Open the null device for standard streams that are closed: files would get their numbers, and messages."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= _ERROR_STREAM:
        os.set_inheritable(number, True)  # noqa: FBT003
    os.close(number)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(_ERROR_STREAM, "w")


def _replace_unencodable_characters() -> None:
    """Let a question mark stand for what the encoding of the terminal lacks, such as ± in ASCII and σ in Latin-1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _install_signal_handlers() -> None:
    """Let SIGTERM and SIGHUP end a command like Ctrl-C, so that no partial file is left."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _exit_on_signal)


def _exit_on_signal(number: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + number)
