"""Predict: write the scores of the rows in files."""

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
    """Write the scores of all rows in files, one line per row and in the same order.

    Args:
        run: the run.
        files: what to score: one path, pattern or folder, or several.
        output: a file that ends with .parquet, .root, .h5, .csv or .npz, which determines the format; an existing file
            is replaced.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The table that was written, memory-mapped from a Parquet file, with the columns: the file and the row in it; the
        identity columns; ``split``, the part that a row belongs to by its identity (train, valid, test, or unseen), if
        the files have the identity; ``selected``, whether it passes the experiment's selection, if there is one
        (missing where that cannot be computed); and the scores.

    Raises:
        DataError: the ending is not that of a supported format, the output is one of the data files, an input column is
            missing, or a score is not a finite number.

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
