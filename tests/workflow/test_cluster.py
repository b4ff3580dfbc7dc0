"""Members and files on the workers of a cluster: what a worker does, done here, gives the same as without one."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.config import dump_experiment
from netwright.data import describe_folds
from netwright.errors import RunError
from netwright.finding import Finding
from netwright.lab import create_run, locked, open_checkpointing, read_history, warnings_writer
from netwright.models import member_networks
from netwright.progress import silent
from netwright.training import Hooks
from netwright.workflow import _generate, _predict, _scan
from netwright.workflow._cluster import raise_first
from netwright.workflow._data import load_data
from netwright.workflow.members import on_cluster
from netwright.workflow.members.on_cluster import _prepared, _train_member, members_on_cluster
from netwright.workflow.members.prepare import members_of_division, train_on_rows

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 300


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> nw.Experiment:
    generator = np.random.default_rng(1)
    y = np.arange(ROWS) % 2
    path = tmp_path_factory.mktemp("cluster") / "rows.parquet"
    pq.write_table(pa.table({"a": generator.normal(size=ROWS) + y, "y": y, "event": np.arange(ROWS)}), path)
    return nw.parse_experiment({
        "name": "toy",
        "data": {"files": [str(path)], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"is_hh": {"kind": "binary", "column": "y", "classes": {"tt": 0, "hh": 1}}},
        "split": {"kind": "cross", "folds": 3},
        "model": {"body": {"kind": "dense", "units": [3]}},
        "training": {"epochs": 2, "batch_size": 64, "members": "one-by-one"},
        "cluster": {"memory": "3GB"},
    })  # fmt: skip


def done_here(patch: pytest.MonkeyPatch) -> list[Any]:
    """Do here what workers would do, one task after another, and return what was asked for."""
    asked: list[Any] = []

    def work(name, section, folder, jobs, task, arguments, progress):
        del folder, progress
        asked.append((name, section.memory, jobs, len(arguments)))
        raise_first([task(*pickle.loads(pickle.dumps(words))) for words in arguments])  # noqa: S301  # our own

    for module in (_generate, on_cluster, _predict):
        patch.setattr(module, "work_by_workers", work)
    return asked


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    return done_here(monkeypatch)


@pytest.fixture(scope="module")
def run(experiment) -> nw.Run:
    with pytest.MonkeyPatch.context() as patch:
        asked = done_here(patch)
        result = nw.train(experiment, run=Path(experiment.data.files[0]).parent / "run", cluster="slurm", jobs=2)
    assert asked == [("slurm", "3GB", 2, 3)]
    return result


@pytest.mark.optimised
def test_a_training_on_a_cluster_has_the_bits_of_one_member_after_another(experiment, run, tmp_path):
    data = load_data(experiment, silent)
    members = members_of_division(experiment, data.rows, data.division)
    descriptions = describe_folds(data.rows, data.division, experiment)
    other = create_run(experiment, tmp_path / "other")
    with locked(other.path) as lock:
        checkpointing = open_checkpointing(other, lock, pytest.fail)
        trained = train_on_rows(members, data.rows, descriptions, Hooks(), checkpointing)
    expected = [value for one in trained for value in one.model.get_weights()]
    weights = [value for network in member_networks(run.model) for value in network.get_weights()]
    for one, value in zip(weights, expected, strict=True):
        np.testing.assert_array_equal(one, value)
    losses = [
        (record["member"], record["epoch"], record["valid_loss"]) for record in read_history(run.path / "history.jsonl")
    ]
    assert losses == [(n, epoch.epoch, epoch.valid_loss) for n, one in enumerate(trained) for epoch in one.history]
    assert (run.path / "report.html").exists()
    assert not (run.path / "parts").exists()


def test_what_was_interrupted_goes_on_from_what_is_there(experiment, here, tmp_path):
    run = create_run(experiment, tmp_path / "run")
    assert _train_member(str(run.path), 1, trust=False, parameter="", values=[]) == ""
    before = sorted((run.path / "parts" / "member-1" / "checkpoints").rglob("state.json"))
    warning, warned = Finding("dead units", "WARN", "1 of 3 units is dead.", cause="A cause."), []
    for part in ("member-1", "member-2"):
        (run.path / "parts" / part).mkdir(exist_ok=True)
        (run.path / "parts" / part / "warnings.jsonl").write_text('{"symptom": "dea')  # of a worker that was killed
        warnings_writer(run.path / "parts" / part / "warnings.jsonl")(warning)
    (run.path / "parts" / "member-1" / "separation.jsonl").write_text('{"member": 0, "epoch": 1}\n')
    with locked(run.path) as lock:
        members_on_cluster(run, lock, "local", 5, 3, silent, warn=warned.append)
        assert warned.count(warning) == 1
        members_on_cluster(run, lock, "local", 5, 3, silent)  # all of them are there
    assert here == [("local", "3GB", 5, 3)]
    assert before
    assert [record["member"] for record in read_history(run.path / "history.jsonl")] == [0, 0, 1, 1, 2, 2]
    assert (run.path / "separation.jsonl").read_text() == '{"member": 1, "epoch": 1}\n'


@pytest.mark.usefixtures("here")
def test_a_member_that_cannot_go_on_says_why(experiment, tmp_path):
    moved = experiment.model_copy(update={"data": experiment.data.model_copy(update={"files": ["/nowhere.parquet"]})})
    run = create_run(moved, tmp_path / "run")
    with locked(run.path) as lock, pytest.raises(RunError, match=r"nowhere\.parquet"):
        members_on_cluster(run, lock, "local", 1, 3, silent)


def test_a_worker_of_a_scan_has_the_members_of_all_values(experiment, monkeypatch, tmp_path):
    run = create_run(experiment, tmp_path / "run")
    key = "training.learning_rate"
    _, _, members = _prepared(str(run.path), trust=False, parameter=key, values=(0.01, 0.02))
    assert [(member.number, member.fold, member.experiment.training.learning_rate) for member in members] == [
        (0, 0, 0.01), (1, 1, 0.01), (2, 2, 0.01), (3, 0, 0.02), (4, 1, 0.02), (5, 2, 0.02),
    ]  # fmt: skip

    class AskedError(Exception):
        pass

    def ask(*words: Any, **more: Any) -> None:
        raise AskedError(words[0].trust, words[2:5], more["parameter"], more["values"])

    monkeypatch.setattr(_scan, "members_on_cluster", ask)
    result = {"processes": {"hh": {"events": 20}, "tt": {"events": 400}}}
    path = tmp_path / "e.yaml"
    path.write_text(
        dump_experiment(nw.parse_experiment(experiment.model_dump(exclude_unset=True) | {"result": result}))
    )
    words = ["--parameter", key, "--values", "0.01,0.02", "--run", str(tmp_path / "s"), "--cluster", "local"]
    outcome = CliRunner().invoke(app, ["scan", str(path), *words, "--jobs", "4", "--trust"])
    assert outcome.exception.args == (True, ("local", 4, 9), key, [0.001, 0.01, 0.02])


def test_files_are_scored_by_workers_like_here(experiment, run, here, tmp_path):
    rows = Path(experiment.data.files[0])
    (tmp_path / "two.parquet").write_bytes(rows.read_bytes())
    files = [str(rows), str(tmp_path / "two.parquet")]
    nw.predict_each(run, files, tmp_path / "alone", columns=["a"])
    words = ["predict", str(run.path), *files, "--with", "a", "--cluster", "local", "--jobs", "2"]
    outcome = CliRunner().invoke(app, [*words, "-o", f"{tmp_path / 'together'}/"])
    assert outcome.exit_code == 0, outcome.output
    assert here == [("local", "3GB", 2, 2)]
    for path in (tmp_path / "alone").rglob("*.parquet"):
        other = tmp_path / "together" / path.relative_to(tmp_path / "alone")
        assert pq.read_table(path).equals(pq.read_table(other))
    refused = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "one.parquet")])
    assert refused.exit_code == 2
    assert "score file by file" in refused.output.replace("\n", " ")


def test_blocks_are_generated_by_workers_like_here(here, tmp_path):
    nw.generate("four-vectors", 100_100, tmp_path / "alone", workers=1)
    words = ["generate", "four-vectors", "--rows", "100100", "--cluster", "local", "-o", str(tmp_path / "together")]
    outcome = CliRunner().invoke(app, words)
    assert outcome.exit_code == 0, outcome.output
    assert here == [("local", "4GB", 2, 2)]
    for path in (tmp_path / "alone").glob("*.npz"):
        np.testing.assert_array_equal(np.load(path)["mass"], np.load(tmp_path / "together" / path.name)["mass"])
    nw.generate("four-vectors", 100_100, tmp_path / "together", cluster="local")
    assert len(here) == 1  # nothing is missing


def test_an_unknown_cluster_is_refused_before_anything_is_read(tmp_path):
    (tmp_path / "empty").mkdir()  # neither an experiment nor a run
    for begin in (
        lambda **words: nw.train(tmp_path / "empty", **words),
        lambda **words: nw.resume(tmp_path / "empty", **words),
        lambda **words: nw.scan(tmp_path / "empty", "training.learning_rate", [0.1], **words),
        lambda **words: nw.search(tmp_path / "empty", **words),
        lambda **words: nw.predict_each(tmp_path / "empty", None, tmp_path, **words),
        lambda **words: nw.generate("four-vectors", 10, tmp_path / "new", **words),
    ):
        with pytest.raises(nw.NetwrightError, match=r'--cluster slrm: unknown. Did you mean "slurm"'):
            begin(cluster="slrm")
    assert not (tmp_path / "new").exists()
