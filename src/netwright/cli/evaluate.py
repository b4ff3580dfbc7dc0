"""`netwright evaluate`: judge a trained network again, or on other files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import OwnFiles, Trust

if TYPE_CHECKING:
    from netwright.cli._screen import Screen
    from netwright.config import Experiment
    from netwright.workflow import JudgedFiles

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    files: Annotated[list[str] | None, typer.Argument(help="Other files; the run's own if not given.")] = None,
    *,
    own_files: OwnFiles = None,
    no_selection: Annotated[
        bool, typer.Option("--no-selection", help="Judge all rows of other files, not the selected ones.")
    ] = False,
    key: Annotated[str | None, typer.Option(help="Table in other files, if another.")] = None,
    weight: Annotated[
        str | None, typer.Option(help="Weight of other files, if another column than that of the run.")
    ] = None,
    trust: Trust = False,
) -> None:
    """Measure how good a network is, on its test rows or on other files, apart from rows that it was fitted to."""
    from netwright.cli._screen import screen

    with screen() as show:
        from netwright import workflow
        from netwright.lab import open_run

        opened = open_run(run, trust=trust)
        judged = workflow.evaluate(
            opened,
            files or None,
            own_files=own_files,
            selection=not no_selection,
            key=key,
            weight=weight,
            progress=show,
        )
        _show(show, judged, opened.experiment, "Test rows" if not files else f"Rows of {', '.join(files)}")


def _show(show: Screen, judged: JudgedFiles, experiment: Experiment, what: str) -> None:
    """Show which rows were judged, what was measured on those that were not fitted, and the others beside."""
    from netwright.cli._screen import measured_table

    if judged.selected < judged.total:
        show.say(f"Selected: {judged.selected:,} of {judged.total:,} rows.")
    if judged.parts:
        show.say("Known to the network: " + ", ".join(f"{part} {rows:,}" for part, rows in judged.parts.items()) + ".")
    for remark in judged.remarks:
        show.say(f"Note: {remark}")
    show.say(f"Judged: {judged.rows:,} rows{' that the network was not fitted to' if judged.parts else ''}.")
    others = judged.path.name if judged.path is not None else ""
    if judged.measured:
        show.console.print(measured_table(what, judged.measured, experiment.targets, others))
    for part, measured in judged.fitted.items():
        if measured:
            show.console.print(measured_table(f"Too good: {part} rows", measured, experiment.targets, others))
    for head, why in judged.absent.items():
        show.say(f"Not judged: {head}: {why}")
    show.say(f"Written: {judged.path}")
