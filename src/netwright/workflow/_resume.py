"""Resume: continue a training that was interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from netwright.errors import RunError
from netwright.finding import Finding
from netwright.lab import Run, environment, locked, open_run, open_to_resume
from netwright.models import import_custom_layers
from netwright.progress import Progress, silent
from netwright.readers import Files
from netwright.trackers import Tracking
from netwright.training import Observer, ended_by_signals
from netwright.workflow._data import load_data, split_summary
from netwright.workflow._findings import no_warning
from netwright.workflow._members import evaluate_and_draw, train_run
from netwright.workflow._members_on_cluster import members_on_cluster
from netwright.workflow._own_data import changes_of
from netwright.workflow._own_experiment import own_experiment
from netwright.workflow._recorded import draw_recorded
from netwright.workflow._report import report

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
        warn: called with each warning of the doctor while the training runs.
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
    run = open_run(run, trust=trust) if isinstance(run, Run) else open_to_resume(run, finish=finish, trust=trust)
    import_custom_layers(run.experiment.model, trust=trust)
    with locked(run.path, progress) as lock, ended_by_signals(run.path):
        experiment = own_experiment(run, own_files)
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
        run.write_json("split.json", split_summary(experiment, data, progress))
        run.write_json("environment.json", environment(run.experiment.training.seed))
        tracking = Tracking(run, warn)
        if cluster is not None and not (run.trained or finish):
            members = data.division.folds * run.experiment.ensemble.members
            members_on_cluster(run, lock, cluster, jobs, members, progress, warn=warn)
        if not run.trained:
            train_run(
                run, data, lock, [*observers, tracking], progress, finish=finish, warn=warn,
                on_vitals=tracking.on_vitals,
            )  # fmt: skip
        evaluate_and_draw(run, data, progress)
        draw_recorded(run, experiment, data, progress)
        del data  # the figures of the results need memory too
        report(run, progress=progress)
        tracking.finish()
    return run
