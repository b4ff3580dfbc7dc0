"""Several processes and clusters: what is refused, and a worker that dies while it trains."""

from __future__ import annotations

import builtins
import json
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.config import ClusterSection, dump_experiment
from netwright.errors import ExperimentError, MissingExtraError, RunError
from netwright.progress import silent
from netwright.searching import space_of
from netwright.workflow import _cluster
from netwright.workflow._cluster import check_cluster, raise_first
from netwright.workflow.searches import jobs
from netwright.workflow.searches.jobs import work_on_cluster
from netwright.workflow.searches.work import Budget, open_study


def test_a_cluster_that_is_none_is_refused():
    with pytest.raises(ExperimentError, match=r'--cluster slrm: unknown. Did you mean "slurm"'):
        check_cluster("slrm")


def test_without_dask_the_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments):
        if name == "distributed":
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"--cluster local.*netwright\[cluster\]"):
        check_cluster("local")


def test_a_queue_is_asked_for_what_the_section_says():
    section = ClusterSection(
        memory="3GB", walltime="01:00:00", partition="long", account="atlas", prologue=["module load python"],
        directives=["--constraint=haswell"],
    )  # fmt: skip
    with _cluster._queue("slurm", section, None) as jobs_of_slurm:
        script = jobs_of_slurm.job_script()
    for line in ("-p long", "-A atlas", "-t 01:00:00", "--mem=3G", "--constraint=haswell"):
        assert f"#SBATCH {line}" in script
    assert "module load python" in script
    assert "--lifetime 3300s --lifetime-stagger 60s" in script
    with _cluster._queue(
        "htcondor", section.model_copy(update={"directives": ["MaxRuntime = 7200"]}), None
    ) as htcondor:
        submitted = htcondor.job_script()
    assert "DaskWorkerDisk = 2000000000" in submitted
    assert "MaxRuntime = 7200" in submitted


def test_a_scheduler_that_is_not_there_is_named(experiment_of):
    experiment = experiment_of(cluster={"wait": 0.2})
    with pytest.raises(RunError, match=r"dask://127.0.0.1:9: no scheduler answered within 0.2 s"):
        work_on_cluster(Path(), experiment, Budget(1, None), "dask://127.0.0.1:9", 1, trust=False, progress=silent)


def test_a_worker_with_another_version_is_named():
    class Client:
        def wait_for_workers(self, number, timeout):
            assert (number, timeout) == (1, 120.0)

        def run(self, function, *arguments, on_error):
            assert on_error == "return"
            return {"tcp://node7:1": function(*arguments), "tcp://node8:1": "0.0.1"}

    with pytest.raises(RunError, match=r"the worker tcp://node8:1 has netwright 0.0.1, this is"):
        _cluster._check_workers(Client(), "slurm", ClusterSection())


def test_a_queue_that_starts_no_worker_is_named():
    class Client:
        def wait_for_workers(self, *_, **__):
            raise TimeoutError

    with pytest.raises(RunError, match=r"--cluster slurm: no worker started within 120 s. Check the queue"):
        _cluster._check_workers(Client(), "slurm", ClusterSection())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a search that begins, with its experiment."""
    generator = np.random.default_rng(1)
    y = np.arange(400) % 2
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": generator.normal(size=400) + y, "y": y}), path)
    experiment = nw.parse_experiment({
        "name": "toy",
        "data": {"files": [str(path)]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"is_hh": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "dense", "units": [2]}},
        "training": {"epochs": 2},
        "search": {"parameters": {"training.learning_rate": {"low": 1e-3, "high": 1e-2}}, "at_once": 2},
    })  # fmt: skip
    (tmp_path / "experiment.yaml").write_text(dump_experiment(experiment))
    return tmp_path


@pytest.mark.parametrize(("tasks", "left", "names"), [
    ({"a": ["t"], "b": [], "c": []}, 1, {"A"}),  # two are idle and go
    ({"a": ["t"], "b": []}, 3, {"A", "B", "C"}),  # tasks wait for workers, of which one has not come yet
    ({"a": ["t"]}, 3, {"A", "B", 2}),  # a job is gone, and asked for again
])  # fmt: skip
def test_workers_are_as_many_as_there_are_tasks(tasks, left, names):
    class Cluster:
        worker_spec = dict.fromkeys(["A", "B"] if 2 in names else ["A", "B", "C"])

        def sync(self, do, gone):
            do(gone)

        def scale_down(self, gone):
            self.worker_spec = {name: None for name in self.worker_spec if name not in gone}

        def scale(self, wanted):
            self.worker_spec |= dict.fromkeys(range(len(self.worker_spec), wanted))

    class Client:
        def processing(self):
            return tasks

        def scheduler_info(self):
            return {"workers": {address: {"name": address.upper()} for address in tasks}}

    cluster = Cluster()
    _cluster._adapt(Client(), cluster, min(left, 4), left)
    assert set(cluster.worker_spec) == names


def test_what_ends_a_process_comes_back_with_its_message(folder):
    text = (folder / "experiment.yaml").read_text().replace("rows.parquet", "rws.parquet")
    (folder / "experiment.yaml").write_text(text)
    with pytest.raises(RunError, match=r"rws.parquet"):
        raise_first(["", jobs._work(str(folder), 2, None, trust=False, draws=False)])


def test_a_worker_that_is_killed_while_it_trains_is_replaced_and_its_trials_repeated(folder):
    killed: list[int] = []

    def kill() -> None:
        lock = folder / "batches" / "0000" / ".lock"
        while not killed:
            with suppress(OSError, ValueError):
                killed.append(json.loads(lock.read_text())["pid"])
                os.kill(killed[0], signal.SIGKILL)
            time.sleep(0.005)

    experiment = nw.load_experiment(folder / "experiment.yaml")
    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    work_on_cluster(folder, experiment, Budget(4, None), "local", 1, trust=False, progress=silent)
    killer.join(1)
    trials = open_study(folder, space_of(experiment)).trials()
    assert len(killed) == 1
    assert killed[0] != os.getpid()
    assert [trial.state.name for trial in trials] == ["COMPLETE"] * 4
