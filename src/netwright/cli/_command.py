"""A command whose messages on wrong usage have a next step."""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand

from netwright.errors import did_you_mean

__all__ = ["Command"]

_NO_CHOICE = re.compile(r"(?:Value error, )?('(.*?)' is not one of (.*)\.)")  # as Typer has it


class Command(TyperCommand):
    """A command that names the closest choice for a misspelt one, and --set for a key given as an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # its class is private to typer
        """Parse arguments and options.

        Args:
            ctx: context of the call.
            args: words of the command line.

        Returns:
            The remaining words.

        Raises:
            typer.BadParameter: an option is a key of the experiment file, or a value is none of the choices.
        """
        options = {option for parameter in self.params for option in parameter.opts}
        if "--set" in options:
            for argument in args:
                option = argument.partition("=")[0]
                if option.startswith("--") and option not in options and (paths := _paths(option[2:])):
                    msg = f"there is no option {option}; change that value with --set {paths[0]}=VALUE"
                    raise typer.BadParameter(msg, ctx=ctx)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if (wrong := _NO_CHOICE.fullmatch(error.message)) is not None:
                message, word, choices = wrong.groups()
                error.message = message + did_you_mean(word, re.findall(r"'(.*?)'", choices))
            raise


def _paths(name: str) -> list[str]:
    """Return the paths of keys with this name."""
    from netwright.config import key_paths

    name = name.replace("-", "_").casefold()
    return [path for path in key_paths() if name and name in {path, path.rpartition(".")[2]}]
