"""`netwright evaluate`: judge a trained network again, or on other files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import Trust

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    files: Annotated[list[str] | None, typer.Argument(help="Other files; the run's own if not given.")] = None,
    *,
    trust: Trust = False,
) -> None:
    """Measure how good a network is, on its test rows or on every row of other files."""
    from netwright.cli._screen import measured_table, screen

    with screen() as show:
        from netwright import workflow
        from netwright.lab import open_run

        opened = open_run(run, trust=trust)
        judged = workflow.evaluate(opened, files, progress=show)
        title = "Test rows" if files is None else f"{judged.rows:,} rows of {', '.join(files)}"
        show.console.print(measured_table(title, judged.measured, opened.experiment.targets))
        for head, why in judged.absent.items():
            show.say(f"Not judged: {head}: {why}")
