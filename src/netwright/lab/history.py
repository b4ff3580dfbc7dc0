"""The history of a training: one line of JSON per epoch and member, appended as it comes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.lab.contents import check_content
from netwright.lab.lines import line_writer, read_lines, rewind_lines
from netwright.training import Callbacks, EpochRecord

__all__ = ["history_writer", "read_history", "rewind_history"]

_EPOCH: TypeAdapter[EpochRecord] = TypeAdapter(EpochRecord)


def history_writer(path: Path) -> Callbacks:
    """Make an observer that appends every epoch of every member to ``history.jsonl``, from any number of threads.

    Args:
        path: the file; it is written to at its end.

    Returns:
        The observer.

    Raises:
        RunError: by the observer, where the file cannot be written.
    """
    write = line_writer(path)

    def append(record: EpochRecord) -> None:
        try:
            write(asdict(record))
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
        RunError: there is no such file or it is empty, or a line is not JSON.
    """
    records = read_lines(path, _epoch, what="an epoch", remedy="Restore the file from a backup, or train again.")
    if not records:
        state = "the file is empty" if path.exists() else "there is no such file"
        msg = (
            f"{path}: the run has no history ({state}). After the first epoch it has one: restore it from a backup, or "
            "train again."
        )
        raise RunError(msg)
    return records


def rewind_history(path: Path, epochs: Mapping[int, int]) -> list[dict[str, Any]]:
    """Take a history back to the checkpoints that a training goes on from, as `netwright.lab.lines.rewind_lines`.

    Args:
        path: ``history.jsonl`` of a run; nothing is left of it where the run begins again.
        epochs: by number of the member, how many epochs its checkpoint has; a member that is not named has none.

    Returns:
        The epochs that are left, as `read_history`.

    Raises:
        RunError: the history has fewer epochs than the checkpoints, or cannot be read or written.
    """
    records = [_with_numbers(record) for record in rewind_lines(path, epochs)]
    epochs_written = Counter(record["member"] for record in records)
    for member, count in epochs.items():
        if epochs_written[member] != count:
            msg = (
                f"{path}: has {epochs_written[member]} epochs of member {member}, but its checkpoint has {count}: "
                "lines are missing. Restore the file, or train again from the beginning."
            )
            raise RunError(msg)
    return records


def _epoch(content: Any) -> dict[str, Any]:  # noqa: ANN401  # what a line holds
    """Return the epoch of a line; ValueError where it holds none."""
    record: dict[str, Any] = _with_numbers(content)
    check_content(_EPOCH, record)
    return record


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
