"""A verb of the command line that explains how to change the values of an experiment."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand

__all__ = ["Verb"]


class Verb(TyperCommand):
    """A command; if it takes --set, it points out the right form for a key of the experiment given as an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # its class is private to typer
        """Parse arguments and options.

        Args:
            ctx: context of the call.
            args: words of the command line.

        Returns:
            The remaining words.

        Raises:
            typer.BadParameter: an option is a key of the experiment file.
        """
        options = {option for parameter in self.params for option in parameter.opts}
        if "--set" in options:
            for argument in args:
                option = argument.partition("=")[0]
                if option.startswith("--") and option not in options and (paths := _paths(option[2:])):
                    msg = f"there is no option {option}; change that value with --set {paths[0]}=VALUE"
                    raise typer.BadParameter(msg, ctx=ctx)
        return super().parse_args(ctx, args)


def _paths(name: str) -> list[str]:
    """Return the paths of keys with this name."""
    from netwright.config import key_paths

    name = name.replace("-", "_").casefold()
    return [path for path in key_paths() if name and name in {path, path.rpartition(".")[2]}]
