"""Where a network was trained: versions, machine, commit and seed."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from netwright._version import __version__

__all__ = ["environment", "git_commit"]

_LIBRARIES = ("jax", "jaxlib", "keras", "numpy", "pyarrow", "duckdb", "h5py", "uproot", "awkward", "matplotlib")


def environment(seed: int) -> dict[str, Any]:
    """Return what a result depends on besides the experiment file.

    Args:
        seed: of the training.

    Returns:
        Time (UTC), versions, machine, git commit of the working directory (None outside a repository) and seed.
    """
    return {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "netwright": __version__,
        "python": platform.python_version(),
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        "git_commit": git_commit(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "seed": seed,
    }


def git_commit() -> str | None:
    """Return the commit of the working directory, with ``-dirty`` if it has uncommitted changes.

    Returns:
        The commit, or None outside a git repository or if git is not installed.
    """
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # a fixed command
    return answer.stdout.strip() or None
