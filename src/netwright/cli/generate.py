"""`netwright generate`: simulate rows."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from netwright.cli._options import OnCluster

__all__ = ["Basis", "Kind", "generate"]


class Kind(StrEnum):
    """What can be generated."""

    TOP_JETS = "top-jets"
    FOUR_VECTORS = "four-vectors"


class Basis(StrEnum):
    """Components of a generated four-vector."""

    CARTESIAN = "E,px,py,pz"
    COLLIDER = "E,pt,eta,phi"


def generate(
    kind: Annotated[Kind, typer.Argument(help="Top and QCD jets, or random four-vectors with their mass.")],
    rows: Annotated[int, typer.Option(min=1, help="Number of rows.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", "--out", help="Output folder; an interrupted generation continues there.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same rows.")] = 1,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", "--workers", min=1, help="Processes, or workers of the cluster; the rows do not depend on them."
        ),
    ] = 2,
    basis: Annotated[Basis, typer.Option(help="Components of the four-vectors.")] = Basis.CARTESIAN,
    cluster: OnCluster = None,
) -> None:
    """Simulate collisions (top-jets, needs the extra "generate") or random particles (four-vectors)."""
    from netwright.cli._screen import screen
    from netwright.workflow import generate as simulate

    with screen() as show:
        files = simulate(
            kind.value, rows, output, seed=seed, workers=jobs, basis=basis.value, cluster=cluster, progress=show
        )
        where = f"{len(files)} files: {output}/*{files[0].suffix}" if len(files) > 1 else f"{files[0]}"
        show.say(f"{rows:,} rows in {where}")
