"""The command line: one thin file per verb; heavy modules are imported only when they are needed."""

from __future__ import annotations

from netwright.cli._ending import ended_in_words

__all__ = ["main"]


def main() -> None:
    """Run the command line; errors end with a message and an exit code, from the first import on."""
    with ended_in_words():
        from netwright.cli._app import app

        app()
