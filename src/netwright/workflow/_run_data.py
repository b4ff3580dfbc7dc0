"""The data of a run: read again, and compared with the data at the time of training."""

from __future__ import annotations

from pathlib import Path

from netwright.config import Experiment
from netwright.errors import RunError
from netwright.file_names import in_command
from netwright.lab import Run, differences, fingerprint, open_run
from netwright.models import import_custom_layers
from netwright.progress import Progress
from netwright.readers import Files
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._relocated_experiment import relocated_experiment

__all__ = ["changes_of", "load_run_data", "load_unchanged", "open_trained"]


def load_run_data(run: Run, files: Files | None, progress: Progress) -> tuple[ExperimentData, list[str]]:
    """Read the data of a run, and compare it with the data at the time of training.

    Args:
        run: the run.
        files: current location of its files; their original location if not given.
        progress: callback for progress updates.

    Returns:
        The data, and how it has changed.

    Raises:
        DataError: the data cannot be read.
        RunError: ``split.json`` cannot be read.
    """
    experiment = relocated_experiment(run, files)
    data = load_data(experiment, progress, run.forms)
    return data, changes_of(run, experiment, data, progress)


def load_unchanged(run: Run, files: Files | None, progress: Progress, *, otherwise: str) -> ExperimentData:
    """Read the data of a run, and refuse it if it is not that of the training.

    Args:
        run: the run.
        files: current location of its files; their original location if not given.
        progress: callback for progress updates.
        otherwise: what else to do than to name the files of the training, for the message.

    Returns:
        The data.

    Raises:
        DataError: the data cannot be read.
        RunError: it has changed, or ``split.json`` cannot be read.
    """
    data, changes = load_run_data(run, files, progress)
    if changes:
        msg = (
            f"{run.path}: its data is not what it was when the network was trained: {'; '.join(changes)}. Name the "
            f"files that it was trained on with --files (in Python: own_files), or {otherwise}."
        )
        raise RunError(msg)
    return data


def open_trained(
    source: Run | str | Path, files: Files | None, *, trust: bool, progress: Progress
) -> tuple[Run, ExperimentData, list[str]]:
    """Open a run whose training has ended, with its data and custom layers.

    Args:
        source: the run, or its directory.
        files: current location of its files; their original location if not given.
        trust: trust the named modules with custom layers.
        progress: callback for progress updates.

    Returns:
        The run, its data, and how they have changed.

    Raises:
        RunError: there is no run, or its training did not end.
        DataError: the data cannot be read.
    """
    run = open_run(source, trust=trust)
    if not run.trained:
        msg = (
            f"{run.path}: its training did not end. Continue it first: netwright train --resume {in_command(run.path)}"
        )
        raise RunError(msg)
    data, changes = load_run_data(run, files, progress)
    import_custom_layers(run.experiment.model, trust=trust)
    return run, data, changes


def changes_of(
    run: Run, experiment: Experiment, data: ExperimentData, progress: Progress, *, in_order: bool = False
) -> list[str]:
    """Compare data with the data at the start of a run's training.

    Args:
        run: the run.
        experiment: as returned by `relocated_experiment`.
        data: the data of this experiment.
        progress: callback for progress updates.
        in_order: whether the order of the rows matters.

    Returns:
        The differences, as sentences from `netwright.lab.differences`.

    Raises:
        RunError: ``split.json`` cannot be read.
    """
    before = run.read_json("split.json")["data"]
    if isinstance(before, str):
        return ["an earlier netwright wrote its split.json, so it cannot be compared"]
    now = fingerprint(experiment, data.dataset, data.rows, progress)
    return differences(before, now, in_order=in_order)
