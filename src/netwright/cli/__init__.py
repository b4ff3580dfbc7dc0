"""The command line: one thin file a verb; nothing heavy is imported before it is needed."""

from netwright.cli._app import main

__all__ = ["main"]
