"""`netwright export`: a network as ONNX."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import OwnFiles, Trust

__all__ = ["export"]


def export(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="ONNX file to write; default: model.onnx in the run.")
    ] = None,
    *,
    own_files: OwnFiles = None,
    no_check: Annotated[
        bool, typer.Option("--no-check", help="Skip the check, so that the data is not needed.")
    ] = False,
    trust: Trust = False,
) -> None:
    """Write the network as ONNX and compare it with the network on test rows."""
    from netwright.cli._opened import opened_run
    from netwright.cli._screen import screen
    from netwright.lab import open_run

    with screen() as show:
        opened = open_run(run, trust=trust) if no_check else opened_run(run, own_files, trust=trust)
        from netwright import workflow

        check = workflow.export(opened, output, own_files=own_files, check=not no_check, progress=show)
        if no_check:
            show.say(f"Wrote {check.path}")
            show.say("Note: it was not compared with the network: the check on test rows was skipped (--no-check).")
            return
        show.say(
            f"Wrote {check.path}: agrees with the network on {check.rows:,} test rows, "
            f"largest relative difference {check.largest_difference:.1e}"
        )
