"""`netwright report`: figures and report of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import Trust

__all__ = ["report"]


def report(run: Annotated[Path, typer.Argument(help="Run directory.")], *, trust: Trust = False) -> None:
    """Draw the figures of a run again and write its report."""
    from netwright.cli._screen import screen

    with screen() as show:
        from netwright import workflow

        show.say(f"Report: {workflow.report(run, trust=trust, progress=show)}")
