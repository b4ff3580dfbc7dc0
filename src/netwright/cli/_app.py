"""The command line as a whole: its commands and its version."""

from __future__ import annotations

import inspect as python
from typing import Annotated

import typer

from netwright._version import __version__
from netwright.cli._address_space import check_address_space
from netwright.cli._command import Command
from netwright.cli.cache import cache
from netwright.cli.check import check
from netwright.cli.compare import compare
from netwright.cli.debug import debug
from netwright.cli.demo import demo
from netwright.cli.evaluate import evaluate
from netwright.cli.examine import examine
from netwright.cli.export import export
from netwright.cli.find_rate import find_rate
from netwright.cli.generate import generate
from netwright.cli.init import init
from netwright.cli.inspect import inspect
from netwright.cli.lab import lab
from netwright.cli.limit import limit
from netwright.cli.note import note
from netwright.cli.playground import playground
from netwright.cli.predict import predict
from netwright.cli.report import report
from netwright.cli.scan import scan
from netwright.cli.search import search
from netwright.cli.train import EXIT_CODES, train
from netwright.cli.watch import watch

__all__ = ["app"]

_COMPILING = {"find-rate", "train", "evaluate", "examine", "debug", "predict", "export", "limit", "scan", "search",
              "demo", "playground"}  # fmt: skip

app = typer.Typer(
    name="netwright",
    help="From labelled collision events to a neural network that you can trust.",
    epilog="Start with: netwright demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"netwright {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    *,
    version: Annotated[  # acts as soon as it is read
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """From labelled collision events to a neural network that you can trust."""
    del version
    if context.invoked_subcommand in _COMPILING:
        check_address_space()


_MAKING = (init, check, inspect, generate, find_rate, train)
_USING = (examine, debug, evaluate, predict, limit, scan, search, export, report)
_KEEPING = (lab, note, compare, watch, cache, playground, demo)
for command in (*_MAKING, *_USING, *_KEEPING):
    first_line = (python.getdoc(command) or "").partition("\n")[0]  # whole, where click would cut it
    app.command(cls=Command, short_help=first_line, epilog=EXIT_CODES if command is train else None)(command)
