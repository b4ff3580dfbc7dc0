"""Train and evaluate a run whose data is open: what a first training and a resumed one have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from netwright.config import Experiment
from netwright.finding import Finding
from netwright.lab import Run, RunLock, environment
from netwright.plots import draw_features
from netwright.progress import Progress, step
from netwright.trackers import Tracking
from netwright.training import Observer
from netwright.workflow._data import ExperimentData, split_summary
from netwright.workflow._evaluate import evaluate_run
from netwright.workflow._open_recorded import open_recorded
from netwright.workflow._recorded import draw_recorded
from netwright.workflow.findings.recorded import recorded_findings
from netwright.workflow.findings.sums import sum_findings
from netwright.workflow.members.of_run import train_run
from netwright.workflow.members.on_cluster import members_on_cluster

__all__ = ["record_start", "train_and_evaluate"]


def record_start(run: Run, experiment: Experiment, data: ExperimentData, progress: Progress) -> None:
    """Write where a run is trained, and on which rows.

    Args:
        run: the run.
        experiment: its experiment, with the current location of the files.
        data: the data of this experiment.
        progress: callback for progress updates, as the content of all files is hashed.
    """
    run.write_json("environment.json", environment(experiment.training.seed))
    run.write_json("split.json", split_summary(experiment, data, progress))


def train_and_evaluate(
    run: Run,
    experiment: Experiment,
    data: ExperimentData,
    lock: RunLock,
    tracking: Tracking,
    *,
    cluster: str | None,
    jobs: int,
    finish: bool = False,
    findings: Sequence[Finding] = (),
    observers: Sequence[Observer],
    warn: Callable[[Finding], None],
    progress: Progress,
) -> None:
    """Train the members that are not trained yet, evaluate the network, and draw its inputs and recorded samples.

    Args:
        run: the run, where everything is written.
        experiment: its experiment, with the current location of the files.
        data: the data of this experiment.
        lock: the lock of the run.
        tracking: feeds the trackers of the run.
        cluster: the cluster whose workers train the members; None: this process trains them.
        jobs: number of these workers.
        finish: use the best weights so far instead of training further.
        findings: findings on earlier changes to the experiment.
        observers: callbacks for the events of the training.
        warn: called with each warning on samples before the training, and of the doctor while it runs.
        progress: callback for progress updates.

    Raises:
        TrainingInterruptedError: a signal ended the training, which can be resumed.
        NetwrightError: the experiment cannot be carried out as specified.
    """
    _, recorded = open_recorded(experiment, progress)
    record_start(run, experiment, replace(data, yields=[*data.yields, *recorded]), progress)
    sums = [*sum_findings(experiment, data.yields, progress)]
    for finding in (*sums, *recorded_findings([*data.yields, *recorded])):  # better known before the training
        if finding.severity == "WARN":
            warn(finding)
    if cluster is not None and not (run.trained or finish):
        members = data.division.folds * experiment.ensemble.members
        members_on_cluster(run, lock, cluster, jobs, members, progress, warn=warn)
    if not run.trained:
        train_run(
            run, data, lock, [*observers, tracking], progress, finish=finish, findings=[*findings, *sums], warn=warn,
            on_vitals=tracking.on_vitals,
        )  # fmt: skip
    evaluate_run(run, data.dataset, data.rows, data.division, progress)
    with step(progress, "Drawing inputs"):
        draw_features(run, data.rows, data.division.split(0))
    draw_recorded(run, experiment, data, progress)
