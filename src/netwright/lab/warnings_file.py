"""``warnings.jsonl`` of a run: the doctor's warnings while it is trained, for those who watch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from netwright.finding import Finding
from netwright.lab.lines import line_writer

__all__ = ["warnings_writer"]


def warnings_writer(path: Path) -> Callable[[Finding], None]:
    """Make the function that appends a warning; `findings.json` has them all at the end.

    What a killed process wrote half of stays a line of its own.

    Args:
        path: the file.

    Returns:
        The function. A file that cannot be written is no reason to end a training, and costs nothing but the warning
        on the page.
    """
    with suppress(OSError), path.open("r+b") as file:
        content = file.read()
        if content and not content.endswith(b"\n"):
            file.write(b"\n")
    write = line_writer(path)

    def append(finding: Finding) -> None:
        with suppress(OSError):
            write(asdict(finding))

    return append
