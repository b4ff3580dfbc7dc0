"""A command whose messages on wrong usage have a next step."""

from __future__ import annotations

import difflib
import re
from typing import Any

import typer
from typer.core import TyperCommand
from typer.exceptions import TyperException

from netwright.errors import did_you_mean

__all__ = ["Command"]

_NO_VALUE = re.compile(r"Option '(.*)' requires an argument\.")
_MORE = re.compile(r"Got unexpected extra argument")
_EXTRA = re.compile(_MORE.pattern + r".*[\w.]=")
_NO_CHOICE = re.compile(r"(?:Value error, )?('(.*?)' is not one of (.*)\.)")  # as Typer has it


class Command(TyperCommand):
    """A command that says what is missing, names the closest choice, and --set for a key given as an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # its class is private to typer
        """Parse arguments and options.

        Args:
            ctx: context of the call.
            args: words of the command line.

        Returns:
            The remaining words.

        Raises:
            typer.BadParameter: an option is a key of the experiment file, a value is none of the choices, or one is
                missing.
        """
        options = {option for parameter in self.params for option in parameter.opts}
        if "--set" in options:
            for argument in args:
                option = argument.partition("=")[0]
                near = difflib.get_close_matches(option, options, n=1, cutoff=0.9)  # --rows beside --row
                if option.startswith("--") and option not in options and not near and (paths := _paths(option[2:])):
                    msg = f"there is no option {option}; change that value with --set {paths[0]}=VALUE"
                    raise typer.BadParameter(msg, ctx=ctx)
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            if (wrong := _NO_CHOICE.fullmatch(error.message)) is not None:
                message, word, choices = wrong.groups()
                error.message = message + did_you_mean(word, re.findall(r"'(.*?)'", choices))
            elif not error.message and error.param is not None and not error.param.get_missing_message(ctx=error.ctx):
                error.message = getattr(error.param, "help", None) or ""
            raise
        except TyperException as error:
            if (wrong := _NO_VALUE.fullmatch(getattr(error, "message", ""))) is not None:
                (about,) = (getattr(one, "help", None) for one in self.params if wrong[1] in one.opts)
                error.message = f"Option {wrong[1]} takes a value. {about or ''}".rstrip()
            elif hasattr(error, "message"):
                error.message += _about_more_words(error.message, options)
            raise


def _about_more_words(message: str, options: set[str]) -> str:
    """Return how to write what was meant by words that a command does not take; empty where that is not known."""
    if "--set" in options and _EXTRA.match(message):
        return ". --set takes one KEY=VALUE; write it for each: --set KEY=VALUE --set KEY=VALUE."
    if "--values" in options and _MORE.match(message):
        return ". Values are separated by commas: --values 0.1,1,10."
    return ""


def _paths(name: str) -> list[str]:
    """Return the paths of keys with this name."""
    from netwright.config import key_paths

    name = name.replace("-", "_").casefold()
    paths = [path for path in key_paths() if not path.startswith("search.parameters.")]
    return [path for path in paths if name and name in {path, path.rpartition(".")[2]}]
