"""`netwright search`: values of an experiment's keys, tried by a sampler and compared on validation rows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netwright.cli._options import OnCluster, Trust

if TYPE_CHECKING:
    from rich.table import Table

    from netwright.workflow import Search

__all__ = ["search"]

_SHOWN = 10  # trials of the leaderboard


def search(
    experiment: Annotated[Path, typer.Argument(help="Experiment file with a section search.")],
    *,
    trials: Annotated[int, typer.Option(min=1, help="Number of trials, including earlier ones in the folder.")] = 100,
    hours: Annotated[float | None, typer.Option(help="Start no new trial after this time.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, or workers of the cluster, that train at once.")] = 1,
    cluster: OnCluster = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Change a value: search.sampler=gp; repeat for each.")
    ] = None,
    run: Annotated[Path | None, typer.Option(help="Folder of the search; default: runs/NAME-search.")] = None,
    trust: Trust = False,
) -> None:
    """Tune the keys of the section search and retrain the best; the same command continues a search."""
    from netwright.cli._opened import opened_experiment
    from netwright.cli._screen import screen

    loaded = opened_experiment(experiment, set_ or [])
    with screen() as show:
        from netwright import workflow

        result = workflow.search(
            loaded, trials=trials, hours=hours, jobs=jobs, cluster=cluster, folder=run, trust=trust, observers=[show],
            progress=show,
        )  # fmt: skip
        show.clear()
        show.console.print(_table(result))
        for sentence in result.sentences:
            show.say(sentence)
        show.say(
            f"Written: {result.folder / 'search.json'}, {result.folder / 'report.html'}, "
            f"{result.best.run / 'report.html'}"
        )


def _table(result: Search) -> Table:
    """Put the best trials into a table, with their distance from the first."""
    from rich.table import Table
    from rich.text import Text

    states = [trial.state for trial in result.trials]
    table = Table(
        title=f"{states.count('complete')} complete, {states.count('pruned')} pruned and {states.count('failed')} "
        "failed trials; the best by validation rows",
        title_justify="left",
    )  # fmt: skip
    names = list(result.leaderboard[0].values)
    for name in ("trial", result.objective, "behind [spreads]", *(path.partition(".")[2] or path for path in names)):
        table.add_column(Text(name), justify="right", overflow="fold")
    for trial in result.leaderboard[:_SHOWN]:
        shown = [f"{x:.4g}" if isinstance(x, float) else str(x) for x in trial.values.values()]
        mark = " (own)" if trial.number == result.own else ""
        distance = result.distance(trial)
        behind = f"{distance:.1f}" if math.isfinite(distance) else "–"
        table.add_row(f"{trial.number}{mark}", f"{trial.value:.5g}", behind, *map(Text, shown))
    return table
