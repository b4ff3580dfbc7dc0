"""`netwright watch`: the live page of runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["watch"]


def watch(
    folder: Annotated[Path, typer.Argument(help="Folder of runs, or one run.")] = Path("runs"),
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: a free one.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    """Show runs live in the browser: losses, layers, the doctor's findings; stop with Ctrl-C."""
    from netwright import workflow

    workflow.watch(folder, port=port, browser=not no_browser, say=typer.echo)
