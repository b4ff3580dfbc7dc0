"""The notes of a run: ``notes.md``, which is the user's."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import Path

from netwright.errors import RunError
from netwright.lab import refuse_link

__all__ = ["add_note", "read_notes"]

_LONGEST = 10_000  # characters
_NO_TEXT = {"Cc", "Cs"}  # controls, and halves of characters, which UTF-8 cannot hold


def add_note(run: Path, text: str) -> str:
    """Append a note to ``notes.md`` of a run, with the time.

    Args:
        run: the run directory.
        text: one or several lines, which become one.

    Returns:
        The line that was written.

    Raises:
        RunError: the text is empty or too long, or the file cannot be written or is a link out of the run.
    """
    shown = "".join(char for char in text if char.isspace() or unicodedata.category(char) not in _NO_TEXT)
    note = " ".join(shown.split())
    if not note or len(note) > _LONGEST:
        msg = f"A note has 1 to {_LONGEST:,} characters. Received: {len(note):,}."
        raise RunError(msg)
    line = f"- {datetime.now(UTC).strftime('%Y-%m-%d %H:%M')}: {note}"
    path = run / "notes.md"
    refuse_link(path)
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        with path.open("a", encoding="utf-8") as file:  # appended: an editor may have it open
            file.write(f"{'' if not before or before.endswith(chr(10)) else chr(10)}{line}\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        msg = f"{path}: the note cannot be written ({reason}). Check the disk and the permissions."
        raise RunError(msg) from error
    return line


def read_notes(run: Path) -> tuple[str, ...]:
    """Read the notes of a run.

    Args:
        run: the run directory.

    Returns:
        The lines with text, without headings and marks of lists; none where there is no file that can be read.
    """
    try:
        lines = (run / "notes.md").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    return tuple(line.strip().removeprefix("- ") for line in lines if line.strip() and not line.startswith("#"))
