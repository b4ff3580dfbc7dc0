"""`netwright train`: the complete workflow from an experiment file to a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import Jobs, OnCluster, OwnFiles, Trust
from netwright.errors import ExperimentError
from netwright.file_names import in_command
from netwright.finding import worst_first

if TYPE_CHECKING:
    from netwright.cli._screen import Screen
    from netwright.lab import Run

__all__ = ["EXIT_CODES", "show_result", "train"]

EXIT_CODES = (
    "Exit code: 0 success, 1 error with a message, 2 wrong usage, 85 interrupted by Ctrl-C, SIGTERM or "
    "SIGUSR1 with the state saved (continue with --resume), 130 after a second Ctrl-C. On batch systems: "
    "docs/batch.md."
)


def train(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file; or, with --set, a run to start from.")
    ] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5.")] = None,
    run: Annotated[Path | None, typer.Option(help="Run directory; default: runs/NAME, runs/NAME-2 ...")] = None,
    resume: Annotated[Path | None, typer.Option(help="Resume the training of this run directory.")] = None,
    *,
    finish: Annotated[
        bool, typer.Option("--finish", help="With --resume: evaluate and report the best weights so far instead.")
    ] = False,
    files: OwnFiles = None,
    apply: Annotated[
        str | None,
        typer.Option(help="With a run: write RUN-fixed.yaml with the changes for this finding (or all)."),
    ] = None,
    cluster: OnCluster = None,
    jobs: Jobs = 1,
    trust: Trust = False,
) -> None:
    """Train, evaluate and report a network; Ctrl-C saves the state, and --resume continues."""
    if apply is not None:
        if experiment is None:
            msg = "--apply needs the run directory whose findings it names: netwright train RUN --apply FINDING."
            raise typer.BadParameter(msg)
        _apply(experiment, apply)
        return
    if resume is not None:
        for option, name in ((experiment, "an experiment file"), (set_, "--set"), (run, "--run")):
            if option:
                msg = f"--resume continues the experiment of its run, so it excludes {name}. Remove one of them."
                raise typer.BadParameter(msg)
        _resume(resume, files, finish=finish, cluster=cluster, jobs=jobs, trust=trust)
        return
    if experiment is None:
        msg = "Give an experiment file, or a run directory to resume: --resume RUN."
        raise typer.BadParameter(msg)
    if finish:
        msg = "--finish ends the training of a run, so it needs --resume RUN."
        raise typer.BadParameter(msg)
    if files:
        msg = "--files gives the new location of a run's data, so it needs --resume RUN."
        raise typer.BadParameter(msg)
    _begin(experiment, set_ or [], run, cluster=cluster, jobs=jobs, trust=trust)


def _apply(run: Path, symptom: str) -> None:
    """Write the fixed experiment of a run."""
    from netwright.cli._screen import screen

    with screen() as show:
        from netwright import workflow

        path, prescription = workflow.apply_finding(run, symptom)
        for change in prescription.changes:
            show.say(f"{change}: {change.why}")
        show.say(f"Written: {path}. Train it with: netwright train {in_command(path)}")


def _begin(
    experiment: Path, changes: list[str], run: Path | None, *, cluster: str | None, jobs: int, trust: bool
) -> None:
    """Train an experiment file."""
    from netwright.cli._opened import opened_experiment
    from netwright.cli._screen import findings_table, screen
    from netwright.config import experiment_findings

    parent = experiment if (experiment / "experiment.yaml").is_file() else None
    if parent is not None and not changes:
        msg = (
            f"{experiment} is a run directory. To resume it: netwright train --resume {in_command(experiment)}. To "
            "begin a new run from its experiment, say what is changed: netwright train "
            f"{in_command(experiment)} --set training.learning_rate=0.01"
        )
        raise ExperimentError(msg)
    loaded = opened_experiment(experiment if parent is None else parent / "experiment.yaml", changes)
    with screen() as show:
        from netwright import workflow

        if findings := experiment_findings(loaded):
            show.console.print(findings_table(sorted(findings, key=worst_first), show.console.width))
        trained_run = workflow.train(
            loaded, run=run, parent=parent, cluster=cluster, jobs=jobs, trust=trust, observers=[show], warn=show.warn,
            progress=show,
        )  # fmt: skip
        show_result(show, trained_run)


def _resume(path: Path, files: list[str] | None, *, finish: bool, cluster: str | None, jobs: int, trust: bool) -> None:
    """Resume a run."""
    from netwright.cli._screen import screen
    from netwright.lab import open_to_resume

    run = open_to_resume(path, finish=finish, trust=trust)
    with screen() as show:
        from netwright import workflow

        if not (run.trained or run.has_checkpoints):
            show.say(f"{run.path} has no checkpoint yet: its training restarts in the same directory.")
        show_result(
            show,
            workflow.resume(
                run, finish=finish, own_files=files, cluster=cluster, jobs=jobs, observers=[show], warn=show.warn,
                progress=show,
            ),
        )  # fmt: skip


def show_result(show: Screen, run: Run) -> None:
    """Show how a training ended and the performance of its network.

    Args:
        show: the screen.
        run: the run.
    """
    from netwright.cli._screen import findings_table, measured_table
    from netwright.cli._yields import yields_table
    from netwright.doctor import likeliest
    from netwright.evaluation import as_measured

    show.clear()
    training = run.read_json("training.json")
    members, plan = training["members"], training["plan"]
    ends = ", ".join(dict.fromkeys(member["stopped"] for member in members))
    epochs = ", ".join(str(member["best_epoch"]) for member in members)
    of = f" of {len(members)} members" if len(members) > 1 else ""
    if len(members) > 1:
        tried = ", ".join(f"{strategy} {speed:,.0f}" for strategy, speed in plan["steps_per_second"].items())
        show.say(f"Members were trained {plan['way'].replace('-', ' ')}{f' (steps/s: {tried})' if tried else ''}.")
    show.say(f"Training{of} ended ({ends}); the weights are those of epoch {epochs}.")
    if samples := run.read_json("split.json").get("samples"):
        show.console.print(yields_table(samples))
    measured = as_measured(run.evaluation)["test"]
    show.console.print(measured_table("Test rows", measured, run.experiment.targets))
    show.console.print(findings_table(run.findings, show.console.width))
    if finding := likeliest(run.findings):
        show.say(f"Doctor: {' '.join(part for part in (finding.cause, finding.evidence, finding.remedy) if part)}")
    show.say(f"Report: {run.path / 'report.html'}")
