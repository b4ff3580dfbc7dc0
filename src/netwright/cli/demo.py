"""`netwright demo`: the complete workflow, from collisions to a trusted top tagger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["demo"]


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", "--out", help="Output folder.")] = Path("demo"),
    rows: Annotated[int, typer.Option(min=500, help="Number of jets to generate.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of jets and training.")] = 1,
    jobs: Annotated[
        int, typer.Option("--jobs", "--workers", min=1, help="Number of processes for the generation.")
    ] = 2,
) -> None:
    """Simulate collisions, train a top tagger with energy regression, report and export it."""
    from netwright.cli._screen import screen
    from netwright.cli.train import show_result

    with screen() as show:
        from netwright.workflow import demo as demonstrate

        run, check = demonstrate(
            output, rows=rows, seed=seed, workers=jobs, observers=[show], warn=show.warn, progress=show
        )
        show_result(show, run)
        show.say(
            f"ONNX:   {check.path} (largest relative difference {check.largest_difference:.1e} "
            f"on {check.rows:,} test rows)"
        )
