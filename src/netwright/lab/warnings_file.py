"""``warnings.jsonl`` of a run: the doctor's warnings while it is trained, for those who watch."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from netwright.finding import Finding

__all__ = ["warnings_writer"]


def warnings_writer(path: Path) -> Callable[[Finding], None]:
    """Make the function that appends a warning; `findings.json` has them all at the end.

    Args:
        path: the file.

    Returns:
        The function. A file that cannot be written is no reason to end a training, and costs nothing but the warning
        on the page.
    """

    def append(finding: Finding) -> None:
        with suppress(OSError), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(finding)) + "\n")

    return append
