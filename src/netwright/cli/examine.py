"""`netwright examine`: the doctor's verdict on a run or an experiment, with its evidence."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import OwnFiles, Trust

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.doctor import VitalsRecord

__all__ = ["examine"]


def examine(
    source: Annotated[Path, typer.Argument(help="Run directory, or experiment file before its training.")],
    *,
    files: OwnFiles = None,
    trust: Trust = False,
) -> None:
    """Diagnose a training, or an experiment before it: what is wrong, why, and what to do."""
    from netwright.cli._opened import opened_source
    from netwright.cli._screen import findings_table, screen

    with screen() as show:
        opened = opened_source(source, files=files, trust=trust)
        from netwright import workflow
        from netwright.doctor import likeliest

        examination = workflow.examine(opened, own_files=files, trust=trust, progress=show)
        show.clear()
        for change in examination.changes:
            show.say(f"The data has changed since the training: {change}.")
        for record in examination.vitals:
            show.console.print(_layers(record, named=len(examination.vitals) > 1))
        if examination.findings:
            show.console.print(findings_table(examination.findings, show.console.width))
        finding = likeliest(examination.findings)
        show.say(
            f"Doctor: {finding.cause or finding.evidence}"
            if finding
            else "Doctor: nothing is wrong before the training."
        )


def _layers(record: VitalsRecord, *, named: bool) -> Table:
    """Return the layers of a network as a table."""
    from rich.table import Table

    title = f"Layers of member {record.member}" if named else "Layers"
    table = Table(title=title, title_justify="left", box=None)
    for column in ("layer", "weights", "90% within", "output mean", "deviation", "dead", "saturated"):
        table.add_column(column, justify="left" if column == "layer" else "right", overflow="fold")
    for layer in record.layers:
        within = f"{layer.quantiles[1]:.3g} to {layer.quantiles[5]:.3g}" if layer.quantiles else ""
        outputs = [f"{layer.mean:.3g}", f"{layer.deviation:.3g}", f"{layer.dead:.0%}", f"{layer.saturated:.0%}"]
        weights = "" if isnan(layer.weight) else f"{layer.weight:.3g}"
        table.add_row(layer.name, weights, within, *(outputs if not isnan(layer.mean) else [""] * len(outputs)))
    return table
