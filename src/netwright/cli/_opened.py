"""The run, experiment and files that a command is given, looked up before what takes seconds to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwright.config import Experiment
    from netwright.lab import Run

__all__ = ["opened_experiment", "opened_run", "opened_source", "refuse_absent"]


def opened_experiment(path: Path, changes: Sequence[str] = ()) -> Experiment:
    """Read an experiment file whose data files are there.

    Args:
        path: of the file.
        changes: of its values.

    Returns:
        The experiment.

    Raises:
        ExperimentError: the file cannot be read, or has mistakes.
        DataError: a data file is not there.
    """
    from netwright.config import load_experiment
    from netwright.data import find_data

    loaded = load_experiment(path, changes)
    find_data(loaded.data)
    return loaded


def opened_run(path: Path, files: Sequence[str] | None = None, *, trust: bool) -> Run:
    """Open a run directory whose data files are there.

    Args:
        path: the directory.
        files: where its data files are now; None for where they were.
        trust: trust the modules of custom layers.

    Returns:
        The run.

    Raises:
        RunError: there is no run.
        DataError: a data file is not there.
    """
    from netwright.lab import open_run

    run = open_run(path, trust=trust)
    if files:
        refuse_absent(files)
    else:
        from netwright.workflow import relocated_experiment

        relocated_experiment(run, None)
    return run


def opened_source(
    source: Path, changes: Sequence[str] = (), files: Sequence[str] | None = None, *, trust: bool
) -> Run | Experiment:
    """Open a run directory or an experiment file whose data files are there.

    Args:
        source: the directory or file.
        changes: of values of an experiment file.
        files: where the data files of a run are now; None for where they were.
        trust: trust the modules of custom layers of a run.

    Returns:
        The run or the experiment.

    Raises:
        RunError: there is no run.
        ExperimentError: the file cannot be read, or has mistakes.
        DataError: a data file is not there.
    """
    from netwright.config import is_experiment_file

    if is_experiment_file(source):
        return opened_experiment(source, changes)
    return opened_run(source, files, trust=trust)


def refuse_absent(files: Sequence[str] | Mapping[str, Sequence[str]]) -> None:
    """Refuse files that are not there.

    Args:
        files: paths, patterns, folders, lists or URLs, or those by name.

    Raises:
        DataError: one of them is no file.
    """
    from netwright.readers import find_files

    for named in files.values() if isinstance(files, Mapping) else [files]:
        if named:
            find_files(list(named))
