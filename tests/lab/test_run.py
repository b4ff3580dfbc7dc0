from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from netwright.config import Experiment, parse_experiment
from netwright.errors import RunError
from netwright.lab import HistoryWriter, create_run, environment, open_run, read_evaluation, read_history
from netwright.lab.environment import git_commit
from netwright.training import EpochRecord


@pytest.fixture
def experiment() -> Experiment:
    return parse_experiment(
        {
            "name": "toy",
            "data": {"files": ["/somewhere/toy.npz"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
            "targets": {"y": {"kind": "regression", "column": "b"}},
        }
    )


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_run_is_never_written_over(experiment: Experiment) -> None:
    paths = [create_run(experiment).path for _ in range(3)]
    assert [str(path) for path in paths] == ["runs/toy", "runs/toy-2", "runs/toy-3"]
    with pytest.raises(RunError, match=r"runs/toy exists; a run is never written over. Name another"):
        create_run(experiment, Path("runs/toy"))


def test_runs_that_begin_at_once_get_directories_of_their_own(experiment: Experiment) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: create_run(experiment).path, range(24)))
    assert len(set(paths)) == 24


def test_the_resolved_experiment_is_in_the_run(experiment: Experiment) -> None:
    path = create_run(experiment).path
    assert open_run(path).experiment == experiment
    assert "learning_rate: 0.001" in (path / "experiment.yaml").read_text()


def test_a_directory_that_cannot_be_made_is_said(experiment: Experiment) -> None:
    Path("file").write_text("")
    with pytest.raises(RunError, match=r"file/run: the run directory cannot be made .*--run"):
        create_run(experiment, Path("file/run"))
    Path("runs").write_text("")
    with pytest.raises(RunError, match="the run directory cannot be made"):
        create_run(experiment)


def test_what_is_no_run_is_said_with_the_runs_there_are(experiment: Experiment) -> None:
    create_run(experiment)
    with pytest.raises(RunError, match=r"runs/tooy is no run directory.*Runs in runs: toy\. Make one with"):
        open_run("runs/tooy")


def test_an_unfinished_run_says_what_is_missing(experiment: Experiment) -> None:
    run = create_run(experiment)
    with pytest.raises(RunError, match=r"no model.keras; its training did not end"):
        run.model  # noqa: B018
    with pytest.raises(RunError, match=r"was not evaluated. Do it with: netwright evaluate runs/toy"):
        run.evaluation  # noqa: B018
    with pytest.raises(RunError, match="the run has no history"):
        run.history  # noqa: B018
    with pytest.raises(RunError, match=r"split.json cannot be read"):
        run.read_json("split.json")
    with pytest.raises(RunError, match="was not evaluated"):
        read_evaluation(run.path / "evaluation.json")


def test_history_is_appended_line_by_line() -> None:
    writer = HistoryWriter(Path("history.jsonl"))
    numbers = {"loss": 1.0, "valid_loss": 2.0, "monitored": 2.0, "gradient_norm": 0.1}
    numbers |= {"learning_rate": 0.1, "seconds": 1.0}
    for epoch in (1, 2):
        heads = {"head_losses": {"y": 1.0}, "valid_head_losses": {"y": 2.0}}
        writer.on_epoch(EpochRecord(epoch=epoch, steps=3, rows_per_second=9.0, best=True, **numbers, **heads))
        assert len(Path("history.jsonl").read_text().splitlines()) == epoch
    history = read_history(Path("history.jsonl"))
    assert [record["epoch"] for record in history] == [1, 2]
    assert history[0]["valid_head_losses"] == {"y": 2.0}
    with Path("history.jsonl").open("a") as file:
        file.write('{"epoch": ')
    with pytest.raises(RunError, match=r"history.jsonl, line 3: not JSON"):
        read_history(Path("history.jsonl"))


def test_the_environment_says_versions_machine_and_seed() -> None:
    found = environment(5)
    assert found["seed"] == 5
    assert found["libraries"]["jax"].count(".") == 2
    assert found["machine"]["cores"] >= 1
    json.dumps(found)


def test_the_commit_is_that_of_the_working_directory(tmp_path: Path) -> None:
    assert git_commit() is None
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], [*settings, "commit", "-q", "--allow-empty", "-m", "one"]):
        subprocess.run(["git", *command], check=True, cwd=tmp_path)
    commit = git_commit()
    assert commit is not None
    assert len(commit) == 40
    (tmp_path / "file").write_text("")
    subprocess.run(["git", "add", "file"], check=True, cwd=tmp_path)
    assert git_commit() == f"{commit}-dirty"
