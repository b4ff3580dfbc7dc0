"""`netwright export`: a network as ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import Trust

__all__ = ["export"]


def export(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="ONNX file to write; model.onnx in the run if not given.")
    ] = None,
    *,
    trust: Trust = False,
) -> None:
    """Write the network as ONNX and check it against the network on test rows."""
    from netwright.cli._screen import screen

    with screen() as show:
        from netwright import workflow

        check = workflow.export(run, output, trust=trust, progress=show)
        show.say(
            f"Wrote {check.path}: agrees with the network on {check.rows:,} test rows, "
            f"largest relative difference {check.largest_difference:.1e}"
        )
