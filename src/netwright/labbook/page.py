"""The lab book as text: Markdown that one can commit, or lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from netwright.atomic_files import write_text
from netwright.errors import RunError, StorageError
from netwright.lab import refuse_link
from netwright.labbook.entry import Entry

__all__ = ["as_csv", "lab_page", "table_row", "write_lab_page"]

_MARK = "<!-- written by netwright lab: notes belong into notes.md of each run -->"


def lab_page(entries: Iterable[Entry]) -> str:
    """Return the lab book as a page of Markdown: of each run date, what was done, why, and what was found.

    Args:
        entries: in the order of the page.

    Returns:
        The text.
    """
    return "\n\n".join([f"{_MARK}\n# Lab book", *(_section(entry) for entry in entries)]) + "\n"


def write_lab_page(folder: Path, entries: Iterable[Entry]) -> Path:
    """Write the lab book as ``lab.md``.

    Args:
        folder: of the runs.
        entries: in the order of the page.

    Returns:
        The file.

    Raises:
        RunError: there is a file of this name that is not a lab book of ours, or that leads out of the folder, or the
            folder cannot be written.
    """
    path = folder / "lab.md"
    refuse_link(path)
    try:
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
            msg = f"{path}: was not written by netwright lab, so it is not overwritten. Move it away."
            raise RunError(msg)
        write_text(path, lab_page(entries))
    except StorageError as error:
        raise RunError(str(error)) from error
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}). Check its permissions."
        raise RunError(msg) from error
    return path


def as_csv(entries: Iterable[Entry]) -> str:
    """Return the lab book as CSV, with a line of names.

    Args:
        entries: in their order.

    Returns:
        The text.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = ["started", "run", "state", "parent", "changed", "head", "metric", "value", "uncertainty", "verdict"]
    writer.writerow([*names, "seconds", "note"])
    for entry in entries:
        value = ("", "") if entry.value is None else (repr(entry.value.value), repr(entry.value.uncertainty))
        seconds = "" if entry.seconds is None else f"{entry.seconds:.3f}"
        writer.writerow(
            [entry.started, entry.name, entry.state, entry.parent or "", entry.what, entry.head, entry.metric, *value,
             entry.verdict, seconds, "; ".join(entry.notes)]
        )  # fmt: skip
    return text.getvalue()


def table_row(entry: Entry) -> tuple[str, ...]:
    """Return an entry as the cells of a table for readers.

    Args:
        entry: the run.

    Returns:
        Started, run, against, changed, main metric, verdict, time and note.
    """
    against = (
        "" if entry.parent is None else f"{entry.parent}{' (the most similar earlier run)' if entry.inferred else ''}"
    )
    state = "" if entry.state == "complete" else entry.state
    verdict = ", ".join(part for part in (state, entry.verdict) if part)
    return entry.started, entry.name, against, entry.what, _result(entry), verdict, _time(entry), "; ".join(entry.notes)


def _section(entry: Entry) -> str:
    against = f", against {entry.parent}" if entry.parent is not None else ""
    lines = [f"## {_plain(entry.name)}", f"- Date: {entry.started or 'unknown'}"]
    lines += [f"- What{_plain(against)}: {_plain(entry.what)}"]
    lines += [f"- Why: {_plain(' / '.join(entry.notes))}"] if entry.notes else []
    result = ", ".join(part for part in (_result(entry), entry.verdict, _time(entry)) if part)
    return "\n".join([*lines, f"- Found: {_plain(result) or entry.state}"])


def _plain(text: str) -> str:
    """Return text in which nothing is markup, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{char}" if char in r"\`*_[]<>#|" else char for char in line)


def _result(entry: Entry) -> str:
    return "" if entry.value is None else f"{entry.metric.replace('_', ' ')} of {entry.head} {entry.value}"


def _time(entry: Entry) -> str:
    if entry.seconds is None:
        return ""
    minutes, seconds = divmod(round(entry.seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
