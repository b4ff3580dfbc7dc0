"""The test rows that two runs have in common, in one order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from netwright.config import Target
from netwright.evaluation import score_names
from netwright.lab import Run
from netwright.tasks import task_of

__all__ = ["HeadRows", "common_test_rows"]


@dataclass(frozen=True, eq=False)
class HeadRows:
    """Test rows of a head with the scores of two runs.

    Attributes:
        target: what the head predicts.
        truth: position of the class, or the value in the target's unit, shape (n,).
        weights: event weights, shape (n,), dimensionless.
        one: scores of the first run, shape (n,) or (n, classes).
        other: those of the second run.
    """

    target: Target
    truth: npt.NDArray[Any]
    weights: npt.NDArray[np.float64]
    one: npt.NDArray[np.float64]
    other: npt.NDArray[np.float64]


def common_test_rows(one: Run, other: Run) -> tuple[Mapping[str, HeadRows], str]:
    """Return the test rows of two runs by head, if they are the same.

    They are the same if their identity columns, weights and truths are; without identity columns, if the fingerprints
    of the data, weights and truths are.

    Args:
        one: a run.
        other: another run.

    Returns:
        The rows by head, and an empty text; or no rows, and why they cannot be compared.

    Raises:
        RunError: a run has no predictions, or they are damaged.
    """
    tables = [run.predictions(filters=pc.field("split") == "test") for run in (one, other)]
    names = [list(run.experiment.data.name_columns) for run in (one, other)]
    if reason := _other_rows(one, other, tables, names):
        return {}, reason
    if names[0]:
        tables = [table.sort_by([(name, "ascending") for name in names[0]]) for table in tables]
    if not np.array_equal(*(table["weight"].to_numpy() for table in tables)):
        return {}, "Their test rows have different weights, so their metrics measure different things."
    heads = {
        head: target
        for head, target in one.experiment.targets.items()
        if head in other.experiment.targets and _alike(target, other.experiment.targets[head])
    }
    if not heads:
        return {}, "They share no head of the same name, kind and classes."
    rows_of_heads = {head: _head_rows(head, target, *tables) for head, target in heads.items()}
    different = [head for head, rows in rows_of_heads.items() if rows is None]
    if different:
        return {}, f"Their test rows have different truths in head {different[0]}, so they are different rows."
    return {head: rows for head, rows in rows_of_heads.items() if rows is not None and len(rows.truth)}, ""


def _other_rows(one: Run, other: Run, tables: list[pa.Table], names: list[list[str]]) -> str:
    """Say why test rows are not the same; an empty text if they may be."""
    if names[0] != names[1]:
        return "Their rows are identified by different columns (data.identity), so it is not known which are the same."
    if names[0]:
        first, second = (table.select(names[0]).group_by(names[0]).aggregate([]) for table in tables)
        common = first.join(second, keys=names[0], join_type="inner").num_rows if first.schema == second.schema else 0
        if not common == first.num_rows == second.num_rows or tables[0].num_rows != tables[1].num_rows:
            return (
                f"Their test rows differ: {tables[0].num_rows:,} and {tables[1].num_rows:,}, {common:,} of them in "
                "common. Give both the same data, selection and split."
            )
        return ""
    content = [_content(run) for run in (one, other)]
    if tables[0].num_rows != tables[1].num_rows or content[0] != content[1]:
        return (
            f"Their test rows differ ({tables[0].num_rows:,} and {tables[1].num_rows:,}), or cannot be shown to be the "
            "same: without data.identity a row is identified by its inputs. Name columns that identify rows."
        )
    return ""


def _content(run: Run) -> object:
    record = run.read_json("split.json")["data"]
    return record if isinstance(record, str) else record["content"]


def _alike(one: Target, other: Target) -> bool:
    return one.kind == other.kind and one.labels == other.labels


def _head_rows(head: str, target: Target, one: pa.Table, other: pa.Table) -> HeadRows | None:
    """Return the rows that count for a head; None if the truths differ."""
    truths = [table[f"{head}_true"] for table in (one, other)]
    if not pc.all(pc.fill_null(pc.equal(truths[0], truths[1]), pc.and_(*map(pc.is_null, truths)))).as_py():
        return None
    counts = truths[0].is_valid()
    truth = truths[0].filter(counts).to_numpy()
    scores = []
    for table in (one, other):
        columns = [table[name].filter(counts).to_numpy() for name in score_names(head, target)]
        scores.append(np.asarray(columns[0] if len(columns) == 1 else np.stack(columns, 1), np.float64))
    truth = truth.astype(np.int64) if task_of(target).signal_score is not None else truth.astype(np.float64)
    return HeadRows(target, truth, np.asarray(one["weight"].filter(counts).to_numpy(), np.float64), *scores)
