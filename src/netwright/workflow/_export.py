"""Export: a trained network as ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netwright.errors import ExportError
from netwright.exporting import ExportCheck, export_identity, export_onnx
from netwright.lab import Run, open_run
from netwright.models import members_of
from netwright.progress import Progress, silent, step
from netwright.readers import Files
from netwright.workflow._run_data import load_unchanged

__all__ = ["export"]

_EXPORT_ROWS = 2_000


def export(
    run: Run | str | Path,
    output: str | Path | None = None,
    *,
    own_files: Files | None = None,
    check: bool = True,
    trust: bool = False,
    progress: Progress = silent,
) -> ExportCheck:
    """Write a trained network as ONNX, checked against the original network on test rows.

    Args:
        run: the run.
        output: the file; ``model.onnx`` in the run if not given.
        own_files: current location of the run's own files, if they have moved.
        check: whether to compare it with the network on the run's test rows; otherwise no data is opened.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The file and how well it agrees with the network.

    Raises:
        RunError: the data has changed, or a file of the run is missing or damaged.
        ExportError: the outputs differ by more than 1e-5 (the file is then not written), or the file name does not end
            with .onnx.

    Example:
        >>> import netwright as nw
        >>> nw.export("runs/top-tagging", "tagger.onnx").largest_difference < 1e-5  # doctest: +SKIP
        True
    """
    if output is not None and Path(output).suffix.lower() != ".onnx":
        msg = f"{output}: a network is written as ONNX, and such a file ends with .onnx. Name another."
        raise ExportError(msg)
    run = open_run(run, trust=trust, write=output is None)
    output = run.path / "model.onnx" if output is None else Path(output)
    commit = run.read_json("environment.json")["git_commit"]
    model = run.model
    if not check:
        words = run.read_json("split.json").get("words", {})
        with step(progress, "Exporting"):
            return export_onnx(model, run.experiment, output, rows=None, words=words, commit=commit)
    otherwise = "leave the check on its test rows out with --no-check (in Python: check=False)"
    data = load_unchanged(run, own_files, progress, otherwise=otherwise)
    test = np.flatnonzero(data.division.folds_of("test").any(axis=1))[:_EXPORT_ROWS]
    identity = export_identity(run.experiment, members_of(model), data.dataset.take(test), data.rows.identity[test])
    inputs = {name: values[test] for name, values in data.rows.inputs.items()}
    with step(progress, "Exporting"):
        return export_onnx(
            model, run.experiment, output, rows=inputs, words=data.rows.words, identity=identity, commit=commit
        )
