"""The journal of a search: Optuna's, but for when it waits for the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

from netwright.atomic_files import flush

__all__ = ["SearchJournal"]


class SearchJournal(JournalFileBackend):
    """A journal that several processes append to, and that is on the disk where `flush` returns.

    Optuna waits for the disk after each of the ten lines that a trial has. What a killed process wrote is there without
    that, so a batch waits twice: before the file that names its trials is written, and when all have been told.

    Args:
        path: of the journal.
    """

    def __init__(self, path: Path) -> None:
        # the lock is a link to the journal, and one of a killed process is seen only if it leads there from its folder
        self.path, self.lock = path, JournalFileSymlinkLock(str(path.absolute()))
        super().__init__(str(path), self.lock)

    def append_logs(self, logs: Sequence[Mapping[str, Any]]) -> None:
        """Append lines; other processes see them at once.

        Args:
            logs: contents of the lines.
        """
        lines = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in logs)
        self.lock.acquire()
        try:
            with self.path.open("a+b") as file:
                _remove_half_a_line(file)
                file.write(lines.encode())
        finally:
            self.lock.release()

    def flush(self) -> None:
        """Wait until all lines are on the disk."""
        flush(self.path)


def _remove_half_a_line(file: BinaryIO) -> None:
    """Cut off what a process that was killed, or whose disk was full, left behind the last whole line."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 1))
    if file.read() not in (b"", b"\n"):
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
