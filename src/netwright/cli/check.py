"""`netwright check`: validate an experiment file, open its data, print it resolved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from netwright.config import Experiment
    from netwright.data import Description, Moments

__all__ = ["check"]

_OF_PARTICLES = ("raw", "constituents", "objects", "pairs")  # some of which a row may lack


def check(
    experiment: Annotated[Path, typer.Argument(help="Experiment file.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5.")] = None,
) -> None:
    """Validate an experiment, open its data and print it with every default written out."""
    from netwright.cli._screen import screen
    from netwright.config import dump_experiment, load_experiment, remarks
    from netwright.data import describe
    from netwright.workflow import divide_rows, load_rows

    loaded = load_experiment(experiment, set_ or [])
    with screen() as show:
        dataset, rows = load_rows(loaded, progress=show)
        division = divide_rows(dataset, rows, loaded)
        split = division.split(0)
        description = describe(rows, split, loaded, name_row=dataset.locate)
        show.say(dump_experiment(loaded))
        for remark in [*dataset.remarks, *remarks(loaded), *_constants(description), *_missing(loaded, description)]:
            show.say(f"Note: {remark}")
        folds = f"{division.folds} folds; of the first: " if division.folds > 1 else ""
        parts = folds + ", ".join(f"{name} {len(numbers):,}" for name, numbers in split.parts().items())
        show.say(f"{experiment} is well: {len(rows):,} rows of {dataset.named_sources()} ({parts})")


def _constants(description: Description) -> Iterator[str]:
    """Name the features that have one value in all training rows."""
    groups = dict(description.numeric)
    for name, kinds in description.four_vectors.items():
        groups |= {f"{name} ({kind})": moments for kind, moments in kinds.items()}
    for name, moments in groups.items():
        if moments.constant:
            yield f"inputs.{name}: {', '.join(moments.constant)} has one value only and says nothing"


def _missing(experiment: Experiment, description: Description) -> Iterator[str]:
    """Say where the network puts what is missing, in deviations."""
    from netwright.data.missing import missing_positions

    for name, group in experiment.inputs.items():
        kinds: dict[str, Moments] = {}
        if group.kind == "categorical":
            continue
        if group.kind == "numeric":
            kinds = {} if group.missing is False else {name: description.numeric[name]}
        else:
            kinds = {kind: m for kind, m in description.four_vectors[name].items() if kind in _OF_PARTICLES}
        for kind, moments in kinds.items():
            places = missing_positions(moments)
            listed = ", ".join(f"{feature} {place:+.1f}" for feature, place in zip(moments.names, places, strict=True))
            what = f"inputs.{name}" if kind == name else f"inputs.{name} ({kind})"
            yield f"{what}: what is missing is encoded, in deviations, at {listed}"
