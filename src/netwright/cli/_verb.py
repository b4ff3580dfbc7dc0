"""A verb of the command line that knows where the values of an experiment are changed."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand

__all__ = ["Verb"]


class Verb(TyperCommand):
    """A command; where it takes --set, a key of the experiment that is given as an option is put right."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # its class is private to typer
        """Read arguments and options.

        Args:
            ctx: of this call.
            args: words of the command line.

        Returns:
            Words that are left.

        Raises:
            typer.BadParameter: an option is a key of the experiment file.
        """
        known = {option for parameter in self.params for option in parameter.opts}
        if "--set" in known:
            for word in args:
                option = word.partition("=")[0]
                if option.startswith("--") and option not in known and (paths := _paths(option[2:])):
                    msg = f"there is no option {option}; change that value with --set {paths[0]}=VALUE"
                    raise typer.BadParameter(msg, ctx=ctx)
        return super().parse_args(ctx, args)


def _paths(name: str) -> list[str]:
    """Return the paths of keys that are called so."""
    from netwright.config import key_paths

    name = name.replace("-", "_").casefold()
    return [path for path in key_paths() if name and name in {path, path.rpartition(".")[2]}]
