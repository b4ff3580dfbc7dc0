"""Files of one line of JSON per record, which a training appends to: written, read, and taken back to checkpoints."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from netwright.atomic_files import write_text
from netwright.errors import RunError
from netwright.strict_json import json_or_none, json_text

__all__ = ["kept_lines", "line_writer", "read_lines", "rewind_lines"]


def line_writer(path: Path) -> Callable[[Mapping[str, Any]], None]:
    """Make a function that appends one record, from any number of threads.

    Args:
        path: the file; it is written to at its end.

    Returns:
        The function; it raises OSError where the file cannot be written.
    """
    lock = threading.Lock()

    def append(record: Mapping[str, Any]) -> None:
        line = json_text(record) + "\n"
        with lock, path.open("a", encoding="utf-8") as file:
            file.write(line)

    return append


def read_lines(
    path: Path, read_record: Callable[[Any], dict[str, Any]], *, what: str, remedy: str
) -> list[dict[str, Any]]:
    """Read all records.

    Args:
        path: the file; it need not exist.
        read_record: returns the record of what a line holds, or raises ValueError.
        what: a record is, for messages, as in "an epoch".
        remedy: what to do about a line that is none.

    Returns:
        The records, in the order of the lines.

    Raises:
        RunError: the file cannot be read, or a line is not such a record.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read ({error}). Restore the file from a backup."
        raise RunError(msg) from error
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            content = json.loads(line)
        except (ValueError, RecursionError) as error:
            msg = f"{path}, line {number}: not JSON ({error}). Remove the line if a crash cut it short."
            raise RunError(msg) from error
        try:
            records.append(read_record(content))
        except ValueError as error:
            msg = f"{path}, line {number}: not {what} ({error}). {remedy}"
            raise RunError(msg) from error
    return records


def rewind_lines(path: Path, epochs: Mapping[int, int]) -> list[dict[str, Any]]:
    """Take a file back to the checkpoints that a training goes on from.

    What was written after a member's checkpoint will be written once more, and a line that a crash cut short belongs
    to none.

    Args:
        path: the file; it need not exist, and nothing is left of it where the training begins again.
        epochs: by number of the member, how many epochs its checkpoint has; a member that is not named has none.

    Returns:
        The records that are left.

    Raises:
        RunError: the file cannot be read or written.
    """
    try:
        before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        lines = kept_lines(before.splitlines(), epochs)
        after = "".join(f"{line}\n" for line in lines)
        if after != before:
            write_text(path, after)
    except OSError as error:
        msg = f"{path}: cannot be taken back to its checkpoints ({error}). Check the disk, then continue."
        raise RunError(msg) from error
    return [json.loads(line) for line in lines]


def kept_lines(lines: Iterable[str], epochs: Mapping[int, int]) -> list[str]:
    """Choose the lines that belong to checkpoints.

    Args:
        lines: each with ``member`` and ``epoch``, without their ends.
        epochs: by number of the member, how many epochs its checkpoint has.

    Returns:
        The lines of each member up to its checkpoint, in their order; none of a member that begins again.

    Example:
        >>> kept_lines(['{"member": 0, "epoch": 1}', '{"member": 0, "epoch": 2}', '{"member": 0, "ep'], {0: 1})
        ['{"member": 0, "epoch": 1}']
    """
    kept = []
    for line in lines:
        record = json_or_none(line)
        if isinstance(record, dict) and {"member", "epoch"} <= record.keys():
            count = epochs.get(record["member"], 0)
            if count and record["epoch"] <= count:
                kept.append(line)
    return kept
