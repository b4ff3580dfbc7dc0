"""How much memory this process may still take: that of the machine, of its control groups and of its limits."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError

__all__ = ["MEMORY_VARIABLE", "available_memory", "data_bytes", "give_back", "in_words", "too_large"]

MEMORY_VARIABLE = "NETWRIGHT_MEMORY"  # environment variable with what may be taken, such as 6GiB; else it is found out
_UNITS = {"": 1, "MiB": 2**20, "GiB": 2**30}
_UNKNOWN = 2**62
_CGROUPS = Path("sys/fs/cgroup")
_FILES = {  # by version: limit, use, and what of the use are pages of files, which the kernel gives back
    "v2": ("memory.max", "memory.current", ("inactive_file", "active_file")),
    "v1": ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
}


def available_memory() -> int:
    """Find out how much memory this process may still take; ``NETWRIGHT_MEMORY=6GiB`` says it instead.

    The smallest of what the machine has available, what the memory limit of each control group around the process
    leaves (batch systems and containers set those), and what ``ulimit -d`` leaves.

    Returns:
        A number of bytes; 2⁶² where nothing can be found out.

    Raises:
        DataError: the environment variable is no size.
    """
    said = os.environ.get(MEMORY_VARIABLE)
    if said:
        return _size(said)
    root = Path("/")
    return max(0, min([*_machine(root), *_control_groups(root), *_data_limit(root)], default=_UNKNOWN))


def data_bytes(root: Path = Path("/")) -> int:
    """Find out how much memory this process has that ``ulimit -d`` counts.

    Args:
        root: where the system's files are.

    Returns:
        A number of bytes; 0 where the system does not say.
    """
    match = re.search(r"^VmData:\s+(\d+) kB", _read(root / "proc/self/status"), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def too_large(size: float, share: float) -> bool:
    """Say whether something takes more than a share of the memory that is available.

    Args:
        size: its bytes.
        share: from 0 to 1, dimensionless.

    Returns:
        True if it does.
    """
    return size > share * available_memory()


def in_words(size: float) -> str:
    """Write a number of bytes for a reader.

    Args:
        size: bytes.

    Returns:
        Two digits or more, with a unit.

    Example:
        >>> in_words(1500), in_words(3 * 2**30), in_words(2.5e16)
        ('1.5 KiB', '3.0 GiB', '22,737 TiB')
    """
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1000 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:,.0f} {units[0]}" if size >= 100 or units[0] == "B" else f"{size:,.1f} {units[0]}"


def give_back() -> None:
    """Give back to the system what was freed: Arrow and the C library keep it, 100 MiB and more after a conversion."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
        if trim is not None:
            trim(0)


def _size(said: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(|MiB|GiB)\s*", said)
    if match is None:
        msg = f"{MEMORY_VARIABLE}: must be a number of bytes, or such as 500MiB or 6GiB. Received: {said!r}."
        raise DataError(msg)
    return int(float(match[1]) * _UNITS[match[2]])


def _machine(root: Path) -> Iterator[int]:
    """Yield what the machine has: the estimate of Linux, elsewhere all memory there is."""
    text = _read(root / "proc/meminfo")
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    if match is not None:
        yield int(match[1]) * 1024
    elif hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _control_groups(root: Path) -> Iterator[int]:
    """Yield what the limit of each control group leaves, from that of the process up to the outermost."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        version, mount = ("v1", root / _CGROUPS / "memory") if controllers else ("v2", root / _CGROUPS)
        group = mount / path.lstrip("/")  # within a container the path may lead nowhere: its own group is the mount
        for folder in (group, *group.parents):
            yield from _left_in(folder, version)
            if folder == mount:
                break


def _left_in(folder: Path, version: str) -> Iterator[int]:
    limit_name, use_name, of_files = _FILES[version]
    limit, use = (_read(folder / name).strip() for name in (limit_name, use_name))
    if limit.isdigit() and use.isdigit():
        entries = dict(line.split(" ", 1) for line in _read(folder / "memory.stat").splitlines())
        given_back = sum(int(entries.get(name, 0)) for name in of_files)
        yield int(limit) - max(0, int(use) - given_back)


def _data_limit(root: Path) -> Iterator[int]:
    """Yield what ``ulimit -d`` leaves; Windows has no such limit."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if limit != resource.RLIM_INFINITY:
        yield limit - data_bytes(root)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
