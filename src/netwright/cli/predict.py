"""`netwright predict`: scores of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import Jobs, OnCluster, Trust

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["predict"]


def predict(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files to score, or SAMPLE=FILES; none for all samples and variations of the run, with -o FOLDER/."
        ),
    ] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="File to write: .parquet, .root, .h5, .csv, .npz or .feather; or a folder, which ends with /, for a "
            "file of scores for each file, in its format.",
        ),
    ] = "scores.parquet",
    *,
    columns: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="COLUMNS", help="Columns to write next to the scores: run,event,pt."),
    ] = None,
    key: Annotated[str | None, typer.Option(help="Table in the files, if different from the run's.")] = None,
    check_onnx: Annotated[
        bool, typer.Option("--check-onnx", help="Compare every score with the exported network, model.onnx.")
    ] = False,
    cluster: OnCluster = None,
    jobs: Jobs = 1,
    trust: Trust = False,
) -> None:
    """Score files: one output row per input row, in order, with file, row number, identity columns and scores."""
    from netwright.cli._named_files import are_named, by_name
    from netwright.cli._opened import refuse_absent
    from netwright.cli._screen import screen
    from netwright.evaluation import check_ending
    from netwright.lab import open_run

    scored = by_name(files) if files and are_named(files) else files
    into_folder = output.endswith("/") or Path(output).is_dir()
    if not into_folder:
        _check_one_file(output, everything=scored is None, cluster=cluster)
    further = [name.strip() for names in columns or [] for name in names.split(",") if name.strip()]
    agreed = ". Each score agrees with that of model.onnx" if check_onnx else ""
    with screen() as show:
        opened = open_run(run, trust=trust)
        refuse_absent(scored if scored is not None else opened.experiment.data.every_file)
        if scored is not None and not into_folder:
            check_ending(Path(output))
        from netwright import workflow

        if scored is None or into_folder:
            written = workflow.predict_each(
                opened, scored, output, columns=further, key=key, check_onnx=check_onnx, cluster=cluster, jobs=jobs,
                progress=show,
            )  # fmt: skip
            show.say(f"Wrote the scores of {_files(written, output)}{agreed}")
        else:
            table = workflow.predict(
                opened, scored, output, columns=further, key=key, check_onnx=check_onnx, progress=show
            )
            for note in _notes(table):
                show.say(note)
            show.say(f"Wrote {output}: {table.num_rows:,} rows, columns {', '.join(table.column_names)}{agreed}")


def _check_one_file(output: str, *, everything: bool, cluster: str | None) -> None:
    """Refuse one file of scores where there are several: of all that a run was made of, or of workers of a cluster."""
    if everything and Path(output).suffix:
        msg = "without files, all samples and variations of the run are scored into a folder. Add -o FOLDER/"
        raise typer.BadParameter(msg)
    if cluster is not None and not everything:
        msg = "workers of a cluster score file by file into a folder. Add -o FOLDER/"
        raise typer.BadParameter(msg)


def _files(written: Sequence[Path], output: str) -> str:
    count = f"{len(written)} file{'s' if len(written) > 1 else ''}"
    return f"{count} to {output}: {', '.join(path.name for path in written[:5])}{', ...' if len(written) > 5 else ''}"


def _notes(table: pa.Table) -> Iterator[str]:
    """Say what the scores of files leave open, and which rows the network knows."""
    from netwright.cli._screen import parts_line

    columns = table.column_names
    if "selected" in columns and table["selected"].null_count:
        yield "Note: for some rows, a column or value needed by the selection is missing: selected is empty there."
    if "split" in columns and table.num_rows:
        counts = sorted((str(count["values"]), count["counts"]) for count in table["split"].value_counts().to_pylist())
        yield parts_line({part: count for part, count in counts if part})  # events without jets are in none
    if "sample" in columns and not all(table["sample"].unique().to_pylist()):
        yield (
            "Note: the files belong to no sample of the run, by path, content or name, so that all rows count as "
            "unseen. If they belong to one, name it: SAMPLE=FILES."
        )
