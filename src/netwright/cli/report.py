"""`netwright report`: figures and report of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import Trust

__all__ = ["report"]


def report(run: Annotated[Path, typer.Argument(help="Run directory.")], *, trust: Trust = False) -> None:
    """Redraw the figures of a run and rewrite its report."""
    from netwright.cli._screen import screen
    from netwright.lab import open_run

    with screen() as show:
        opened = open_run(run, trust=trust)
        from netwright import workflow

        show.say(f"Report: {workflow.report(opened, progress=show)}")
