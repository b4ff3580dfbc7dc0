"""Export: a trained network as ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netwright.exporting import ExportCheck, export_identity, export_onnx
from netwright.lab import Run, open_run
from netwright.models import members_of
from netwright.progress import Progress, silent, step
from netwright.workflow._data import divide_rows, load_rows

__all__ = ["export"]

_EXPORT_ROWS = 2_000


def export(
    run: Run | str | Path, output: str | Path | None = None, *, trust: bool = False, progress: Progress = silent
) -> ExportCheck:
    """Write a trained network as ONNX, checked against the network on test rows.

    Args:
        run: the run.
        output: the file; ``model.onnx`` in the run if not given.
        trust: trust the modules of users' own layers, on this machine from now on.
        progress: who is told how far it is.

    Returns:
        The file and how well it agrees.

    Example:
        >>> import netwright as nw
        >>> nw.export("runs/top-tagging").path  # doctest: +SKIP
        PosixPath('runs/top-tagging/model.onnx')
    """
    run = open_run(run, trust=trust)
    dataset, rows = load_rows(run.experiment, forms=run.forms, progress=progress)
    test = np.flatnonzero(divide_rows(dataset, rows, run.experiment).folds_of("test").any(axis=1))[:_EXPORT_ROWS]
    with step(progress, "Exporting"):
        return export_onnx(
            run.model,
            run.experiment,
            run.path / "model.onnx" if output is None else Path(output),
            rows={name: values[test] for name, values in rows.inputs.items()},
            words=rows.words,
            identity=export_identity(run.experiment, members_of(run.model), dataset.take(test), rows.identity[test]),
            commit=run.read_json("environment.json")["git_commit"],
        )
