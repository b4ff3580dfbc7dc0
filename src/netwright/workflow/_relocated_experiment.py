"""The experiment of a run with its files found again, even if they have moved; no network is imported for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netwright.config import Experiment, FilesSplit
from netwright.data import content_of, local_files
from netwright.errors import DataError
from netwright.lab import Run
from netwright.readers import Files
from netwright.workflow._moved_samples import files_now, samples_now

__all__ = ["relocated_experiment"]


def relocated_experiment(run: Run, files: Files | None) -> Experiment:
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
    new_files = local_files(files)
    if experiment.data.samples:
        moved: dict[str, object] = {"samples": samples_now(run, experiment.data, new_files)}
    else:
        moved = files_now(experiment.data, new_files)
    changes: dict[str, object] = {"data": experiment.data.model_copy(update=moved)}
    if isinstance(experiment.split, FilesSplit):
        changes["split"] = _parts_now(run, experiment.split, new_files)
    return experiment.model_copy(update=changes)


def _trained_on(experiment: Experiment) -> list[list[str]]:
    """Return the names of the files that a network was trained on, by sample if there are samples."""
    data = experiment.data
    return [data.samples[name].files for name in data.simulated] if data.samples else [data.files]


def _parts_now(run: Run, section: FilesSplit, new_files: Sequence[Path]) -> FilesSplit:
    """Assign each file to the part of the original file with the same content, or else with the same name."""
    records = run.read_json("split.json")["data"]["files"]
    by_content = {file["sha256"]: file["part"] for file in records}
    by_name = {file["name"]: file["part"] for file in records}
    parts: dict[str, list[str]] = {part: [] for part in section.files}
    for path in new_files:
        part = by_content.get(content_of(path)) or by_name.get(path.name)
        if part is None:
            msg = f"{path}: is none of the files of {run.path}, by content and by name ({', '.join(by_name)})."
            raise DataError(msg)
        parts[part].append(str(path.resolve()))
    return section.model_copy(update=parts)
