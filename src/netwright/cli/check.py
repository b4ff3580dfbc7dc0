"""`netwright check`: validate an experiment file, open its data, and print what is found."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["check"]


def check(
    experiment: Annotated[Path, typer.Argument(help="Experiment file.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5.")] = None,
    *,
    defaults: Annotated[
        bool, typer.Option("--defaults", help="Print the experiment first, with every default written out.")
    ] = False,
) -> None:
    """Validate an experiment, open its data and say what is wrong, with its rows and memory."""
    from netwright.cli._opened import opened_experiment
    from netwright.cli._screen import findings_table, screen
    from netwright.cli._yields import yields_table
    from netwright.config import dump_experiment

    with screen() as show:
        loaded = opened_experiment(experiment, set_ or [])
        from netwright import workflow

        checked = workflow.check(loaded, progress=show)
        if defaults:
            show.say(dump_experiment(checked.experiment))
        if checked.yields:
            show.console.print(yields_table(map(asdict, checked.yields)))
        if checked.findings:
            show.console.print(findings_table(checked.findings, show.console.width))
        show.say(f"Memory: {checked.demand}")
        folds = f"{checked.division.folds} folds; of the first: " if checked.division.folds > 1 else ""
        sizes = checked.division.split(0).parts().items()
        parts = folds + ", ".join(f"{name} {len(numbers):,}" for name, numbers in sizes)
        show.say(f"{experiment} is valid: {checked.rows:,} rows of {checked.sources} ({parts})")
