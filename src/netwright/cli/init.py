"""`netwright init`: look into files and write a commented experiment file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["init"]


def init(
    files: Annotated[list[str], typer.Argument(help="Files with rows: npz, HDF5, Parquet, ROOT or CSV.")],
    target: Annotated[str, typer.Option(help="Column that the network shall say.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Experiment file to write.")] = Path("experiment.yaml"),
    key: Annotated[str | None, typer.Option(help="TTree or HDF5 dataset, where a file has several.")] = None,
) -> None:
    """Look into the data and write a commented experiment file."""
    import os

    from netwright.cli._screen import screen
    from netwright.config import commented_experiment, parse_experiment
    from netwright.data import read
    from netwright.data.guess import guess_experiment
    from netwright.errors import ExperimentError

    if output.exists():
        msg = f"{output} exists and is not written over. Name another file with --output, or remove it."
        raise ExperimentError(msg)
    with screen() as show:
        dataset = read(list(files), key=key, progress=show)
        name = Path(files[0]).stem.replace("*", "").strip("_-. ") or "experiment"
        folder = output.parent.resolve()
        shown = [os.path.relpath(Path(file).resolve(), folder) for file in files]
        content, remarks = guess_experiment(dataset, target, shown, name)
        remarks = [*dataset.remarks, *remarks]
        content["data"]["key"] = key
        experiment = parse_experiment(content, folder=folder)
        data = experiment.data.model_copy(update={"files": shown})
        text = commented_experiment(experiment.model_copy(update={"data": data}), remarks=remarks)
        output.write_text(text, encoding="utf-8")
        for remark in remarks:
            show.say(f"Note: {remark}")
        show.say(f"{dataset.rows:,} rows, {len(dataset.names)} columns. Wrote {output}: look it over, then")
        show.say(f"  netwright check {output}\n  netwright train {output}")
