"""The command line: one thin file per command; heavy modules are imported only when they are needed."""

from __future__ import annotations

import gc

from netwright.cli._ending import exits_with_message
from netwright.optional_imports import skip_optional_imports

__all__ = ["main"]

_OBJECTS = 10_000  # new ones before Python looks for garbage; by its own 700 a small training takes a tenth longer


def main() -> None:
    """Run the command line; errors end with a message and an exit code, from the first import on."""
    gc.set_threshold(_OBJECTS)
    skip_optional_imports()
    with exits_with_message():
        from netwright.cli._app import app

        app()
