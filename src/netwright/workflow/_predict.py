"""Predict: the scores of files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from netwright.data import read
from netwright.evaluation import check_ending, check_output, open_data, score_tables, with_places, write_scores
from netwright.lab import Run, open_run
from netwright.progress import Progress, silent
from netwright.readers import Files

__all__ = ["predict"]


def predict(
    run: Run | str | Path,
    files: Files,
    output: str | Path,
    *,
    trust: bool = False,
    progress: Progress = silent,
) -> pa.Table:
    """Write the scores of files: one row per row of them, in their order.

    Args:
        run: the run.
        files: what to score: one path, pattern or folder, or several.
        output: a file that ends with .parquet, .root, .h5, .csv or .npz, which says the format; one that is there is
            replaced.
        trust: trust the modules of users' own layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        What was written, as far as it is looked at, mapped from the file: the file and the row in it; identity columns;
        ``split``, what a row is to the network by its identity (train, valid, test, or unseen), where the files have
        that; ``selected``, whether it fulfils the experiment's selection, where there is one (nothing where that cannot
        be said); and scores.

    Raises:
        DataError: no format has this ending, the output is a file of data, a column that the network takes is missing,
            or a score is no number.

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
    tables = score_tables(
        run.model, run.experiment, data, run.known, membership=run.membership, mark_selected=True, progress=progress
    )
    write_scores(with_places(tables, data), output)
    if output.suffix.lower() == ".parquet":
        return pq.read_table(output, memory_map=True)
    return read(output, progress=progress).table
