"""The data that a run is about: found again, also where it has moved, and compared with what it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netwright.config import Experiment, FilesSplit
from netwright.data import content_of
from netwright.errors import DataError
from netwright.lab import Run, differences, fingerprint
from netwright.progress import Progress
from netwright.readers import Files, find_files
from netwright.workflow._data import ExperimentData, load_data

__all__ = ["changes_of", "load_own", "own_experiment"]


def own_experiment(run: Run, files: Files | None) -> Experiment:
    """Return the experiment of a run with its files where they are now.

    Args:
        run: the run.
        files: where its files are now; where they were if not given.

    Returns:
        The experiment.

    Raises:
        DataError: a file is not there, or none of the run's where these are divided by file.
    """
    experiment = run.experiment
    if experiment.data.generate is not None:
        return experiment
    if files is None:
        try:
            find_files(experiment.data.files)
        except DataError as error:
            msg = f"{error} If the data of {run.path} has moved, name it: --files (in Python: own_files)."
            raise DataError(msg) from error
        return experiment
    found = find_files(files)
    changes: dict[str, object] = {
        "data": experiment.data.model_copy(update={"files": [str(path.resolve()) for path in found]})
    }
    if isinstance(experiment.split, FilesSplit):
        changes["split"] = _parts_now(run, experiment.split, found)
    return experiment.model_copy(update=changes)


def load_own(run: Run, files: Files | None, progress: Progress) -> tuple[ExperimentData, list[str]]:
    """Read the data that a run is about, and compare it with what it was.

    Args:
        run: the run.
        files: where its files are now; where they were if not given.
        progress: callback for progress updates.

    Returns:
        The data, and in which way it is not what it was.

    Raises:
        DataError: it cannot be read.
        RunError: ``split.json`` cannot be read.
    """
    experiment = own_experiment(run, files)
    data = load_data(experiment, progress, run.forms)
    return data, changes_of(run, experiment, data)


def changes_of(run: Run, experiment: Experiment, data: ExperimentData, *, in_order: bool = False) -> list[str]:
    """Compare data with what it was when the training of a run began.

    Args:
        run: the run.
        experiment: of `own_experiment`.
        data: that it reads.
        in_order: whether the order of the rows matters.

    Returns:
        Sentences of `netwright.lab.differences`.

    Raises:
        RunError: ``split.json`` cannot be read.
    """
    before = run.read_json("split.json")["data"]
    if isinstance(before, str):
        return ["an earlier netwright wrote its split.json, so that it cannot be compared"]
    return differences(before, fingerprint(experiment, data.dataset, data.rows), in_order=in_order)


def _parts_now(run: Run, section: FilesSplit, found: Sequence[Path]) -> FilesSplit:
    """Divide files as files of the same content, or else of the same name, were divided."""
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
