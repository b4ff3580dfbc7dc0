"""`netwright inspect`: what is in the columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["inspect"]


def inspect(
    files: Annotated[list[str], typer.Argument(help="An experiment file, or files with rows.")],
    key: Annotated[str | None, typer.Option(help="TTree or HDF5 dataset, where a file has several.")] = None,
) -> None:
    """Show what is in the columns of an experiment or of files."""
    from rich.table import Table

    from netwright.cli._screen import screen
    from netwright.config import load_experiment
    from netwright.data import read
    from netwright.data.inspect import summarise
    from netwright.lab import open_data

    with screen() as show:
        if len(files) == 1 and Path(files[0]).suffix in {".yaml", ".yml"}:
            experiment = load_experiment(files[0])
            dataset = open_data(experiment, progress=show).derive(experiment.data.derived)
            if experiment.data.selection:
                dataset = dataset.select(experiment.data.selection)
        else:
            dataset = read(list(files), key=key, progress=show)
        table = Table("column", "type", "shape", "min", "mean", "std", "max", "missing", "values", box=None)
        for column in summarise(dataset):
            shape = ", ".join("any" if size is None else str(size) for size in column.shape)
            numbers = [
                "" if number is None else f"{number:.5g}"
                for number in (column.minimum, column.mean, column.std, column.maximum)
            ]
            values = " ".join(str(value) for value in column.values[:8]) + (" ..." if len(column.values) > 8 else "")
            missing = f"{column.missing:,}" if column.missing else ""
            table.add_row(column.name, column.type, shape, *numbers, missing, values)
        show.console.print(table)
        show.say(f"{dataset.rows:,} rows, {len(dataset.names)} columns, {dataset.named_sources()}")
