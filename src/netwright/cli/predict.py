"""`netwright predict`: scores of files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import Trust

__all__ = ["predict"]


def predict(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    files: Annotated[list[str], typer.Argument(help="Files to score.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .parquet, .root, .h5, .csv or .npz.")
    ] = Path("scores.parquet"),
    *,
    trust: Trust = False,
) -> None:
    """Write one row per input row, in input order: its file and row number, identity columns, and a column per head."""
    from netwright.cli._screen import screen

    with screen() as show:
        from netwright import workflow

        table = workflow.predict(run, files, output, trust=trust, progress=show)
        if "selected" in table.column_names and table["selected"].null_count:
            show.say(
                "Note: for some rows, a column or value needed by the selection is missing: selected is empty there."
            )
        show.say(f"Wrote {output}: {table.num_rows:,} rows, columns {', '.join(table.column_names)}")
