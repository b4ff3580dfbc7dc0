"""A table of trainings: 2,000 random points of the space for each task, trained at once and kept as Parquet."""

from __future__ import annotations

import itertools
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
from searches.tasks import EPOCHS, PROPOSED, experiment
from searches.trainings import Trainer, train_points

Floats = npt.NDArray[np.float64]

TABLE = Path(__file__).with_name("trainings.parquet")
TABLE_OF_PROPOSED = Path(__file__).with_name("trainings-proposed.parquet")  # another space has other columns
AT_ONCE = 50
OF_A_SHAPE = 6  # points for each combination of choices that is compiled by itself
SHAPES = ("model.body.kind", "model.body.units", "model.body.activation", "model.body.batch_normalisation")
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
    path = TABLE_OF_PROPOSED if task == PROPOSED else TABLE
    known = pq.read_table(path) if path.exists() else None
    there = 0 if known is None else int(np.sum(known["task"].to_numpy(zero_copy_only=False) == task))
    if there >= trainings or time.time() > until:
        return there
    space = space_of(experiment(task, folder, jets))
    trainer = Trainer(space)
    while there < trainings and time.time() < until:
        points = (
            _of_a_shape(space, there) if task == PROPOSED else _drawn(space, there, min(AT_ONCE, trainings - there))
        )
        if not points:
            break
        began = time.time()
        found = train_points(trainer, points)
        rows = [
            {"task": task} | points[number] | {name: one.valid[n] for n, name in enumerate(VALID)} | {"test": one.test}
            for number, one in sorted(found.items())
        ]
        more = pa.table(
            {
                name: _column([row[name] for row in rows], exact=name in space.section.parameters and task == PROPOSED)
                for name in rows[0]
            }
        )
        known = more if known is None else pa.concat_tables([known, more])
        partial = path.with_suffix(".part")
        pq.write_table(known, partial, compression="zstd")
        partial.replace(path)
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
    space = space_of(experiment(task, folder, jets))
    table = pq.read_table(TABLE_OF_PROPOSED if task == PROPOSED else TABLE).to_pydict()
    chosen = [place for place, name in enumerate(table["task"]) if name == task]
    valid = np.array([[table[name][place] for name in VALID] for place in chosen], np.float64)
    test = np.array([table["test"][place] for place in chosen], np.float64)
    points = [{name: table[name][place] for name in space.distributions} for place in chosen]
    good = np.flatnonzero(np.isfinite(valid).any(axis=1) & np.isfinite(test)).tolist()
    best = np.fmax.accumulate(valid, axis=1)
    return Table(space, [points[n] for n in good], best[good], test[good])


def _drawn(space: Space, first: int, count: int) -> dict[int, dict[str, Any]]:
    """Draw points at random; the same number is always the same point."""
    import optuna

    found = {}
    for number in range(first, first + count):
        study = optuna.create_study(sampler=RandomSampler(1_000_003 + number))
        found[number] = dict(study.ask(fixed_distributions=dict(space.distributions)).params)
    return found


def _of_a_shape(space: Space, first: int) -> dict[int, dict[str, Any]]:
    """Draw points that one program trains; a tenth of the time goes to compiling then, where it were nearly all."""
    names = [name for name in SHAPES if name in space.distributions]
    shapes = list(itertools.product(*(space.distributions[name].choices for name in names)))
    if first >= OF_A_SHAPE * len(shapes):
        return {}
    shape = shapes[np.random.default_rng(1).permutation(len(shapes))[first // OF_A_SHAPE]]
    fixed = dict(zip(names, shape, strict=True))
    return {number: point | fixed for number, point in _drawn(space, first, OF_A_SHAPE).items()}


def _column(values: Sequence[Any], *, exact: bool) -> pa.Array:
    """Return values as a column; choices are found again only if they are exact."""
    number = pa.float64() if exact else pa.float32()
    return pa.array(values, pa.string() if isinstance(values[0], str) else number)
