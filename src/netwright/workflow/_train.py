"""Train: the complete workflow from files to a trained, evaluated and reported network."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from netwright.config import Experiment, load_experiment
from netwright.finding import Finding
from netwright.lab import Run, create_run, environment, locked
from netwright.models import import_custom_layers
from netwright.progress import Progress, silent
from netwright.trackers import Tracking, check_libraries
from netwright.training import Observer, ended_by_signals
from netwright.workflow._cluster import check_cluster
from netwright.workflow._data import load_data, split_summary, with_properties
from netwright.workflow._demand import refuse_too_large
from netwright.workflow._findings import no_warning
from netwright.workflow._members import evaluate_and_draw, train_run
from netwright.workflow._members_on_cluster import members_on_cluster
from netwright.workflow._recorded import draw_recorded, open_recorded
from netwright.workflow._report import report

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
        warn: called with each warning of the doctor while the training runs.
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
    if not isinstance(experiment, Experiment):
        experiment = load_experiment(experiment)
    refuse_too_large(experiment)
    check_libraries(experiment.trackers)
    if cluster is not None:
        check_cluster(cluster)
    import_custom_layers(experiment.model, trust=trust)
    with ended_by_signals():
        experiment, attached = with_properties(experiment, progress=progress)
        data = load_data(experiment, progress)
        open_recorded(experiment, progress)  # what is missing is said before the training
        new_run = create_run(experiment, None if run is None else Path(run))
    with locked(new_run.path, progress) as lock, ended_by_signals(new_run.path):
        if parent is not None:
            parent_path = parent.path if isinstance(parent, Run) else parent
            new_run.write_json("parent.json", {"run": os.path.relpath(parent_path, new_run.path)})
        new_run.write_json("environment.json", environment(experiment.training.seed))
        new_run.write_json("split.json", split_summary(experiment, data, progress))
        tracking = Tracking(new_run, warn)
        if cluster is not None:
            members = data.division.folds * experiment.ensemble.members
            members_on_cluster(replace(new_run, trust=trust), lock, cluster, jobs, members, progress, warn=warn)
        train_run(
            new_run, data, lock, [*observers, tracking], progress, findings=attached, warn=warn,
            on_vitals=tracking.on_vitals,
        )  # fmt: skip
        evaluate_and_draw(new_run, data, progress)
        draw_recorded(new_run, experiment, data, progress)
        del data  # the figures of the results need memory too
        report(new_run, progress=progress)
        tracking.finish()
    return new_run
