"""``plan.json`` of a scan or a search: what its folder is of, so that it is not continued with something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netwright.errors import RunError

__all__ = ["read_plan_file"]


def read_plan_file(path: Path) -> dict[str, Any]:
    """Read what a scan or a search wrote down when it began.

    Args:
        path: ``plan.json`` in its folder.

    Returns:
        Its content.

    Raises:
        RunError: it cannot be read, or is no mapping.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(content, dict):
        raise _damaged(path, "it holds no mapping")
    return content


def _damaged(path: Path, reason: str) -> RunError:
    return RunError(
        f"{path} cannot be read ({reason}), and it describes what this folder holds. Restore it from a backup, or name "
        "another folder with --run."
    )
