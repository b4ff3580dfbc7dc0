"""Resume: continue a training that was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from netwright.errors import RunError
from netwright.finding import Finding
from netwright.lab import Run, locked, open_run, open_to_resume
from netwright.models import import_custom_layers
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.trackers import Tracking
from netwright.training import Observer, ended_by_signals
from netwright.workflow._cluster import check_cluster
from netwright.workflow._data import load_data
from netwright.workflow._relocated_experiment import relocated_experiment
from netwright.workflow._report import report
from netwright.workflow._run_data import changes_of
from netwright.workflow._train_and_evaluate import train_and_evaluate
from netwright.workflow.findings.of_run import no_warning

__all__ = ["resume"]


def resume(
    run: Run | str | Path,
    *,
    finish: bool = False,
    own_files: Files | None = None,
    cluster: str | None = None,
    jobs: int = 1,
    trust: bool = False,
    observers: Sequence[Observer] = (),
    warn: Callable[[Finding], None] = no_warning,
    progress: Progress = silent,
) -> Run:
    """Continue a run that was interrupted; the weights are bit for bit the same as without the interruption.

    Args:
        run: the run.
        finish: use the best weights so far instead of training further.
        own_files: current location of the run's files, if they have moved.
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
        RunError: the run has ended, another process is training it, or its data has changed.
        NetwrightError: for the same reasons as in `train`.

    Example:
        >>> import netwright as nw
        >>> nw.resume("runs/top-tagging").trained  # doctest: +SKIP
        True
    """
    check_cluster(cluster)
    run = open_run(run, trust=trust) if isinstance(run, Run) else open_to_resume(run, finish=finish, trust=trust)
    import_custom_layers(run.experiment.model, trust=trust)
    with locked(run.path, progress) as lock, ended_by_signals(run.interrupted):
        experiment = relocated_experiment(run, own_files)
        data = load_data(experiment, progress)
        changes = []
        if (run.path / "split.json").exists():
            changes = changes_of(run, experiment, data, progress, in_order=True)
        if changes:
            msg = (
                f"{run.path}: its data is not what it was when the training began: {'; '.join(changes)}. Put it back, "
                "name the files that it was trained on with --files (in Python: own_files), or train again."
            )
            raise RunError(msg)
        tracking = Tracking(run, warn)
        train_and_evaluate(
            run, experiment, data, lock, tracking, cluster=cluster, jobs=jobs, finish=finish,
            observers=observers, warn=warn, progress=progress,
        )  # fmt: skip
        del data  # the figures of the results need memory too
        report(run, progress=progress)
        tracking.finish()
    return run
