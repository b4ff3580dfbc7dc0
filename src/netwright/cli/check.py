"""`netwright check`: validate an experiment file, open its data, print it resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["check"]


def check(
    experiment: Annotated[Path, typer.Argument(help="Experiment file.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5.")] = None,
) -> None:
    """Validate an experiment, open its data and print it with every default written out."""
    from netwright.cli._screen import screen
    from netwright.config import dump_experiment, load_experiment
    from netwright.data import describe, split_by_identity
    from netwright.workflow import load_rows

    loaded = load_experiment(experiment, set_ or [])
    with screen() as show:
        dataset, rows = load_rows(loaded, progress=show)
        split = split_by_identity(rows.identity, loaded.split)
        description = describe(rows, split, loaded)
        show.say(dump_experiment(loaded))
        for name, moments in {**description.numeric, **description.constituents}.items():
            if moments.constant:
                show.say(f"Note: inputs.{name}: {', '.join(moments.constant)} has one value only and says nothing")
        parts = ", ".join(f"{name} {len(numbers):,}" for name, numbers in split.parts().items())
        show.say(f"{experiment} is well: {len(rows):,} rows of {dataset.named_sources()} ({parts})")
