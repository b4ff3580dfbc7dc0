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

_SAID = {
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

        found = workflow.limit(opened, result=result, own_files=own_files, progress=show)
        show.console.print(_table(found))
        for line in (*_about(found), *(f"Note: {remark}" for remark in found.inference.remarks)):
            show.say(line)
        show.say(f"Written: {found.path}, {found.folder}/ (workspace.json, datacard.txt, shapes.root)")
        show.say(f"Report: {found.report}")


def _table(found: RunInference) -> Table:
    """Return limits and significances as a table."""
    from rich.table import Table

    table = Table("expected", "value", title="Result, test rows", title_justify="left")
    for name, measured in found.inference.results.items():
        table.add_row(_SAID[name].format(level=100 * found.section.confidence_level), str(measured))
    return table


def _about(found: RunInference) -> Iterator[str]:
    """Describe the table: bands, cross section, bins and yields."""
    from netwright.config import femtobarns

    inference, section = found.inference, found.section
    low, high = inference.limit.limits[1], inference.limit.limits[3]
    yield f"Background alone gives limits from {low:.3g} to {high:.3g} in 68% of experiments."
    cross_section = section.processes[found.signal].cross_section
    if cross_section is not None:
        limit_fb = femtobarns(cross_section) * inference.limit.median
        yield f"μ = 1 is the cross section of {found.signal}, {cross_section}; the limit is {limit_fb:.3g} fb."
    channel = inference.channel
    yields = ", ".join(f"{one.name} {one.yields.total:.4g}" for one in channel.processes)
    yield f"{channel.bins} bins ({section.binning}, chosen on validation rows); expected events: {yields}."
