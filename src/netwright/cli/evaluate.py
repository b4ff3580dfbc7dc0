"""`netwright evaluate`: evaluate a trained network again, or on other files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from netwright.cli._options import OwnFiles, Trust

if TYPE_CHECKING:
    from netwright.cli._screen import Screen
    from netwright.config import Experiment
    from netwright.workflow import AgainstTrees, EvaluatedFiles

__all__ = ["evaluate"]


def evaluate(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    files: Annotated[
        list[str] | None, typer.Argument(help="Other files, or SAMPLE=FILES; default: the run's own.")
    ] = None,
    *,
    own_files: OwnFiles = None,
    no_selection: Annotated[
        bool, typer.Option("--no-selection", help="Evaluate all rows of other files, not only the selected ones.")
    ] = False,
    key: Annotated[str | None, typer.Option(help="Table in other files, if different.")] = None,
    weight: Annotated[
        str | None, typer.Option(help="Weight column of other files, if different from the run's.")
    ] = None,
    against: Annotated[
        Literal["trees"] | None,
        typer.Option(help="Compare with boosted trees, trained on the same rows; needs netwright[trees]."),
    ] = None,
    trust: Trust = False,
) -> None:
    """Measure the performance of a network on its test rows or on other files."""
    from netwright.cli._named_files import are_named, by_name
    from netwright.cli._opened import opened_run, refuse_absent
    from netwright.cli._screen import screen
    from netwright.lab import open_run

    if against is not None and (files or no_selection or key is not None or weight is not None):
        msg = "--against trees compares on the run's own rows: leave out files, --no-selection, --key and --weight"
        raise typer.BadParameter(msg)
    with screen() as show:
        opened = open_run(run, trust=trust) if files else opened_run(run, own_files, trust=trust)
        other_files = by_name(files) if files and opened.experiment.data.samples and are_named(files) else files or None
        refuse_absent(other_files or [])
        from netwright import workflow

        if against is not None:
            _show_against_trees(show, workflow.evaluate_against_trees(opened, own_files=own_files, progress=show))
            return
        evaluated = workflow.evaluate(
            opened,
            other_files,
            own_files=own_files,
            selection=not no_selection,
            key=key,
            weight=weight,
            progress=show,
        )
        _show(show, evaluated, opened.experiment, "Test rows" if not files else f"Rows of {', '.join(files)}")


def _show_against_trees(show: Screen, comparison: AgainstTrees) -> None:
    for head in comparison.heads:
        show.say(comparison.verdict(head))
        if comparison.left_out[head]:
            rows = f"{comparison.left_out[head]:,} training rows of negative weight"
            show.say(f"Note: {head}: the trees were trained without {rows}, which boosting does not support.")
    show.say(f"Written: {comparison.path}")
    show.say(f"Report: {comparison.report}")


def _show(show: Screen, evaluated: EvaluatedFiles, experiment: Experiment, title: str) -> None:
    """Show which rows were evaluated, the metrics of rows not used in training, and those of the others."""
    from netwright.cli._screen import measured_table, parts_line

    if evaluated.selected < evaluated.total:
        show.say(f"Selected: {evaluated.selected:,} of {evaluated.total:,} rows.")
    if evaluated.parts:
        show.say(parts_line(evaluated.parts))
    for remark in evaluated.remarks:
        show.say(f"Note: {remark}")
    show.say(f"Evaluated: {evaluated.rows:,} rows{' not used in the training' if evaluated.parts else ''}.")
    destination = evaluated.path.name if evaluated.path is not None else ""
    if evaluated.measured:
        show.console.print(measured_table(title, evaluated.measured, experiment.targets, destination))
    for part, measured in evaluated.fitted.items():
        if measured:
            show.console.print(
                measured_table(f"Too good, used in training: {part} rows", measured, experiment.targets, destination)
            )
    for head, reason in evaluated.absent.items():
        show.say(f"Not evaluated: {head}: {reason}")
    show.say(f"Results: {evaluated.path}")
