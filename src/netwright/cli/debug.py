"""`netwright debug`: every layer at one row or one batch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import OwnFiles, Trust

__all__ = ["debug"]


def debug(
    source: Annotated[Path, typer.Argument(help="Experiment file (initial weights) or run directory.")],
    *,
    row: Annotated[int | None, typer.Option(help="Number of a row, from 0.")] = None,
    batch: Annotated[int | None, typer.Option(help="Number of a batch of the first epoch, from 1; default: 1.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a value of an experiment file: training.batch_size=8.")
    ] = None,
    files: OwnFiles = None,
    trust: Trust = False,
) -> None:
    """Show the output of every layer for one row or batch, with the gradients of the loss."""
    from netwright.cli._opened import opened_source
    from netwright.cli._screen import screen

    if row is not None and batch is not None:
        msg = "--row and --batch exclude each other. Remove one of them."
        raise typer.BadParameter(msg)
    if set_ and source.is_dir():
        msg = f"--set changes an experiment file, but {source} is a directory. Name the file, or leave --set out."
        raise typer.BadParameter(msg)
    with screen() as show:
        opened = opened_source(source, set_ or [], files, trust=trust)
        from netwright import workflow

        debugged = workflow.debug(opened, row=row, batch=batch, own_files=files, trust=trust, progress=show)
        show.clear()
        for change in debugged.changes:
            show.say(f"The data has changed since the training: {change}.")
        show.say(str(debugged))
