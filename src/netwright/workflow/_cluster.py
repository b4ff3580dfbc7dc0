"""Tasks on the workers of a cluster, by Dask: opened, checked, replaced where they die."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.config import ClusterSection
from netwright.errors import ExperimentError, MissingExtraError, RunError, did_you_mean
from netwright.progress import Progress, step

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["CLUSTERS", "check_cluster", "raise_first", "work_by_workers"]

CLUSTERS = ("local", "dask://ADDRESS", "slurm", "htcondor")

_LEFT = 300  # seconds before the end of a job at which its worker leaves, after its last batch
_LOOK = 1.0  # seconds between looks at the workers
_DEATHS = 1000  # of workers that a task survives
_STAGGER = 60  # seconds by which the ends of workers differ


def check_cluster(name: str | None) -> None:
    """Refuse an unknown cluster; a command does so before it reads anything.

    Args:
        name: of ``--cluster``; None for no cluster.

    Raises:
        ExperimentError: there is no such cluster.
        MissingExtraError: Dask is not installed.
    """
    if name is None:
        return
    if name not in ("local", "slurm", "htcondor") and not name.startswith("dask://"):
        msg = f"--cluster {name}: unknown.{did_you_mean(name, CLUSTERS)}"
        raise ExperimentError(msg)
    try:
        import dask_jobqueue  # noqa: F401  # only whether it is there
        import distributed  # noqa: F401
    except ImportError as error:
        feature = f"--cluster {name}"
        raise MissingExtraError(feature, "cluster") from error


def work_by_workers(
    name: str,
    section: ClusterSection,
    folder: Path,
    jobs: int,
    task: Callable[..., str],
    arguments: Sequence[tuple[Any, ...]],
    progress: Progress,
) -> None:
    """Let the workers of a cluster do tasks.

    Only paths and numbers go through the scheduler: rows and results are on the file system that all machines share.
    The task of a worker that dies is done by another one, so a task is one that can be begun again. A worker that no
    task is left for ends, and gives its place in the queue back.

    Args:
        name: of ``--cluster``.
        section: options of the queue.
        folder: for what the jobs write, in ``jobs``.
        jobs: number of workers.
        task: a function of a module, which returns the message of what ended it, or an empty text.
        arguments: of each task.
        progress: callback for progress updates.

    Raises:
        RunError: there is no such cluster, no worker comes, a worker has another version of netwright, or a task could
            not go on.
    """
    jobs = min(jobs, len(arguments))
    with (
        _client(name, section, jobs, folder) as (client, adapt),
        step(progress, f"{jobs} worker{'s' if jobs > 1 else ''}, dashboard {client.dashboard_link}"),
    ):
        _check_workers(client, name, section)
        running = [client.submit(task, *values, pure=False) for values in arguments]
        messages: list[str] = []
        while running:
            time.sleep(_LOOK)
            ended = [future for future in running if future.done()]
            messages += client.gather(ended)  # at once: what a worker still has would be lost with it
            running = [future for future in running if future not in ended]
            del ended
            if running:
                adapt(len(running))
    raise_first(messages)


@contextmanager
def _client(
    name: str, section: ClusterSection, jobs: int, folder: Path
) -> Iterator[tuple[Client, Callable[[int], object]]]:
    """Open a cluster, or connect to one; yield the client, and what fits the workers to the tasks that are left."""
    import dask
    from distributed import Client, LocalCluster

    if name.startswith("dask://"):
        address = f"tcp://{name.removeprefix('dask://')}"
        try:
            client = Client(address, timeout=section.wait)
        except (OSError, ValueError) as error:  # what distributed raises for a scheduler that is not there
            msg = (
                f"--cluster {name}: no scheduler answered within {section.wait:g} s ({error}). Start one with dask "
                "scheduler, or wait longer with cluster.wait."
            )
            raise RunError(msg) from error
        with client:
            yield client, lambda _: None  # its workers are not ours
        return
    with dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS}):
        if name == "local":
            cluster: Any = LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=":0")
        else:
            cluster = _queue(name, section, folder / "jobs")
    with cluster:
        cluster.scale(jobs)
        with Client(cluster) as cluster_client:
            yield cluster_client, lambda tasks_left: _adapt(cluster_client, cluster, min(tasks_left, jobs), tasks_left)


def _adapt(client: Client, cluster: Any, workers: int, tasks_left: int) -> None:  # noqa: ANN401  # of Dask, without types
    """Let workers go that no task is left for, and ask again for those that are gone.

    Dask's own adaptive scaling cancels jobs that wait in the queue, and counts that as failures of their tasks.
    """
    tasks = client.processing()
    if sum(map(len, tasks.values())) == tasks_left < len(tasks):  # each task has a worker
        infos = client.scheduler_info()["workers"]
        idle = [infos[address]["name"] for address, keys in tasks.items() if not keys and address in infos]
        cluster.sync(cluster.scale_down, idle)
    # never fewer, since Dask would choose which; the same number restarts those whose job is gone
    cluster.scale(max(workers, len(cluster.worker_spec)))


def _queue(name: str, section: ClusterSection, output: Path | None) -> Any:  # noqa: ANN401  # dask_jobqueue has no types
    from dask_jobqueue import HTCondorCluster, SLURMCluster

    options: dict[str, Any] = {
        "cores": section.cores,
        "processes": 1,
        "memory": section.memory,
        "log_directory": None if output is None else str(output.resolve()),
        "job_script_prologue": section.prologue,
        "scheduler_options": {"dashboard_address": ":0"},
    }
    if name == "htcondor":
        pairs = (line.partition("=") for line in section.directives)
        directives = {key.strip(): value.strip() for key, _, value in pairs}
        return HTCondorCluster(**options, disk=section.disk, job_extra_directives=directives)
    hours, minutes, seconds = (int(field) for field in section.walltime.split(":"))
    lifetime = max(60, 3600 * hours + 60 * minutes + seconds - _LEFT)
    options["worker_extra_args"] = ["--lifetime", f"{lifetime}s", "--lifetime-stagger", f"{_STAGGER}s"]
    options["job_extra_directives"] = section.directives
    return SLURMCluster(**options, walltime=section.walltime, queue=section.partition, account=section.account)


def _check_workers(client: Client, name: str, section: ClusterSection) -> None:
    """Wait for the first worker, and make sure that all have our version."""
    try:
        client.wait_for_workers(1, timeout=section.wait)
    except TimeoutError as error:
        msg = (
            f"--cluster {name}: no worker started within {section.wait:g} s. Check the queue, or wait longer with "
            "cluster.wait."
        )
        raise RunError(msg) from error
    own = version("netwright")
    for address, found in client.run(version, "netwright", on_error="return").items():  # nothing of ours is needed
        if found != own:
            msg = (
                f"--cluster {name}: the worker {address} has netwright {found}, this is {own}. Install the "
                "same version there, or name its environment in cluster.prologue."
            )
            raise RunError(msg)


def raise_first(messages: Sequence[str]) -> None:
    """Raise what ended a process.

    Args:
        messages: of each; empty where it came to its end.

    Raises:
        RunError: there is a message.
    """
    if any(messages):
        raise RunError(next(message for message in messages if message))
