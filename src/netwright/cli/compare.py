"""`netwright compare`: what differs between runs, and how sure the difference of their results is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import Trust

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.labbook import RunPair

__all__ = ["compare"]

_MAX_CHANGES = 20  # changes on the screen


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Run directories; all are compared with the first.")],
    *,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="HTML page to write.")] = None,
    trust: Trust = False,
) -> None:
    """Compare runs: settings, data, versions, and metrics on the same test rows with their significance."""
    from netwright.cli._screen import screen
    from netwright.lab import open_run

    with screen() as show:
        opened = [open_run(run, trust=trust) for run in runs]
        from netwright import workflow

        compared = workflow.compare(opened, output=output, progress=show)
        show.clear()
        for name, pair in zip(compared.names[1:], compared.pairs, strict=True):
            show.say(f"{name} against {compared.names[0]}")
            for change in pair.changed[:_MAX_CHANGES]:
                show.say(f"  {change}")
            if len(pair.changed) > _MAX_CHANGES:
                show.say(f"  and {len(pair.changed) - _MAX_CHANGES} more changes, in the report")
            for line in (*pair.data, *(f"{version}" for version in pair.versions), pair.remark, pair.reason):
                if line:
                    show.say(f"  {line}")
            if pair.metrics:
                show.console.print(_table(compared.names[0], name, pair))
        show.say(f"Report: {compared.path}")


def _table(first: str, second: str, pair: RunPair) -> Table:
    from rich.table import Table
    from rich.text import Text

    from netwright.reporting import metric_row

    table = Table(title="Same test rows; a gain is of the second", title_justify="left")
    for name in ("head", "metric", first, second, "gain", "σ", "verdict", "p", "method"):
        table.add_column(Text(name))
    for metric in pair.metrics:
        table.add_row(*(Text(cell) for cell in metric_row(metric)))
    return table
