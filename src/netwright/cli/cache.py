"""`netwright cache`: what reading has stored."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.data import CachedFile

__all__ = ["cache"]


class Action(StrEnum):
    """What to do with the cache."""

    list = "list"
    verify = "verify"
    prune = "prune"


def cache(
    action: Annotated[Action, typer.Argument(help="Action.")] = Action.list,
    size: Annotated[str | None, typer.Option(help="For prune: the size to keep, such as 20GB.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="For prune: remove all files that are not in use.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """List, verify or prune the cache of converted and downloaded files.

    Exits with code 1 if verify finds a damaged file. The environment variable NETWRIGHT_CACHE_SIZE sets the size limit
    (20% of the free space of the disk if it is not set), NETWRIGHT_CACHE the folder.
    """
    from netwright.cli._screen import screen
    from netwright.memory import format_bytes
    from netwright.workflow import cache as run_cache

    with screen() as show:
        contents = run_cache(action.value, size=size, everything=everything, progress=show)
        show.clear()
        if action == "list" and contents.files:
            show.console.print(_table(contents.files))
        for file in contents.damaged:
            show.say(f"{file.path}: is damaged ({file.source}). It is rebuilt when its file is next read.")
        if action == "verify":
            show.say(f"{_number(contents.files)} verified, {len(contents.damaged)} damaged")
        if action == "prune":
            size_removed = sum(file.size for file in contents.removed)
            in_use = sum(file.in_use for file in contents.files)
            in_use_text = f", {in_use} kept that a running process uses" if in_use else ""
            show.say(f"{_number(contents.removed)} removed ({format_bytes(size_removed)}){in_use_text}")
        limit = format_bytes(contents.limit)
        show.say(f"{contents.folder}: {_number(contents.files)}, {format_bytes(contents.size)} of {limit} at most")
    if contents.damaged:
        raise typer.Exit(1)


def _number(files: tuple[CachedFile, ...]) -> str:
    return f"{len(files)} files" if len(files) != 1 else "1 file"


def _table(files: tuple[CachedFile, ...]) -> Table:
    """Make a table of cached files."""
    import datetime as dt

    from rich.table import Table
    from rich.text import Text

    from netwright.memory import format_bytes

    table = Table(box=None)
    table.add_column("source", overflow="fold")
    for name in ("kind", "size", "last used", ""):
        table.add_column(name, no_wrap=True)
    for file in files:
        last = dt.datetime.fromtimestamp(file.last_used, tz=dt.UTC).astimezone()
        source = Text(file.source + (f" ({file.key})" if file.key else ""))
        state = "in use" if file.in_use else ""
        table.add_row(source, file.kind, format_bytes(file.size), f"{last:%Y-%m-%d %H:%M}", state)
    return table
