"""Options shared by several commands."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Jobs", "OnCluster", "OwnFiles", "Trust"]

Jobs = Annotated[int, typer.Option(min=1, help="Workers of the cluster.")]
OnCluster = Annotated[
    str | None,
    typer.Option("--cluster", help="Use the workers of a cluster: local, dask://ADDRESS, slurm or htcondor."),
]
OwnFiles = Annotated[
    list[str] | None,
    typer.Option("--files", help="New path of a file of the run, if its data has moved; repeat for each file."),
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Trust the named modules with custom layers, on this machine from now on.")
]
