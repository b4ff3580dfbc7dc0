"""The history of a training: one line of JSON per epoch and member, appended as it comes."""

from __future__ import annotations

import json
import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from netwright.atomic_files import write_text
from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.lab.contents import check_epoch
from netwright.strict_json import json_or_none, json_text
from netwright.training import Callbacks, EpochRecord

__all__ = ["history_writer", "kept_lines", "read_history", "rewind_history"]


def history_writer(path: Path) -> Callbacks:
    """Make an observer that appends every epoch of every member to ``history.jsonl``, from any number of threads.

    Args:
        path: the file; it is written to at its end.

    Returns:
        The observer.

    Raises:
        RunError: by the observer, where the file cannot be written.
    """
    lock = threading.Lock()

    def append(record: EpochRecord) -> None:
        line = json_text(asdict(record)) + "\n"
        try:
            with lock, path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            msg = (
                f"{path}: an epoch cannot be written ({error}). Free some space or make the directory "
                f"writable, then: netwright train --resume {in_command(path.parent)}"
            )
            raise RunError(msg) from error

    return Callbacks(on_epoch=append)


def read_history(path: Path) -> list[dict[str, Any]]:
    """Read a history.

    Args:
        path: ``history.jsonl`` of a run.

    Returns:
        One dictionary per epoch of each member, with its number and the attributes of
        `netwright.training.EpochRecord`. A number that JSON could not hold is NaN, and infinite where an epoch is the
        best by it.

    Raises:
        RunError: there is no such file, or a line is not JSON.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: the run has no history ({error}). After the first epoch it has one: restore it from a backup."
        raise RunError(msg) from error
    if not lines:
        msg = f"{path}: the run has no history (the file is empty). Restore the file from a backup, or train again."
        raise RunError(msg)
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            record = _with_numbers(json.loads(line))
        except (ValueError, RecursionError) as error:
            msg = f"{path}, line {number}: not JSON ({error}). Remove the line if a crash cut it short."
            raise RunError(msg) from error
        try:
            check_epoch(record)
        except ValueError as error:
            msg = f"{path}, line {number}: not an epoch ({error}). Restore the file from a backup, or train again."
            raise RunError(msg) from error
        records.append(record)
    return records


def rewind_history(path: Path, epochs: Mapping[int, int]) -> list[dict[str, Any]]:
    """Take a history back to the checkpoints that a training goes on from.

    Epochs after a member's checkpoint will be trained and written down once more, and a line that a crash cut short
    belongs to none.

    Args:
        path: ``history.jsonl`` of a run; nothing is left of it where the run begins again.
        epochs: by number of the member, how many epochs its checkpoint has; a member that is not named has none.

    Returns:
        The epochs that are left, as `read_history`.

    Raises:
        RunError: the history has fewer epochs than the checkpoints, or cannot be read or written.
    """
    try:
        before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        lines = kept_lines(before.splitlines(), epochs)
        after = "".join(f"{line}\n" for line in lines)
        if after != before:
            write_text(path, after)
    except OSError as error:
        msg = f"{path}: the history cannot be taken back to its checkpoints ({error}). Check the disk, then continue."
        raise RunError(msg) from error
    records = [_with_numbers(json.loads(line)) for line in lines]
    epochs_written = Counter(record["member"] for record in records)
    for member, count in epochs.items():
        if epochs_written[member] != count:
            msg = (
                f"{path}: has {epochs_written[member]} epochs of member {member}, but its checkpoint has {count}: "
                "lines are missing. Restore the file, or train again from the beginning."
            )
            raise RunError(msg)
    return records


def kept_lines(lines: Iterable[str], epochs: Mapping[int, int]) -> list[str]:
    """Choose the lines of a history that belong to checkpoints.

    Args:
        lines: of ``history.jsonl``, without their ends.
        epochs: by number of the member, how many epochs its checkpoint has.

    Returns:
        The lines of each member's first epochs, in their order.

    Example:
        >>> kept_lines(['{"member": 0, "epoch": 1}', '{"member": 0, "epoch": 2}', '{"member": 0, "ep'], {0: 1})
        ['{"member": 0, "epoch": 1}']
    """
    return [line for line in lines if (record := _record(line)) and record["epoch"] <= epochs.get(record["member"], 0)]


def _with_numbers(record: Any) -> Any:  # noqa: ANN401  # what a line holds
    """Return a record with what JSON could not hold; nothing but the rejection of all background is best and infinite.

    Example:
        >>> _with_numbers({"loss": 0.2, "valid_head_losses": {"y": None}, "monitored": None, "best": True})
        {'loss': 0.2, 'valid_head_losses': {'y': nan}, 'monitored': inf, 'best': True}
    """
    if not isinstance(record, dict):
        return record
    missing = {key: math.nan for key, value in record.items() if value is None}
    if record.get("best") is True and "monitored" in missing:
        missing["monitored"] = math.inf
    by_head = {
        key: {head: math.nan if loss is None else loss for head, loss in value.items()}
        for key, value in record.items()
        if isinstance(value, dict)
    }
    return {**record, **missing, **by_head}


def _record(line: str) -> dict[str, Any] | None:
    """Return the record of a line; None where a crash cut it short."""
    record = json_or_none(line)
    return record if isinstance(record, dict) and {"member", "epoch"} <= record.keys() else None
