"""Options that several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["OwnFiles", "Trust"]

OwnFiles = Annotated[
    list[str] | None,
    typer.Option("--files", help="Where a file of the run is now, if its data has moved; once for each file."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Trust the modules of own layers that are named, on this machine from now on.")
]
