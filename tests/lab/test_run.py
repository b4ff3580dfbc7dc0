from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from netwright import atomic_files
from netwright.config import Experiment, parse_experiment
from netwright.errors import RunError, TrainingInterruptedError
from netwright.evaluation import Membership
from netwright.lab import create_run, environment, locked, open_run, open_to_resume, read_evaluation, write_evaluation
from netwright.lab._environment import git_commit
from netwright.metrics import Measured
from netwright.processes import process_tag


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


def test_an_empty_folder_may_become_a_run(experiment: Experiment) -> None:
    Path("mine").mkdir()
    assert create_run(experiment, Path("mine")).experiment == experiment


def test_a_run_that_is_killed_while_it_is_made_leaves_none(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = Mock(side_effect=TrainingInterruptedError("SIGTERM"))
    with monkeypatch.context() as patched:
        patched.setattr("netwright.lab.creation.dump_experiment", stopped)
        for path in (None, Path("toy")):
            with pytest.raises(TrainingInterruptedError):
                create_run(experiment, path)
    assert [*Path("runs").iterdir(), *Path().glob("toy*"), *Path().glob(".new*")] == []
    left = Path(f".new-{process_tag().replace(f'-{os.getpid()}-', f'-{2**22 + 1}-')}-01234567")  # of SIGKILL
    left.mkdir()
    (left / "notes.md").touch()
    assert create_run(experiment, Path("toy")).path == Path("toy")
    assert not left.exists()


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
    with pytest.raises(
        RunError, match=r"file/run: the run directory cannot be made \(Not a directory\)\. Name .*--run"
    ):
        create_run(experiment, Path("file/run"))
    Path("runs").write_text("")
    with pytest.raises(RunError, match="the run directory cannot be made"):
        create_run(experiment)


def test_what_is_no_run_is_said_with_the_runs_there_are(experiment: Experiment) -> None:
    create_run(experiment)
    with pytest.raises(RunError, match=r'runs/tooy is not a run directory.*Did you mean "runs/toy"\?$'):
        open_run("runs/tooy")


def test_an_unfinished_run_says_what_is_missing(experiment: Experiment) -> None:
    run = create_run(experiment)
    with pytest.raises(
        RunError, match=r"no model.keras; its training did not end. Continue it: netwright train --resume"
    ):
        run.model  # noqa: B018
    (run.path / "training.json").write_text("{}")
    with pytest.raises(RunError, match=r"no model.keras; restore it from a backup, or train again"):
        run.model  # noqa: B018
    (run.path / "training.json").unlink()
    with pytest.raises(RunError, match=r"was not evaluated. Do it with: netwright evaluate runs/toy"):
        run.evaluation  # noqa: B018
    with pytest.raises(RunError, match=r"the run has no history .* restore it from a backup"):
        run.history  # noqa: B018
    with pytest.raises(RunError, match=r"split.json cannot be read .*netwright train --resume runs/toy$"):
        run.read_json("split.json")
    (run.path / "environment.json").write_text('{"netwright": "0.1.0"}')
    with pytest.raises(RunError, match=r" netwright 0\.1\.0 wrote the run, and this is .* use that version"):
        run.read_json("split.json")
    (run.path / "model.keras").write_bytes(b"")
    with pytest.raises(RunError, match=r"cannot be loaded as a network .* netwright 0\.1\.0 wrote"):
        run.model  # noqa: B018
    with pytest.raises(RunError, match="was not evaluated"):
        read_evaluation(run.path / "evaluation.json")


@pytest.mark.parametrize(("name", "target"), [("report.html", "thesis.tex"), ("figures", "."), ("notes.md", "new")])
def test_nothing_is_written_through_links_out_of_a_run(experiment: Experiment, name: str, target: str) -> None:
    path = create_run(experiment).path
    (path / "inside").symlink_to("split.json")
    Path("thesis.tex").touch()
    Path("linked").symlink_to(path)
    open_run("linked", write=True)
    (path / name).unlink(missing_ok=True)
    (path / name).symlink_to(Path(target).absolute())
    for run in ("linked", open_run(path)):  # it may be read
        with pytest.raises(RunError, match=rf"{name} is a symbolic link to .*, outside of the run.*Replace the link"):
            open_run(run, write=True)
    with pytest.raises(RunError, match="outside of the run"), locked(path):
        pass


def test_a_part_may_lack_a_metric_and_no_head(experiment: Experiment) -> None:
    path = create_run(experiment).path / "evaluation.json"
    auc, error = Measured(0.9, 0.1), Measured(0.1, 0.01)
    parts = {"train": {"y": {"roc_auc": auc, "calibration_error": error}}, "valid": {"y": {"roc_auc": auc}}}
    write_evaluation(path, {**parts, "test": {"y": {"roc_auc": auc}}})
    assert "calibration_error" not in read_evaluation(path)["test"]["y"]
    write_evaluation(path, {**parts, "test": {"z": {"roc_auc": auc}}})
    with pytest.raises(RunError, match=r"evaluation\.json cannot be read \(its parts do not hold the same heads\)"):
        read_evaluation(path)


def test_files_of_a_run_are_whole_or_as_they_were(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    run = create_run(experiment)
    run.write_json("other.json", {"rows": 1})

    def crash(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files, "flush", crash)
        with pytest.raises(OSError, match="No space left"):
            run.write_json("other.json", {"rows": 2})
        with pytest.raises(OSError, match="No space left"):
            run.write_membership(Membership(np.arange(3, dtype=np.uint64), np.zeros(3, np.uint8)))
    assert run.read_json("other.json") == {"rows": 1}
    assert sorted(path.name for path in run.path.iterdir()) == ["experiment.yaml", "notes.md", "other.json"]
    run.write_membership(Membership(np.array([1, 3], np.uint64), np.array([0, 2], np.uint8)))
    assert run.known is not None
    assert run.known.tolist() == [1, 3]
    assert run.membership is not None
    assert run.membership.parts_of(np.array([3, 2, 1, 9], np.uint64)).tolist() == [2, 3, 0, 3]


def test_a_run_without_its_experiment_is_not_made_anew(experiment: Experiment) -> None:
    run = create_run(experiment)
    run.write_json("split.json", {})
    (run.path / "experiment.yaml").unlink()
    with pytest.raises(RunError, match=r"has no experiment\.yaml\. It has other files of a run: restore it"):
        open_run(run.path)


def test_where_a_run_stands(experiment: Experiment) -> None:
    run = create_run(experiment)
    assert (run.has_checkpoints, run.trained, run.ended) == (False, False, False)
    with pytest.raises(RunError, match=r"runs/toy: has no checkpoint, so there are no weights to evaluate.*--finish"):
        open_to_resume(run.path, finish=True)
    assert open_to_resume(run.path).path == run.path
    (run.checkpoints / "3" / "step-000000010").mkdir(parents=True)
    assert (run.has_checkpoints, run.trained, run.ended) == (True, False, False)
    assert open_to_resume(run.path, finish=True).path == run.path
    run.write_json("training.json", {})
    assert (run.trained, run.ended) == (True, False)
    assert "--resume runs/toy" in str(run.interrupted("SIGINT"))
    (run.path / "report.html").write_text("")
    assert run.ended
    assert "--resume" not in str(run.interrupted("SIGINT"))
    with pytest.raises(
        RunError, match=r"runs/toy: its training has ended; see runs/toy/report.html.*train runs/toy --set"
    ):
        open_to_resume(run.path)
    with pytest.raises(RunError, match="is not a run directory"):
        open_to_resume("runs/other")


def test_the_environment_says_versions_machine_and_seed() -> None:
    result = environment(5)
    assert result["seed"] == 5
    assert result["libraries"]["jax"].count(".") == 2
    assert result["machine"]["cores"] >= 1
    json.dumps(result)


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
