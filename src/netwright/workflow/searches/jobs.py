"""Several processes at work on one search: on this machine, or on a cluster by Dask."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from netwright.config import ClusterSection, Experiment, load_experiment
from netwright.errors import NetwrightError
from netwright.optional_imports import skip_optional_imports
from netwright.progress import Progress, silent
from netwright.searching import space_of
from netwright.workflow._cluster import raise_first, work_by_workers
from netwright.workflow.searches.work import Budget, work

__all__ = ["work_in_processes", "work_on_cluster"]


def work_in_processes(folder: Path, budget: Budget, jobs: int, *, trust: bool) -> None:
    """Let several processes of this machine work on a search until it is finished or one of them dies.

    What a process that died has left is done by the caller, who works on the same folder afterwards.

    Args:
        folder: of the search, with the experiment in ``experiment.yaml``.
        budget: how many trials.
        jobs: number of processes.
        trust: trust the modules of custom layers.

    Raises:
        RunError: one of them could not go on; the message is its own.
    """
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(jobs, mp_context=context, initializer=skip_optional_imports) as pool:
            arguments = (str(folder), budget.trials, budget.until, trust)
            running = [pool.submit(_work, *arguments, number == 0) for number in range(jobs)]
            messages = [future.result() for future in running]
    except BrokenProcessPool:
        return
    raise_first(messages)


def work_on_cluster(
    folder: Path, experiment: Experiment, budget: Budget, name: str, jobs: int, *, trust: bool, progress: Progress
) -> None:
    """Let the workers of a cluster work on a search until it is finished.

    Only paths go through the scheduler: rows, study and results are on the file system that all machines share. The
    task of a worker that dies is done by another one.

    Args:
        folder: of the search, with the experiment in ``experiment.yaml``.
        experiment: with the section ``cluster``.
        budget: how many trials.
        name: of ``--cluster``.
        jobs: number of workers.
        trust: trust the modules of custom layers.
        progress: callback for progress updates.

    Raises:
        RunError: there is no such cluster, no worker comes, a worker has another version of netwright, or one of them
            could not go on.
    """
    arguments = (str(folder.resolve()), budget.trials, budget.until, trust)
    tasks = [(*arguments, number == 0) for number in range(jobs)]
    work_by_workers(name, experiment.cluster or ClusterSection(), folder, jobs, _work, tasks, progress)


def _work(folder: str, trials: int, until: float | None, trust: bool, draws: bool) -> str:  # noqa: FBT001  # pickled
    """Work on a search in another process; return the message of what ended it before its end."""
    path = Path(folder)
    try:
        space = space_of(load_experiment(path / "experiment.yaml"))
        work(path, space, Budget(trials, until), trust=trust, draws=draws, progress=silent)
    except NetwrightError as error:  # its class may need more than one argument, and would not come back
        return str(error)
    return ""
