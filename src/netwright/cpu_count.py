"""The number of CPUs that this process may use, and how many of them other programs leave to it."""

from __future__ import annotations

import os

__all__ = ["cpu_count", "cpus_left", "free_cpus"]


def cpu_count() -> int:
    """Return the number of CPUs that this process may use: those assigned to it on Linux, elsewhere all.

    Returns:
        The number, at least 1.

    Example:
        >>> cpu_count() >= 1
        True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_cpus() -> int:
    """Return how many CPUs other programs leave to this process, by the load of the last minute.

    Returns:
        The number, at least 1; all that it may use where the system does not tell its load.

    Example:
        >>> 1 <= free_cpus() <= cpu_count()
        True
    """
    if not hasattr(os, "getloadavg"):
        return cpu_count()
    return cpus_left(os.getloadavg()[0], os.cpu_count() or 1, cpu_count())


def cpus_left(load: float, online: int, allowed: int) -> int:
    """Return how many CPUs are free.

    Args:
        load: programs that run or wait to run, this process among them.
        online: CPUs of the machine.
        allowed: those that this process may use.

    Returns:
        The number, at least 1.

    Example:
        >>> [cpus_left(load, 16, 16) for load in (0.2, 1.0, 9.0, 40.0)]
        [16, 16, 8, 1]
    """
    return max(1, min(allowed, round(online - load + 1)))
