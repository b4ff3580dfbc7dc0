"""The history of a training: one line of JSON per epoch, appended as it comes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from netwright.errors import RunError
from netwright.training import EpochRecord, StepsRecord

__all__ = ["HistoryWriter", "read_history"]


class HistoryWriter:
    """An observer that appends every epoch of one member to ``history.jsonl``.

    Args:
        path: the file; it is written to at its end.
        member: number of the member, from 0.
    """

    def __init__(self, path: Path, member: int = 0) -> None:
        self.path, self.member = path, member

    def on_steps(self, record: StepsRecord) -> None:
        """Leave steps to others: a line per epoch is what a person can read.

        Args:
            record: what a few steps measured.
        """

    def on_epoch(self, record: EpochRecord) -> None:
        """Append an epoch.

        Args:
            record: what it measured.
        """
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"member": self.member, **asdict(record)}) + "\n")


def read_history(path: Path) -> list[dict[str, Any]]:
    """Read a history.

    Args:
        path: ``history.jsonl`` of a run.

    Returns:
        One dictionary per epoch of each member, with its number and the attributes of
        `netwright.training.EpochRecord`.

    Raises:
        RunError: there is no such file, or a line is not JSON.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        msg = f"{path}: the run has no history ({error}). Was it trained to the end of an epoch?"
        raise RunError(msg) from error
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError as error:
            msg = f"{path}, line {number}: not JSON ({error}). Remove the line if a crash cut it short."
            raise RunError(msg) from error
    return records
