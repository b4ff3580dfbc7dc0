"""Results of evaluations after the training: each in a file of its own beside those of the training."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.atomic_files import write_text
from netwright.lab.run import Run

__all__ = ["write_result"]

_ABOUT = ("files", "options", "remarks")  # what two results have in common where one may replace the other


def write_result(run: Run, name: str, content: Mapping[str, Any]) -> Path:
    """Write a result as ``evaluation-NAME.json``, or with a number behind it where another result is there.

    Args:
        run: where.
        name: of what was judged; other characters than letters, digits, - and _ become -.
        content: ``files``, ``options`` and ``remarks`` say what it is about; a result about the same is replaced.

    Returns:
        The file.
    """
    plain = re.sub(r"[^\w-]+", "-", name).strip("-") or "files"
    stem = f"evaluation-{plain}"
    number = 1
    while True:
        path = run.path / f"{stem}{'' if number == 1 else f'-{number}'}.json"
        if not path.exists() or _about(path) == {key: content[key] for key in _ABOUT}:
            write_text(path, json.dumps(content, indent=2) + "\n")
            return path
        number += 1


def _about(path: Path) -> dict[str, Any] | None:
    """Return what a result is about; None where it cannot be read, and is left alone."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {key: content.get(key) for key in _ABOUT} if isinstance(content, dict) else None
