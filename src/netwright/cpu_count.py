"""The number of CPUs that this process may use."""

from __future__ import annotations

import os

__all__ = ["cpu_count"]


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
