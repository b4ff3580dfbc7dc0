"""What coordination costs: trials that only sleep, through real Dask workers, and studies of many trials."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import netwright as nw
from netwright.config import dump_experiment, load_experiment
from netwright.progress import silent
from netwright.searching import Outcome, space_of

BATCH = 16  # trials proposed at once, where a study of many is made up


def coordination(workers: int, trials: int, seconds: float, at_once: int = 1) -> dict[str, float]:
    """Let so many worker processes of a Dask cluster do trials that sleep.

    Args:
        workers: processes, started before the clock.
        trials: how many.
        seconds: that each sleeps.
        at_once: trials of a batch; they sleep together, as trials at once are trained.

    Returns:
        Seconds of the whole, by the study that all share (what `--cluster` does) and by a task for each trial, and
        what is more than sleeping in both, per trial and worker.
    """
    import dask
    from distributed import Client, LocalCluster, utils

    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})  # 64 of them share what is imported
    utils.get_mp_context().set_forkserver_preload(["distributed", "netwright.workflow.searches.work"])
    found: dict[str, float] = {"workers": workers, "trials": trials, "sleep": seconds, "at_once": at_once}
    ideal = seconds * trials / at_once / workers
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        tempfile.TemporaryDirectory() as name,
    ):
        client.wait_for_workers(workers, timeout=300)
        folder = _folder(Path(name), at_once)
        client.run(_ready)
        began = time.perf_counter()
        client.gather([client.submit(_work, str(folder), trials, seconds, pure=False) for _ in range(workers)])
        found["by the study"] = time.perf_counter() - began
        began = time.perf_counter()
        client.gather(client.map(time.sleep, [seconds] * (trials // at_once), pure=False))
        found["by tasks"] = time.perf_counter() - began
    for way in ("by the study", "by tasks"):
        found[f"overhead {way}"] = (found[way] - ideal) * workers / trials
    return found


def growth(trials: int) -> dict[str, float]:
    """Time what a process does between two batches in a study of so many trials.

    Args:
        trials: finished ones.

    Returns:
        Seconds: to open the study, to look for batches that nobody finished, and to propose one trial at random and
        by TPE; and the size of the journal, in MB.
    """
    import optuna

    from netwright.workflow.searches.work import open_study

    with tempfile.TemporaryDirectory() as name:
        folder = _folder(Path(name), 1)
        space = space_of(load_experiment(folder / "experiment.yaml"))
        study = open_study(folder, space)
        other = optuna.create_study(sampler=optuna.samplers.RandomSampler(1))
        for first in range(0, trials, BATCH):
            count = min(BATCH, trials - first)
            study.study.add_trials([
                optuna.create_trial(
                    params=other.ask(fixed_distributions=dict(space.distributions)).params,
                    distributions=dict(space.distributions), value=0.5,
                    user_attrs={"outcome": {"folds": [0.5], "rungs": {}, "last_value": 0.5}},
                )
                for _ in range(count)
            ])  # fmt: skip
            batch = {"trials": {str(first + n): {} for n in range(count)}, "known": [[0, max(0, first - 1)]]}
            place = folder / "batches" / f"{first // BATCH:04d}"
            place.mkdir(parents=True)
            (place / "batch.json").write_text(json.dumps(batch))
        found = {"trials": float(trials), "MB": (folder / "study.journal").stat().st_size / 1e6}
        for sampler in ("random", "tpe"):
            section = space.section.model_copy(update={"sampler": sampler})
            changed = type(space)(space.experiment, section, space.objective, space.distributions)
            began = time.perf_counter()
            opened = open_study(folder, changed)
            opened.trials()
            found["open"] = time.perf_counter() - began
            began = time.perf_counter()
            list(opened.unfinished())
            found["look"] = time.perf_counter() - began
            began = time.perf_counter()
            opened.tell([Outcome(next(iter(opened.ask(1).trials)), "complete", 0.5, (0.5,))])
            found[f"ask and tell, {sampler}"] = time.perf_counter() - began
    return found


def _folder(folder: Path, at_once: int) -> Path:
    """Write the experiment of a search whose trials sleep."""
    path = folder / "rows.parquet"
    pq.write_table(pa.table({"a": np.arange(10.0), "y": np.arange(10) % 2}), path)
    experiment = nw.parse_experiment({
        "name": "asleep",
        "data": {"files": [str(path)]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "dense", "units": [2]}},
        "search": {
            "parameters": {"training.learning_rate": {"low": 1e-3, "high": 1e-1, "log": True}},
            "sampler": "random", "at_once": at_once,
        },
    })  # fmt: skip
    (folder / "experiment.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
    return folder


def _ready() -> None:
    """Import what a worker needs, before the clock."""
    import netwright.workflow.searches.work  # noqa: F401


def _work(folder: str, trials: int, seconds: float) -> None:
    """Work on a search as a worker does, with trials that sleep."""
    from netwright.workflow.searches import work as of

    class Trainer:
        def __init__(self, *_: Any) -> None:  # noqa: ANN401
            pass

        def train(self, batch: Any, _: Any) -> list[Outcome]:  # noqa: ANN401
            time.sleep(seconds)
            return [Outcome(number, "complete", 0.5, (0.5,)) for number in batch.trials]

    of.TrialTrainer, of.load_data = Trainer, lambda *_: None  # type: ignore[assignment,misc]
    space = space_of(load_experiment(Path(folder) / "experiment.yaml"))
    of.work(Path(folder), space, of.Budget(trials, None), progress=silent)
