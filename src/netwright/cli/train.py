"""`netwright train`: the whole way from an experiment file to a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from netwright.cli._screen import Screen
    from netwright.lab import Run

__all__ = ["show_result", "train"]


def train(
    experiment: Annotated[Path, typer.Argument(help="Experiment file.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5.")] = None,
    run: Annotated[Path | None, typer.Option(help="Run directory; runs/NAME, runs/NAME-2 ... if not given.")] = None,
) -> None:
    """Train, evaluate and report a network; Ctrl-C ends cleanly with the best weights so far."""
    from netwright.cli._screen import screen
    from netwright.config import load_experiment, remarks

    loaded = load_experiment(experiment, set_ or [])
    with screen() as show:
        from netwright import workflow

        for remark in remarks(loaded):
            show.say(f"Note: {remark}")
        show_result(show, workflow.train(loaded, run=run, observers=[show], progress=show))


def show_result(show: Screen, run: Run) -> None:
    """Show how a training ended and what its network is worth.

    Args:
        show: the screen.
        run: the run.
    """
    from netwright.cli._screen import measured_table
    from netwright.lab import as_measured

    members = run.read_json("training.json")["members"]
    ends = ", ".join(dict.fromkeys(member["stopped"] for member in members))
    epochs = ", ".join(str(member["best_epoch"]) for member in members)
    of = f" of {len(members)} members" if len(members) > 1 else ""
    for remark in dict.fromkeys(remark for member in members for remark in member["remarks"]):
        show.say(f"Note: {remark}")
    show.say(f"Training{of} ended ({ends}); the weights are those of epoch {epochs}.")
    measured = as_measured(run.evaluation)["test"]
    show.console.print(measured_table("Test rows", measured, run.experiment.targets))
    show.say(f"Report: {run.path / 'report.html'}")
