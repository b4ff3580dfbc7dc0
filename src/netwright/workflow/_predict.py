"""Predict: the scores of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from netwright.lab import Run, open_data, open_run, score_tables
from netwright.progress import Progress, silent
from netwright.safely import write_tables

__all__ = ["predict"]


def predict(
    run: Run | str | Path,
    files: Sequence[str | Path],
    output: str | Path,
    *,
    trust: bool = False,
    progress: Progress = silent,
) -> pa.Table:
    """Write the scores of files: one row per row of them, in their order.

    Args:
        run: the run.
        files: what to score.
        output: a Parquet file; one that is there is replaced.
        trust: trust the modules of users' own layers, on this machine from now on.
        progress: who is told how far it is.

    Returns:
        What was written, as far as it is looked at: identity columns and scores, mapped from the file.

    Example:
        >>> import netwright as nw
        >>> nw.predict("runs/top-tagging", ["new.h5"], "scores.parquet").num_rows  # doctest: +SKIP
        20000
    """
    run = open_run(run, trust=trust)
    data = open_data(run.experiment, files, progress=progress)
    write_tables(score_tables(run.model, run.experiment, data, run.known, progress=progress), Path(output))
    return pq.read_table(output, memory_map=True)
