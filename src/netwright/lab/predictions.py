"""The rows of the training data with their scores, stored in ``predictions.parquet`` of a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from netwright.config import Experiment
from netwright.errors import RunError
from netwright.evaluation import score_names
from netwright.file_names import in_command

__all__ = ["read_predictions"]


def read_predictions(
    path: Path,
    experiment: Experiment,
    columns: Sequence[str] | None = None,
    filters: Any = None,  # noqa: ANN401
) -> pa.Table:
    """Read scores, truth and weights of the rows of a run.

    Args:
        path: ``predictions.parquet`` of the run.
        experiment: that of the run.
        columns: names of columns; default: all.
        filters: as in `pyarrow.parquet.read_table`.

    Returns:
        The rows.

    Raises:
        RunError: the file is missing or damaged, lacks a column, or holds a score that is not finite.
    """
    if not path.exists():
        msg = f"{path}: the run has no predictions. Make them with: netwright evaluate {in_command(path.parent)}"
        raise RunError(msg)
    needed = _columns(experiment)
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            missing = [name for name in needed if name not in file.schema_arrow.names]
        if missing:
            raise _damaged(path, f"it has no column {missing[0]}")
        names = None if columns is None else list(columns)
        table = pq.read_table(path, columns=names, filters=filters, page_checksum_verification=True)
        table.validate(full=True)
    except (OSError, pa.ArrowException, ValueError, TypeError, MemoryError) as error:
        raise _damaged(path, str(error).partition("\n")[0]) from error
    for name in set(table.column_names) & set(_scores(experiment)):
        if not np.isfinite(np.asarray(table[name].to_numpy(), np.float64)).all():
            raise _damaged(path, f"column {name} holds scores that are not finite numbers")
    return table


def _scores(experiment: Experiment) -> list[str]:
    return [name for head, target in experiment.targets.items() for name in score_names(head, target)]


def _columns(experiment: Experiment) -> list[str]:
    return ["split", "weight", *_scores(experiment), *(f"{head}_true" for head in experiment.targets)]


def _damaged(path: Path, reason: str) -> RunError:
    return RunError(
        f"{path} cannot be read ({reason}). Remove it, and write it again with: netwright evaluate "
        f"{in_command(path.parent)}"
    )
