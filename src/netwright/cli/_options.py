"""Options that several verbs have."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Trust"]

Trust = Annotated[
    bool, typer.Option("--trust", help="Trust the modules of own layers that are named, on this machine from now on.")
]
