"""Options shared by several verbs."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["OwnFiles", "Trust"]

OwnFiles = Annotated[
    list[str] | None,
    typer.Option("--files", help="New path of a file of the run, if its data has moved; repeat for each file."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Trust the named modules with custom layers, on this machine from now on.")
]
