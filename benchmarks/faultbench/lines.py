"""Results as lines of JSON that are written as they come; existing results are not computed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["Lines", "read"]

Line = dict[str, Any]


class Lines:
    """One file of results that one process writes and all read.

    Args:
        folder: of the results.
        kind: "truth", "doctor" or "mended".
        shard: number of the process that writes.
    """

    def __init__(self, folder: Path, kind: str, shard: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{kind}-{shard}.jsonl"
        self.known = read(folder, kind)

    def __contains__(self, key: str) -> bool:
        return key in self.known

    def add(self, line: Line) -> None:
        """Write one result."""
        self.known[line["key"]] = line
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def read(folder: Path, kind: str) -> dict[str, Line]:
    """Read all results of a kind, by their keys; of two with one key the later counts.

    Args:
        folder: of the results.
        kind: "truth", "doctor" or "mended".

    Returns:
        The lines. A last line that was cut off is left out: its training runs again.
    """
    results = {}
    for path in sorted(folder.glob(f"{kind}-*.jsonl")):
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                continue
            results[line["key"]] = line
    return results
