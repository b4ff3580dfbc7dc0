"""`netwright check`: validate an experiment file, open its data, print it resolved."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["check"]


def check(
    experiment: Annotated[Path, typer.Argument(help="Experiment file.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5.")] = None,
) -> None:
    """Validate an experiment, open its data and print it with every default written out."""
    from netwright.cli._opened import opened_experiment
    from netwright.cli._screen import findings_table, screen
    from netwright.cli._yields import yields_table
    from netwright.config import dump_experiment

    with screen() as show:
        loaded = opened_experiment(experiment, set_ or [])
        from netwright import workflow

        found = workflow.check(loaded, progress=show)
        show.say(dump_experiment(found.experiment))
        if found.yields:
            show.console.print(yields_table(map(asdict, found.yields)))
        if found.findings:
            show.console.print(findings_table(found.findings, show.console.width))
        show.say(f"Memory: {found.demand}")
        folds = f"{found.division.folds} folds; of the first: " if found.division.folds > 1 else ""
        sizes = found.division.split(0).parts().items()
        parts = folds + ", ".join(f"{name} {len(numbers):,}" for name, numbers in sizes)
        show.say(f"{experiment} is valid: {found.rows:,} rows of {found.sources} ({parts})")
