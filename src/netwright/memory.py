"""Memory that this process may still allocate, by the machine, its control groups and its resource limits."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from netwright.errors import DataError

__all__ = ["MEMORY_VARIABLE", "available_memory", "data_bytes", "format_bytes", "release_memory", "too_large"]

MEMORY_VARIABLE = "NETWRIGHT_MEMORY"  # environment variable that overrides the measured value, such as 6GiB
_UNITS = {"": 1, "MiB": 2**20, "GiB": 2**30}
_UNKNOWN = 2**62
_CGROUPS = Path("sys/fs/cgroup")
_FILES = {  # by version: limit, usage, and the part of the usage that is page cache, which the kernel can reclaim
    "v2": ("memory.max", "memory.current", ("inactive_file", "active_file")),
    "v1": ("memory.limit_in_bytes", "memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
}


def available_memory() -> int:
    """Return how much memory this process may still allocate; ``NETWRIGHT_MEMORY=6GiB`` overrides it.

    The minimum of the memory available on the machine, the memory that the limit of each control group around the
    process leaves (batch systems and containers set those), and what ``ulimit -d`` leaves.

    Returns:
        A number of bytes; 2⁶² if it cannot be determined.

    Raises:
        DataError: the environment variable is not a size.
    """
    text = os.environ.get(MEMORY_VARIABLE)
    if text:
        return _size(text)
    root = Path("/")
    return max(0, min([*_machine(root), *_control_groups(root), *_data_limit(root)], default=_UNKNOWN))


def data_bytes(root: Path = Path("/")) -> int:
    """Return how much memory of this process counts towards ``ulimit -d``.

    Args:
        root: root of the system's files.

    Returns:
        A number of bytes; 0 if the system does not report it.
    """
    match = re.search(r"^VmData:\s+(\d+) kB", _read(root / "proc/self/status"), re.MULTILINE)
    return int(match[1]) * 1024 if match else 0


def too_large(size: float, share: float) -> bool:
    """Return whether a size exceeds a share of the available memory.

    Args:
        size: in bytes.
        share: from 0 to 1, dimensionless.

    Returns:
        True if it does.
    """
    return size > share * available_memory()


def format_bytes(size: float) -> str:
    """Format a number of bytes.

    Args:
        size: in bytes.

    Returns:
        At least two digits, with a unit.

    Example:
        >>> format_bytes(1500), format_bytes(3 * 2**30), format_bytes(2.5e16)
        ('1.5 KiB', '3.0 GiB', '22,737 TiB')
    """
    units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1000 and len(units) > 1:
        size /= 1024
        units.pop(0)
    return f"{size:,.0f} {units[0]}" if size >= 100 or units[0] == "B" else f"{size:,.1f} {units[0]}"


def release_memory() -> None:
    """Return freed memory to the system: Arrow and the C library keep 100 MiB and more after a conversion."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
        if trim is not None:
            trim(0)


def _size(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(|MiB|GiB)\s*", text)
    if match is None:
        msg = f"{MEMORY_VARIABLE}: must be a number of bytes, or a size such as 500MiB or 6GiB. Received: {text!r}."
        raise DataError(msg)
    return int(float(match[1]) * _UNITS[match[2]])


def _machine(root: Path) -> Iterator[int]:
    """Yield the memory available on the machine: Linux's estimate, elsewhere all physical memory."""
    text = _read(root / "proc/meminfo")
    match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
    if match is not None:
        yield int(match[1]) * 1024
    elif hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _control_groups(root: Path) -> Iterator[int]:
    """Yield what the limit of each control group leaves, from that of the process up to the root."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        version, mount = ("v1", root / _CGROUPS / "memory") if controllers else ("v2", root / _CGROUPS)
        group = mount / path.lstrip("/")  # in a container the path may not exist: its own group is the mount
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
