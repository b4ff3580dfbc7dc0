"""A table of trainings: 2,000 random points of the space for each task, trained at once and kept as Parquet."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from optuna.samplers import RandomSampler

from netwright.searching import Space, space_of
from searches.tasks import EPOCHS, PARAMETERS, experiment
from searches.trainings import Trainer, train_points

Floats = npt.NDArray[np.float64]

TABLE = Path(__file__).with_name("trainings.parquet")
AT_ONCE = 50
VALID = [f"valid{epoch:02d}" for epoch in range(1, EPOCHS + 1)]


@dataclass(frozen=True)
class Table:
    """The trainings of one task.

    Attributes:
        space: of the task.
        points: parameters of each training.
        valid: area under the ROC curve on validation rows, best so far, shape (trainings, epochs).
        test: that on test rows, of the best epoch, shape (trainings,).
    """

    space: Space
    points: list[dict[str, Any]]
    valid: Floats
    test: Floats


def grow(task: str, trainings: int, folder: Path, jets: int, until: float) -> int:
    """Train more points of a task, until there are so many or time is up; what is trained is kept at once.

    Args:
        task: its name.
        trainings: how many are wanted.
        folder: for rows.
        jets: number of generated jets.
        until: time in seconds since the epoch.

    Returns:
        How many there are.
    """
    known = pq.read_table(TABLE) if TABLE.exists() else None
    there = 0 if known is None else int(np.sum(known["task"].to_numpy(zero_copy_only=False) == task))
    if there >= trainings or time.time() > until:
        return there
    space = space_of(experiment(task, folder, jets))
    trainer = Trainer(space)
    while there < trainings and time.time() < until:
        points = _drawn(space, there, min(AT_ONCE, trainings - there))
        began = time.time()
        found = train_points(trainer, points)
        rows = [
            {"task": task} | points[number] | {name: one.valid[n] for n, name in enumerate(VALID)} | {"test": one.test}
            for number, one in sorted(found.items())
        ]
        more = pa.table({name: _column([row[name] for row in rows]) for name in rows[0]})
        known = more if known is None else pa.concat_tables([known, more])
        partial = TABLE.with_suffix(".part")
        pq.write_table(known, partial, compression="zstd")
        partial.replace(TABLE)
        there += len(rows)
        print(f"{task}: {there} trainings, {len(rows) / (time.time() - began):.1f} a second", flush=True)
    return there


def read(task: str, folder: Path, jets: int) -> Table:
    """Read the trainings of a task.

    Args:
        task: its name.
        folder: for rows.
        jets: number of generated jets.

    Returns:
        The trainings that came to a value.
    """
    table = pq.read_table(TABLE).to_pydict()
    chosen = [place for place, name in enumerate(table["task"]) if name == task]
    valid = np.array([[table[name][place] for name in VALID] for place in chosen], np.float64)
    test = np.array([table["test"][place] for place in chosen], np.float64)
    points = [{name: table[name][place] for name in PARAMETERS} for place in chosen]
    good = np.flatnonzero(np.isfinite(valid).any(axis=1) & np.isfinite(test)).tolist()
    best = np.fmax.accumulate(valid, axis=1)
    return Table(space_of(experiment(task, folder, jets)), [points[n] for n in good], best[good], test[good])


def _drawn(space: Space, first: int, count: int) -> dict[int, dict[str, Any]]:
    """Draw points at random; the same number is always the same point."""
    import optuna

    found = {}
    for number in range(first, first + count):
        study = optuna.create_study(sampler=RandomSampler(1_000_003 + number))
        found[number] = dict(study.ask(fixed_distributions=dict(space.distributions)).params)
    return found


def _column(values: Sequence[Any]) -> pa.Array:
    return pa.array(values, pa.string() if isinstance(values[0], str) else pa.float32())
