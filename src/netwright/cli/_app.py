"""The command line as a whole: verbs, version, and what happens to errors."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from netwright._version import __version__
from netwright.cli.check import check
from netwright.cli.demo import demo
from netwright.cli.evaluate import evaluate
from netwright.cli.export import export
from netwright.cli.find_rate import find_rate
from netwright.cli.generate import generate
from netwright.cli.init import init
from netwright.cli.inspect import inspect
from netwright.cli.predict import predict
from netwright.cli.report import report
from netwright.cli.train import EXIT_CODES, INTERRUPTED, train
from netwright.errors import NetwrightError, TrainingInterruptedError

__all__ = ["app", "main"]

app = typer.Typer(
    name="netwright",
    help="From labelled collision events to a neural network that you can trust.",
    epilog="Begin with: netwright demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"netwright {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[  # acts as soon as it is read
        bool, typer.Option("--version", help="Show the version and leave.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """From labelled collision events to a neural network that you can trust."""


for verb in (init, check, inspect, generate, find_rate, train, evaluate, predict, export, report, demo):
    app.command(epilog=EXIT_CODES if verb is train else None)(verb)


def main() -> None:
    """Run the command line.

    Exit code 0 where all went well, 1 for what the user can mend (a message, no traceback), 2 for wrong usage,
    85 where a training was interrupted and can go on, 130 after Ctrl-C elsewhere or a second one.
    """
    try:
        app()
    except TrainingInterruptedError as error:
        typer.echo(str(error), err=True)
        sys.exit(INTERRUPTED)
    except NetwrightError as error:
        typer.secho("Error: ", fg="red", bold=True, nl=False, err=True)
        typer.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        typer.secho("Error: ", fg="red", bold=True, nl=False, err=True)
        typer.echo(f"{error}. Look at the disk, the path and its permissions.", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.echo("\nInterrupted.", err=True)
        sys.exit(130)
