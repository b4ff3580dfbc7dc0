"""`netwright limit`: expected upper limit and significance of a trained network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import OwnFiles, Trust

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.workflow import RunInference

__all__ = ["limit"]

_LABELS = {
    "limit": "upper limit on μ, {level:.4g}% CL",
    "discovery": "discovery, full likelihood [σ]",
    "asimov_with_uncertainty": "Asimov formula, σ_b included [σ]",
    "asimov": "Asimov formula, no σ_b [σ]",
    "simple": "s/√b [σ]",
}


def limit(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    *,
    result: Annotated[
        Path | None, typer.Option(help="YAML file with a section result; default: that of the run.")
    ] = None,
    own_files: OwnFiles = None,
    trust: Trust = False,
) -> None:
    """Compute the expected upper limit and significance of the signal, with workspace, datacard and figures."""
    from netwright.cli._opened import opened_run
    from netwright.cli._screen import screen
    from netwright.config import load_result

    with screen() as show:
        opened = opened_run(run, own_files, trust=trust)
        if result is not None:
            load_result(result, opened.experiment)  # its mistakes, before the import of the network
        from netwright import workflow

        inference = workflow.limit(opened, result=result, own_files=own_files, progress=show)
        show.console.print(_table(inference))
        for line in (*_about(inference), *(f"Note: {remark}" for remark in inference.inference.remarks)):
            show.say(line)
        show.say(f"Written: {inference.path}, {inference.folder}/ (workspace.json, datacard.txt, shapes.root)")
        show.say(f"Report: {inference.report}")


def _table(inference: RunInference) -> Table:
    """Return limits and significances as a table."""
    from rich.table import Table

    table = Table("expected", "value", title="Result, test rows", title_justify="left")
    for name, measured in inference.inference.results.items():
        table.add_row(_LABELS[name].format(level=100 * inference.section.confidence_level), str(measured))
    return table


def _about(run_inference: RunInference) -> Iterator[str]:
    """Describe the table: bands, cross section, bins, yields and systematics."""
    from netwright.config import femtobarns

    inference, section = run_inference.inference, run_inference.section
    low, high = inference.limit.limits[1], inference.limit.limits[3]
    yield f"Background alone gives limits from {low:.3g} to {high:.3g} in 68% of experiments."
    cross_section = section.processes[run_inference.signal].cross_section
    if cross_section is not None:
        limit_fb = femtobarns(cross_section) * inference.limit.median
        yield f"μ = 1 is the cross section of {run_inference.signal}, {cross_section}; the limit is {limit_fb:.3g} fb."
    channel = inference.channel
    yields = ", ".join(f"{process.name} {process.yields.total:.4g}" for process in channel.processes)
    yield f"{channel.bins} bins ({section.binning}, chosen on validation rows); expected events: {yields}."
    moved = [
        f"{', '.join(names)} ({what})"
        for what, names in (("yields", channel.norms), ("templates", channel.shapes))
        if names
    ]
    yield f"Systematics: {'; '.join(moved) or 'none; name them in result.systematics'}."
