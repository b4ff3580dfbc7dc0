"""An experiment that is about to be trained or examined: read from its file, and completed by what its data shows."""

from __future__ import annotations

from pathlib import Path

from netwright.config import Experiment, is_experiment_file, load_experiment
from netwright.finding import Finding
from netwright.lab import Run, open_run
from netwright.models import import_custom_layers
from netwright.progress import Progress
from netwright.workflow._data import with_properties
from netwright.workflow._demand import refuse_too_large

__all__ = ["experiment_or_run", "open_experiment"]


def experiment_or_run(source: Run | Experiment | str | Path, *, trust: bool) -> Experiment | Run:
    """Open what is meant: an experiment or a run.

    Args:
        source: a run or its directory; or an experiment or its file.
        trust: trust the modules of custom layers of a run, on this machine from now on.

    Returns:
        The experiment or the run.

    Raises:
        ExperimentError: the file cannot be read, or is not valid.
        RunError: there is no run.
    """
    if isinstance(source, Experiment):
        return source
    if isinstance(source, Run) or not is_experiment_file(Path(source)):
        return open_run(source, trust=trust, search=True)
    return load_experiment(source)


def open_experiment(
    experiment: Experiment | str | Path, *, trust: bool, progress: Progress
) -> tuple[Experiment, list[Finding]]:
    """Read an experiment, import its custom layers, and attach numbers of particles to their four-vectors.

    Args:
        experiment: an experiment, or the path of its file.
        trust: trust the modules of custom layers, on this machine from now on.
        progress: callback for progress updates.

    Returns:
        The experiment, and a finding for every group of numbers that was attached.

    Raises:
        ExperimentError: the file is not valid, or its networks take much more memory than there is.
        DataError: the data cannot be read.
    """
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    refuse_too_large(experiment)
    import_custom_layers(experiment.model, trust=trust)
    return with_properties(experiment, progress=progress)
