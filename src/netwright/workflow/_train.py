"""Train: the complete workflow from files to a trained, evaluated and reported network."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from netwright.config import Experiment, load_experiment
from netwright.finding import Finding
from netwright.lab import Run, create_run, locked
from netwright.progress import Progress, silent
from netwright.trackers import Tracking, check_libraries
from netwright.training import Observer, ended_by_signals
from netwright.workflow._cluster import check_cluster
from netwright.workflow._data import load_data
from netwright.workflow._open_experiment import open_experiment
from netwright.workflow._open_recorded import open_recorded
from netwright.workflow._report import report
from netwright.workflow._train_and_evaluate import train_and_evaluate
from netwright.workflow.findings.of_run import no_warning

__all__ = ["train"]


def train(
    experiment: Experiment | str | Path,
    *,
    run: str | Path | None = None,
    parent: Run | str | Path | None = None,
    cluster: str | None = None,
    jobs: int = 1,
    trust: bool = False,
    observers: Sequence[Observer] = (),
    warn: Callable[[Finding], None] = no_warning,
    progress: Progress = silent,
) -> Run:
    """Run the complete workflow from files to a trained, evaluated and reported network.

    Args:
        experiment: an experiment, or the path of its file.
        run: the run directory, which must not exist yet, or be empty; default: ``runs/NAME``, numbered if that exists.
        parent: the run that this one is a change of, for the lab book.
        cluster: lets workers of a cluster train the members (folds, and networks of an ensemble), each by itself:
            ``local``, ``dask://ADDRESS``, ``slurm`` or ``htcondor``. Needs the extra "cluster".
        jobs: number of these workers.
        trust: trust the modules of custom layers, on this machine from now on.
        observers: callbacks for the events of the training.
        warn: called with each warning on samples before the training, and of the doctor while it runs.
        progress: callback for progress updates.

    Returns:
        The run.

    Raises:
        NetwrightError: the experiment cannot be carried out as specified; the message suggests the next step.

    Example:
        >>> import netwright as nw
        >>> run = nw.train("experiment.yaml")  # doctest: +SKIP
        >>> run.evaluation["test"]["is_top"]["roc_auc"]["value"]  # doctest: +SKIP
        0.9712
    """
    check_cluster(cluster)
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    check_libraries(experiment.trackers)
    with ended_by_signals():
        experiment, attached = open_experiment(experiment, trust=trust, progress=progress)
        data = load_data(experiment, progress)
        open_recorded(experiment, progress)  # what is missing is said before the training
        new_run = create_run(experiment, None if run is None else Path(run), trust=trust)
    with locked(new_run.path, progress) as lock, ended_by_signals(new_run.interrupted):
        if parent is not None:
            parent_path = parent.path if isinstance(parent, Run) else parent
            new_run.write_json("parent.json", {"run": os.path.relpath(parent_path, new_run.path)})
        tracking = Tracking(new_run, warn)
        train_and_evaluate(
            new_run, experiment, data, lock, tracking, cluster=cluster, jobs=jobs, findings=attached,
            observers=observers, warn=warn, progress=progress,
        )  # fmt: skip
        del data  # the figures of the results need memory too
        report(new_run, progress=progress)
        tracking.finish()
    return new_run
