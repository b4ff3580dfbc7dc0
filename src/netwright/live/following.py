"""Follows a file that grows by lines of JSON: what was read is not read again, half a line waits for its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from netwright.strict_json import json_or_none

__all__ = ["LinesFollower", "records_of"]


class LinesFollower:
    """Reads the new lines of a file that another process appends to.

    A file that became shorter or was replaced, as when a training goes back to its checkpoint, is read again from its
    beginning, and so is one that was removed and written again.

    Args:
        path: the file; it need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset, self._identity, self._changed = 0, 0, (0, 0)

    def read(self) -> tuple[bool, list[dict[str, Any]]]:
        """Read what was appended.

        Returns:
            Whether all that was read before is void, and the new records; a line that is not JSON is left out.
        """
        void, lines = self.read_lines()
        return void, records_of(lines)

    def read_lines(self) -> tuple[bool, bytes]:
        """Read what was appended, as it is.

        Returns:
            Whether all that was read before is void, and the complete lines.
        """
        try:
            state = self.path.stat()
        except OSError:
            void, self._offset, self._identity = self._offset > 0, 0, 0
            return void, b""
        void = self._offset > 0 and (state.st_ino != self._identity or state.st_size < self._offset)
        if void:
            self._offset = 0
        self._identity = state.st_ino
        if state.st_size == self._offset:
            return void, b""
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except OSError:
            return void, b""
        complete = content.rfind(b"\n") + 1
        self._offset += complete
        return void, content[:complete]


def records_of(lines: bytes) -> list[dict[str, Any]]:
    """Return the records of lines of JSON; a line that is none is left out.

    Args:
        lines: complete.
    """
    try:  # all lines at once: three times as fast
        records = json.loads(b"[" + lines.rstrip(b"\n").replace(b"\n", b",") + b"]")
    except (ValueError, RecursionError):
        records = [json_or_none(line) for line in lines.splitlines()]
    return [record for record in records if isinstance(record, dict)]
