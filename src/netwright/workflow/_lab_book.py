"""Lab book: all runs of a folder, what was changed, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netwright.lab import Run, open_run
from netwright.labbook import Entry, add_note, chosen, in_order, read_entries

__all__ = ["lab_book", "note"]


def lab_book(folder: str | Path = "runs", *, sort: str = "started", filters: Sequence[str] = ()) -> list[Entry]:
    """Read all runs of a folder, each compared with the run that it began from, or the most similar earlier one.

    Args:
        folder: of runs.
        sort: a column, or a key of the experiment file, with a minus sign before it for the largest first.
        filters: conditions that must hold, such as ``metric>0.9`` or ``training.learning_rate=0.01``.

    Returns:
        One entry per run.

    Raises:
        RunError: there is no such folder or key, or a condition cannot be read.

    Example:
        >>> import netwright as nw
        >>> best = nw.lab_book("runs", sort="-metric")[0]  # doctest: +SKIP
    """
    return in_order(chosen(read_entries(Path(folder)), filters), sort)


def note(run: Run | str | Path, text: str) -> str:
    """Append a note to ``notes.md`` of a run, with the time.

    Args:
        run: the run.
        text: what was found.

    Returns:
        The line that was written.

    Raises:
        RunError: there is no such run, the text is empty, or the file cannot be written.

    Example:
        >>> import netwright as nw
        >>> nw.note("runs/top-tagging", "dropout does not help")  # doctest: +SKIP
    """
    return add_note(open_run(run, search=True, write=True).path, text)
