"""Predict: write the scores of the rows in files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from netwright.data import Dataset, local_files, read, url_of
from netwright.errors import DataError
from netwright.evaluation import (
    ScoredPart,
    check_ending,
    check_output,
    has_writer,
    open_data,
    score_tables,
    with_places,
    write_scores,
)
from netwright.exporting import GraphCheck, graph_identity
from netwright.lab import Run, open_run
from netwright.models import forms_of
from netwright.progress import Progress, silent
from netwright.readers import Files

__all__ = ["predict", "predict_each"]


def predict(
    run: Run | str | Path,
    files: Files,
    output: str | Path,
    *,
    columns: Sequence[str] = (),
    check_onnx: bool = False,
    trust: bool = False,
    progress: Progress = silent,
) -> pa.Table:
    """Write the scores of all rows in files, one line per row and in the same order.

    Args:
        run: the run.
        files: what to score: one path, pattern or folder, or several.
        output: a file that ends with .parquet, .root, .h5, .csv or .npz, which determines the format; an existing file
            is replaced.
        columns: columns of the files, or derived ones, to write beside the scores.
        check_onnx: compare every score with that of ``model.onnx`` in the run, and write nothing if they disagree.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The table that was written, memory-mapped from a Parquet file, with the columns: the file and the row in it; the
        identity columns; those of `columns`; ``split``, the part that a row belongs to by its identity (train, valid,
        test, or unseen), if the files have the identity; ``selected``, whether it passes the experiment's selection, if
        there is one (missing where that cannot be computed); and the scores.

    Raises:
        DataError: the ending is not that of a supported format, the output is one of the data files, a column is
            missing, or a score is not a finite number.
        ExportError: the exported network is missing, or differs by more than 1e-5.

    Example:
        >>> import netwright as nw
        >>> nw.predict("runs/top-tagging", ["new.h5"], "scores.parquet").num_rows  # doctest: +SKIP
        20000
    """
    output = Path(output)
    check_ending(output)
    run = open_run(run, trust=trust)
    data = open_data(run.experiment, files, progress=progress)
    check_output(output, data, run.experiment.data.files)
    write_scores(with_places(_scores(run, data, columns, progress, check_onnx=check_onnx), data), output)
    if output.suffix.lower() == ".parquet":
        return pq.read_table(output, memory_map=True)
    return read(output, progress=progress).table


def predict_each(
    run: Run | str | Path,
    files: Files,
    folder: str | Path,
    *,
    columns: Sequence[str] = (),
    check_onnx: bool = False,
    trust: bool = False,
    progress: Progress = silent,
) -> list[Path]:
    """Write the scores of each file to a file of the same name in a folder.

    The format is that of the file, or Parquet for formats that are only read. The scores of a ROOT file are a friend of
    its tree: a TTree ``scores`` with the same number and order of entries.

    Args:
        run: the run.
        files: what to score: one path, pattern or folder, or several.
        folder: where to write; files of several folders keep their place below the folder that they share,
            and files of URLs keep their name.
        columns: as for `predict`.
        check_onnx: as for `predict`.
        trust: as for `predict`.
        progress: callback for progress updates.

    Returns:
        The files that were written, in the order of those that were scored.

    Raises:
        DataError: as for `predict`, or two files would be written under one name.
        ExportError: as for `predict`.

    Example:
        >>> import netwright as nw
        >>> nw.predict_each("runs/top-tagging", "new/*.root", "scores")  # doctest: +SKIP
        [PosixPath('scores/a.root'), PosixPath('scores/b.root')]
    """
    run = open_run(run, trust=trust)
    outputs = _outputs(local_files(files, progress=progress), Path(folder))
    for path, output in outputs.items():
        data = open_data(run.experiment, [path], progress=progress)
        check_output(output, data, run.experiment.data.files)
        write_scores(with_places(_scores(run, data, columns, progress, check_onnx=check_onnx), data), output)
    return list(outputs.values())


def _scores(
    run: Run, data: Dataset, columns: Sequence[str], progress: Progress, *, check_onnx: bool
) -> Iterator[pa.Table]:
    """Yield the scores of rows, compared with those of the exported network if asked for."""
    watch = None
    if check_onnx:
        check = GraphCheck(run.path / "model.onnx", run.experiment, forms_of(run.model, run.experiment))

        def watch(part: ScoredPart) -> None:
            identity = graph_identity(run.experiment, part.data, part.identity, run.known)
            check.compare({name: values[:] for name, values in part.inputs.items()}, identity, part.scores.heads)

    return score_tables(
        run.model,
        run.experiment,
        data,
        run.known,
        membership=run.membership,
        mark_selected=True,
        columns=columns,
        watch=watch,
        progress=progress,
    )


def _outputs(paths: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Return where the scores of each file are written."""
    remote = {path for path in paths if url_of(path) is not None}
    shared = Path(os.path.commonpath([path.resolve().parent for path in paths if path not in remote] or [Path.cwd()]))
    outputs: dict[Path, Path] = {}
    for path in paths:
        place = folder / (path.name if path in remote else path.resolve().relative_to(shared))
        output = place if has_writer(place) else place.with_name(place.name.partition(".")[0] + ".parquet")
        other = next((one for one, where in outputs.items() if where == output), None)
        if other is not None:
            msg = f"{output}: would hold the scores of {other} and of {path}. Score them one after the other."
            raise DataError(msg)
        outputs[path] = output
    return outputs
