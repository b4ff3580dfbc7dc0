"""Debug: what every layer gives for a row or a batch, with the gradients of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from netwright.config import Experiment
from netwright.data import describe_folds
from netwright.errors import DataError
from netwright.gradients import NetworkTrace, trace_layers
from netwright.lab import Run
from netwright.models import member_networks
from netwright.progress import Progress, silent, step
from netwright.readers import Files
from netwright.training import PreparedMember, RowArrays, orders_of
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._open_experiment import experiment_or_run, open_experiment
from netwright.workflow._run_data import open_trained
from netwright.workflow.members.prepare import (
    Member,
    generated_arrays,
    member_arrays,
    members_of_division,
    prepare_member,
)

__all__ = ["DebuggedRows", "debug"]


@dataclass(frozen=True)
class DebuggedRows:
    """A row or a batch on its way through a network; printed, it is a text of all of it.

    Attributes:
        title: which rows, and in which mode, in a sentence.
        rows: their numbers, shape (rows,).
        trace: losses, and every layer with its output, its gradient and its weights.
        changes: how the data of a run has changed since its training, in sentences.
    """

    title: str
    rows: npt.NDArray[np.integer]
    trace: NetworkTrace
    changes: Sequence[str] = ()

    def __str__(self) -> str:
        """Return everything as text."""
        return f"{self.title}\n{self.trace}"


def debug(
    source: Run | Experiment | str | Path,
    *,
    row: int | None = None,
    batch: int | None = None,
    own_files: Files | None = None,
    trust: bool = False,
    progress: Progress = silent,
) -> DebuggedRows:
    """Show every layer for one row or one batch: output, shape, gradient of the loss, statistics; nothing is changed.

    Everything runs uncompiled, as with ``training.eager: true``: a print or a breakpoint in a layer of your own is
    reached, first with arrays and then within the gradient. A row has dropout and noise off, and batch normalisation
    takes its averages; a batch is what the step of a training has. Of several members, it is the first.

    Args:
        source: an experiment or its file, for a network with its first weights; or a run or its directory.
        row: number of a row, from 0, among those that the experiment selects.
        batch: number of a batch of the first epoch, from 1; the first if neither is given.
        own_files: current location of a run's files, if they have moved.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        What was found.

    Raises:
        DataError: there is no such row or batch, both are given, or the data cannot be read.
        RunError: the training of the run did not end.

    Example:
        >>> import netwright as nw
        >>> print(nw.debug("experiment.yaml", row=12))  # doctest: +SKIP
        row 12 (jets.npz, row 12), of the training rows, dropout and noise off
        loss 0.6931
        ...
    """
    if row is not None and batch is not None:
        msg = f"Either a row or a batch is shown, but both are given: row {row} and batch {batch}. Leave one out."
        raise DataError(msg)
    opened = _open(source, own_files, trust=trust, progress=progress)
    with step(progress, "Looking"):
        return _debugged_rows(opened, row, batch)


@dataclass(frozen=True)
class _Opened:
    """An experiment with its data, and the run that it is of."""

    experiment: Experiment
    data: ExperimentData
    run: Run | None = None
    changes: Sequence[str] = ()


def _open(
    source: Run | Experiment | str | Path, own_files: Files | None, *, trust: bool, progress: Progress
) -> _Opened:
    """Open an experiment or a run with its data."""
    opened = experiment_or_run(source, trust=trust)
    if isinstance(opened, Experiment):
        experiment, _ = open_experiment(opened, trust=trust, progress=progress)
        return _Opened(experiment, load_data(experiment, progress))
    run, data, changes = open_trained(opened, own_files, trust=trust, progress=progress)
    return _Opened(run.experiment, data, run, changes)


def _debugged_rows(opened: _Opened, row: int | None, batch: int | None) -> DebuggedRows:
    """Prepare the first member, and trace its layers."""
    experiment, data, run = opened.experiment, opened.data, opened.run
    eager = experiment.training.model_copy(update={"eager": True, "members": "auto"})
    member = members_of_division(experiment.model_copy(update={"training": eager}), data.rows, data.division)[0]
    description = describe_folds(data.rows, data.division, experiment, name_row=data.dataset.locate)[member.fold]
    prepared = prepare_member(member, data.rows, description)
    if run is not None:
        prepared.model.set_weights(member_networks(run.model)[0].get_weights())
    arrays = member_arrays([member], data.rows)
    if row is not None:
        rows, factors = _row(row, data), None
        title = f"row {row} ({data.dataset.locate(row)}), {_part(member, row)}, dropout and noise off"
    else:
        make_arrays = generated_arrays([member], data.rows)
        arrays = arrays if make_arrays is None else make_arrays(1)
        number = 1 if batch is None else batch
        rows, factors, steps = _batch(number, prepared, arrays)
        title = f"batch {number} of {steps}, {np.count_nonzero(factors)} rows, as a training step has them"
    network = "first weights" if run is None else f"weights of {run.path}"
    trace = trace_layers(prepared, arrays, rows, factors=factors, training=row is None)
    return DebuggedRows(f"{title}; {network}", rows, trace, tuple(opened.changes))


def _row(row: int, data: ExperimentData) -> npt.NDArray[np.integer]:
    if not 0 <= row < len(data.rows):
        msg = f"There is no row {row}: the experiment has {len(data.rows):,} rows, from 0 to {len(data.rows) - 1}."
        raise DataError(msg)
    return np.array([row])


def _part(member: Member, row: int) -> str:
    names = {"train": "training", "valid": "validation", "test": "test"}
    parts = [names[name] for name, numbers in member.split.parts().items() if row in numbers]
    return f"of the {parts[0]} rows" if parts else "in no part"


def _batch(
    batch: int, prepared: PreparedMember, arrays: RowArrays
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.float32], int]:
    """Return the rows of a batch of the first epoch, their factors, and how many batches there are."""
    order = orders_of([prepared], 1, arrays)[0]
    if not 1 <= batch <= order.steps:
        msg = f"There is no batch {batch}: an epoch has {order.steps:,} batches, from 1 to {order.steps}."
        raise DataError(msg)
    step_rows = order.take(batch - 1, batch)
    return step_rows.rows[0], step_rows.factors[0], order.steps
