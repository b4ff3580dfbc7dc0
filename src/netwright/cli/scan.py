"""`netwright scan`: a parameter at several values, compared by the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import Jobs, OnCluster, Trust

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.workflow import Scan

__all__ = ["scan"]


def scan(
    experiment: Annotated[Path, typer.Argument(help="Experiment file with a section result.")],
    *,
    parameter: Annotated[str, typer.Option(help="Key, such as targets.is_top.importance.QCD.")],
    values: Annotated[
        list[str],
        typer.Option(help="Values: 0.1,1,10, or FIRST:LAST:SPACING:COUNT, such as 0.1:10:log:12 or 0:1:linear:5."),
    ],
    merit: Annotated[
        str, typer.Option(help="Criterion: limit, discovery, asimov_with_uncertainty, asimov, roc_auc.")
    ] = "limit",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a value: training.epochs=5; repeat for each.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Folder of the scan; default: runs/NAME-scan.")] = None,
    cluster: OnCluster = None,
    jobs: Jobs = 1,
    trust: Trust = False,
) -> None:
    """Train with several values of a parameter and choose by the result; the same command continues a scan."""
    from netwright.cli._opened import opened_experiment
    from netwright.cli._screen import screen

    loaded = opened_experiment(experiment, set_ or [])
    with screen() as show:
        from netwright import workflow

        numbers = [number for text in values for number in workflow.parse_values(text)]
        result = workflow.scan(
            loaded, parameter, numbers, merit=merit, folder=run, cluster=cluster, jobs=jobs,
            trust=trust, observers=[show], progress=show,
        )  # fmt: skip
        show.clear()
        show.console.print(_table(result))
        chosen = {"default": result.default, "best": result.best}
        for choice, results in result.test.items():
            measured = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in results.items())
            show.say(f"Test rows, {choice} {chosen[choice]:.4g}: {measured}.")
        for remark in result.remarks:
            show.say(remark)
        show.say(result.sentence)
        show.say(f"Written: {result.path}, {result.path.parent / 'figures'}")


def _table(result: Scan) -> Table:
    """Put what each value is worth on validation rows into a table, the best marked."""
    import math

    from rich.table import Table

    table = Table(title=f"Scan of {result.parameter}, validation rows", title_justify="left")
    for name in ("value", "limit on μ", "discovery [σ]", "AUC", "loss"):
        table.add_column(name, justify="right")
    for point in result.points:
        loss = math.fsum(point.losses) / len(point.losses)
        mark = " *" if point.value == result.best else ""
        shown = ["-"] * 3
        if point.worth is not None:
            worth = point.worth.together
            shown = [f"{worth['limit']:.4g}", f"{worth['discovery']:.4g}", f"{worth['roc_auc']:.4f}"]
        table.add_row(f"{point.value:.4g}{mark}", *shown, f"{loss:.4g}" if math.isfinite(loss) else "-")
    return table
