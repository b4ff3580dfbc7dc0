"""The command line: one thin file a verb; nothing heavy is imported before it is needed."""

from __future__ import annotations

from netwright.cli._ending import ended_in_words

__all__ = ["main"]


def main() -> None:
    """Run the command line; it ends with a sentence and an exit code, from its first import on."""
    with ended_in_words():
        from netwright.cli._app import app

        app()
