"""`netwright playground`: small networks that learn while one looks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["playground"]


def playground(
    file: Annotated[
        Path | None, typer.Argument(help="Your own points: two columns of numbers, and a label with two values.")
    ] = None,
    *,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; default: a free one.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder for the experiments that you take home.")] = Path("playground"),
) -> None:
    """Open a page where small networks learn points in a plane, with all settings."""
    from netwright import workflow

    workflow.playground(file, port=port, browser=not no_browser, folder=folder, say=typer.echo)
