"""The data of a run: found again, even if it has moved, and compared with the data at the time of training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netwright.config import Experiment, FilesSplit
from netwright.data import content_of, local_files
from netwright.errors import DataError, RunError
from netwright.lab import Run, differences, fingerprint, open_run
from netwright.models import import_custom_layers
from netwright.progress import Progress
from netwright.readers import Files
from netwright.workflow._data import ExperimentData, load_data
from netwright.workflow._moved_samples import files_now, samples_now

__all__ = ["changes_of", "load_own", "open_trained", "own_experiment"]


def own_experiment(run: Run, files: Files | None) -> Experiment:
    """Return the experiment of a run with the current location of its files.

    Args:
        run: the run.
        files: current location of its files; their original location if not given.

    Returns:
        The experiment.

    Raises:
        DataError: a file is missing, or, if the split is by file, is not one of the run's files.
    """
    experiment = run.experiment
    if experiment.data.generate is not None:
        return experiment
    if files is None:
        try:
            for named in _trained_on(experiment):
                local_files(named)
        except DataError as error:
            msg = f"{error} If the data of {run.path} has moved, name it: --files (in Python: own_files)."
            raise DataError(msg) from error
        return experiment
    found = local_files(files)
    if experiment.data.samples:
        moved: dict[str, object] = {"samples": samples_now(run, experiment.data, found)}
    else:
        moved = files_now(experiment.data, found)
    changes: dict[str, object] = {"data": experiment.data.model_copy(update=moved)}
    if isinstance(experiment.split, FilesSplit):
        changes["split"] = _parts_now(run, experiment.split, found)
    return experiment.model_copy(update=changes)


def load_own(run: Run, files: Files | None, progress: Progress) -> tuple[ExperimentData, list[str]]:
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
    experiment = own_experiment(run, files)
    data = load_data(experiment, progress, run.forms)
    return data, changes_of(run, experiment, data)


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
        msg = f"{run.path}: its training did not end. Continue it first: netwright train --resume {run.path}"
        raise RunError(msg)
    data, changes = load_own(run, files, progress)
    import_custom_layers(run.experiment.model, trust=trust)
    return run, data, changes


def changes_of(run: Run, experiment: Experiment, data: ExperimentData, *, in_order: bool = False) -> list[str]:
    """Compare data with the data at the start of a run's training.

    Args:
        run: the run.
        experiment: as returned by `own_experiment`.
        data: the data of this experiment.
        in_order: whether the order of the rows matters.

    Returns:
        The differences, as sentences from `netwright.lab.differences`.

    Raises:
        RunError: ``split.json`` cannot be read.
    """
    before = run.read_json("split.json")["data"]
    if isinstance(before, str):
        return ["an earlier netwright wrote its split.json, so that it cannot be compared"]
    return differences(before, fingerprint(experiment, data.dataset, data.rows), in_order=in_order)


def _trained_on(experiment: Experiment) -> list[list[str]]:
    """Return the names of the files that a network was trained on, by sample if there are samples."""
    data = experiment.data
    return [data.samples[name].files for name in data.simulated] if data.samples else [data.files]


def _parts_now(run: Run, section: FilesSplit, found: Sequence[Path]) -> FilesSplit:
    """Assign each file to the part of the original file with the same content, or else with the same name."""
    records = run.read_json("split.json")["data"]["files"]
    by_content = {file["sha256"]: file["part"] for file in records}
    by_name = {file["name"]: file["part"] for file in records}
    parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for path in found:
        part = by_content.get(content_of(path)) or by_name.get(path.name)
        if part is None:
            msg = f"{path}: is none of the files of {run.path}, by content and by name ({', '.join(by_name)})."
            raise DataError(msg)
        parts[part].append(str(path.resolve()))
    return section.model_copy(update=parts)
