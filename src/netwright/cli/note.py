"""`netwright note`: a note on a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["note"]


def note(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    text: Annotated[str, typer.Argument(help="The note, in quotes.")],
) -> None:
    """Append a note to notes.md of a run, with the time; netwright lab shows it."""
    from netwright.lab import open_run

    opened = open_run(run, search=True)
    from netwright import workflow

    typer.echo(f"{run / 'notes.md'}: {workflow.note(opened, text)}")
