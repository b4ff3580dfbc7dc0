"""Whether a process recorded in a file, or in its name, still runs: by machine, process number and start time."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

__all__ = ["birth", "has_ended", "machine", "process_tag", "running"]

_TAG = re.compile(r"([0-9a-f]{8})-(\d+)-(\d+)")


def machine() -> str | None:
    """Return an identifier shared only by processes that see one another: the machine since its boot, and namespace.

    Returns:
        A text, or None if the system does not report it.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return None


def process_tag() -> str:
    """Return this process as a part of a file's name, from which other processes know whether it has ended.

    Returns:
        The machine, the number of the process and its start time: 8 hexadecimal digits and two numbers.

    Example:
        >>> has_ended(process_tag())
        False
    """
    return f"{_short(machine())}-{os.getpid()}-{birth(os.getpid()) or 0}"


def has_ended(tag: str) -> bool:
    """Return whether a process of this machine is known to have ended.

    Args:
        tag: a text that begins with a `process_tag`, or any other.

    Returns:
        False also where nothing is known: of other machines, systems that do not report it, and texts of another form.
    """
    match = _TAG.match(tag)
    if match is None or match[1] != _short(machine()) or match[3] == "0":
        return False
    return running(int(match[2]), int(match[3])) is False


def _short(text: str | None) -> str:
    return hashlib.sha256((text or "unknown").encode()).hexdigest()[:8]


def birth(number: int) -> int | None:
    """Return when a process started.

    Args:
        number: of the process.

    Returns:
        Ticks of the kernel's clock since the machine's start; None if there is no such process, or access is denied.
    """
    try:
        state = Path(f"/proc/{number}/stat").read_bytes()
    except OSError:
        return None
    fields = state.rpartition(b")")[2].split()  # the name before may hold anything, brackets too
    return (
        None if fields[0] in (b"Z", b"X") else int(fields[19])
    )  # Z and X: it ended, and its exit status was not collected


def running(number: int, born: int | None) -> bool | None:
    """Return whether a process of this machine still runs.

    Args:
        number: of the process.
        born: its start time from `birth`; another process may have its number by now.

    Returns:
        The answer, or None if the system does not report it.
    """
    if born is None:
        return None
    birth_now = birth(number)
    if birth_now is not None:
        return birth_now == born
    if Path(f"/proc/{number}/stat").exists():
        return False
    try:
        os.kill(number, 0)  # asks, and sends nothing
    except ProcessLookupError:
        return False
    except PermissionError:
        return None  # of another user, in a system that hides those
    return None
