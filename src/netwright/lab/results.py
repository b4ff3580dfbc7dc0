"""Results of evaluations after the training, each in its own file next to those of the training."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netwright.lab.run import Run
from netwright.strict_json import read_json_or_none, write_json

__all__ = ["write_result"]

_ABOUT = ("files", "options", "remarks")  # what two results have in common where one may replace the other


def write_result(run: Run, name: str, content: Mapping[str, Any]) -> Path:
    """Write a result as ``evaluation-NAME.json``, with a number appended if another result has that name.

    Args:
        run: the run.
        name: name of the evaluated data; characters other than letters, digits, - and _ become -.
        content: ``files``, ``options`` and ``remarks`` identify its subject; a result with the same subject is
            replaced.

    Returns:
        The file.
    """
    plain = re.sub(r"[^\w-]+", "-", name).strip("-") or "files"
    stem = f"evaluation-{plain}"
    number = 1
    while True:
        path = run.path / f"{stem}{'' if number == 1 else f'-{number}'}.json"
        if not path.exists() or _about(path) == {key: content[key] for key in _ABOUT}:
            write_json(path, content)
            return path
        number += 1


def _about(path: Path) -> dict[str, Any] | None:
    """Return the subject of a result; None if it cannot be read, in which case it is kept."""
    content = read_json_or_none(path)
    return {key: content.get(key) for key in _ABOUT} if isinstance(content, dict) else None
