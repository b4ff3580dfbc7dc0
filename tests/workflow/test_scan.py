"""A scan on real trainings: members of all values at once, the choice on validation rows, and what is refused."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any, Self
from unittest.mock import Mock

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from pydantic_core import from_json
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.data import describe_folds
from netwright.errors import ExperimentError, InferenceError, RunError, TrainingInterruptedError
from netwright.progress import silent
from netwright.training import TrainedModel
from netwright.training.members.plan import group_by_program
from netwright.workflow import _scan, _search, scan
from netwright.workflow._data import load_data
from netwright.workflow._value_of_key import with_value
from netwright.workflow.members.prepare import members_of_division, prepare_member

pytestmark = pytest.mark.usefixtures("without_figures")  # of trainings; those of scans are looked at

ROWS = 2400
KEY = "targets.is_hh.importance.tt"


def content(files: Path, **sections: Any) -> dict[str, Any]:
    return {
        "name": "toy",
        "data": {"files": [str(files)], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {"is_hh": {"kind": "binary", "column": "y", "classes": {"tt": 0, "hh": 1}}},
        "split": {"kind": "cross", "folds": 3},
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"epochs": 2, "batch_size": 128, "learning_rate": 0.02},
        "result": {"processes": {"hh": {"events": 20}, "tt": {"events": 400}}, "bins": 2, "replicas": 2},
    } | sections


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(1)
    y = np.arange(ROWS) % 2
    x = generator.normal(size=(ROWS, 2)) + 1.2 * y[:, None]
    path = tmp_path_factory.mktemp("scan") / "rows.parquet"
    pq.write_table(pa.table({"a": x[:, 0], "b": x[:, 1], "y": y, "event": np.arange(ROWS)}), path)
    return path


@pytest.fixture(scope="module")
def folder(rows: Path) -> Path:
    return rows.parent / "found"


class Interrupted:
    """The user's wish to stop, at the first step."""

    signal = "SIGINT"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self) -> bool:
        return True


@pytest.fixture(scope="module")
def found(rows: Path, folder: Path) -> Any:
    """A scan that was interrupted, and went on."""
    experiment = nw.parse_experiment(content(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_scan, "interruptible", Interrupted)
        with pytest.raises(TrainingInterruptedError, match=r"To continue: the same netwright scan command"):
            scan(experiment, KEY, [0.1, 5.0], folder=folder)
    return scan(experiment, KEY, [0.1, 5.0], folder=folder)


@pytest.mark.usefixtures("found")
def test_ctrl_c_behind_the_trainings_names_the_same_command(rows, folder, monkeypatch):
    monkeypatch.setattr(_scan, "read_variations", lambda *_: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(TrainingInterruptedError, match=r"found\. To continue: the same netwright scan command$"):
        scan(nw.parse_experiment(content(rows)), KEY, [0.1, 5.0], folder=folder)


def test_each_value_has_all_members_and_the_default_is_among_them(found):
    assert [point.value for point in found.points] == [0.1, 1.0, 5.0]
    assert found.default == 1.0
    for point in found.points:
        assert len(point.worth.members) == len(point.losses) == 3
        assert 0.8 < point.worth.together["roc_auc"] < 0.95
    assert len({point.losses for point in found.points}) == 3  # the importance was trained with


def test_the_best_is_that_of_validation_rows(found):
    limits = [point.worth.together["limit"] for point in found.points]
    assert found.best == found.points[int(np.argmin(limits))].value
    at = [point for point in found.points if point.value in (found.best, found.default)]
    if found.best != found.default:
        by_value = {point.value: [member["limit"] for member in point.worth.members] for point in at}
        pairs = np.subtract(by_value[found.best], by_value[found.default])
        assert found.difference.value == pytest.approx(pairs.mean())
    assert set(found.test) == {"default", "best"}
    assert found.test["default"]["limit"].spread > 0


def test_a_value_is_trained_as_it_would_be_alone(found, rows, tmp_path):
    """The members of a scan have seeds and rows of a training with this value."""
    targets = {"is_hh": {**content(rows)["targets"]["is_hh"], "importance": {"tt": 5.0}}}
    alone = nw.train(nw.parse_experiment(content(rows, targets=targets)), run=tmp_path / "run")
    members = alone.read_json("training.json")["members"]
    losses = [member["valid_head_losses"]["is_hh"] for member in members]
    assert found.points[2].losses == pytest.approx(losses, rel=1e-4)


def test_table_and_figures_are_written(found):
    written = json.loads(found.path.read_text())
    assert [one["value"] for one in written["valid"]] == [0.1, 1.0, 5.0]
    assert written["best"] == found.best
    assert written["sentence"] == found.sentence
    for name in ("scan-limit", "scan-panels"):
        assert (found.path.parent / "figures" / f"{name}.png").is_file()


@pytest.fixture
def undrawn(monkeypatch):
    monkeypatch.setattr(_scan, "_draw", lambda *_: None)


@pytest.mark.usefixtures("undrawn")
def test_the_same_command_goes_on_and_says_what_it_found(found, rows, folder):
    path = rows.parent / "toy.yaml"
    path.write_text(yaml.safe_dump(content(rows), sort_keys=False))
    arguments = ["scan", str(path), "--parameter", KEY, "--values", "0.1", "--values", "5", "--run", str(folder)]
    outcome = CliRunner().invoke(app, arguments, env={"COLUMNS": "150"})
    assert outcome.exit_code == 0, outcome.output
    assert "Scan of targets.is_hh.importance.tt, validation rows" in outcome.output
    assert found.sentence in outcome.output.replace("\n", " ")
    assert "epoch   1" not in outcome.output  # nothing is trained again


@pytest.mark.usefixtures("undrawn")  # tests/plots draws gaps
def test_a_value_without_a_result_leaves_the_others(rows, tmp_path):
    """With a learning rate of 1e38 weights are infinite after a step. The same command again finds the same."""
    path, folder = tmp_path / "toy.yaml", tmp_path / "scan"
    training = {"epochs": 1, "batch_size": 128, "learning_rate": 1e38}
    path.write_text(yaml.safe_dump(content(rows, training=training, split={"kind": "shares"})))
    command = ["scan", str(path), "--parameter", "training.learning_rate", "--values", "0.02", "--run", str(folder)]
    for reason in ("The loss is not finite at step", "The loss of a member was not finite: its learning rate may be"):
        outcome = CliRunner().invoke(app, command, env={"COLUMNS": "150"})
        assert outcome.exit_code == 0, outcome.output
        text = outcome.output.replace("\n", " ")
        assert f"training.learning_rate = 1e+38 has no result: {reason}" in text
        assert "The experiment's own 1e+38 has no result to compare it with." in text
        assert "Test rows, best 0.02: limit" in text
        assert "Test rows, default" not in text
    written = from_json((folder / "scan.json").read_bytes(), allow_inf_nan=False)
    assert [sorted(point) for point in written["valid"]] == [
        ["limits", "losses", "members", "together", "value"], ["losses", "value", "why"],
    ]  # fmt: skip


def test_where_no_value_has_a_result_the_reason_ends_the_scan(rows, monkeypatch, tmp_path):
    trained = [TrainedModel(Mock(), (), 0, "not finite", (), {}, {})]
    monkeypatch.setattr(_scan, "_train", lambda *_: ([trained], {0: "The loss is not finite at step 1."}))
    with pytest.raises(InferenceError, match=r"^The loss is not finite at step 1\.$"):
        scan(nw.parse_experiment(content(rows)), KEY, [1.0], folder=tmp_path / "scan")


@pytest.mark.usefixtures("undrawn")
def test_another_result_needs_no_other_training(found, rows, folder):
    """What is expected may change, and the networks stay what they are."""
    result = {**content(rows)["result"], "processes": {"hh": {"events": 40}, "tt": {"events": 400}}}
    again = scan(nw.parse_experiment(content(rows, result=result)), KEY, [0.1, 5.0], folder=folder)
    assert again.points[0].losses == found.points[0].losses
    assert again.points[0].worth.limit.median == pytest.approx(found.points[0].worth.limit.median / 2, rel=0.05)


@pytest.mark.parametrize(
    "trained_for",
    [
        {"training": {"select": "limit"}},
        {"training": {"select": "significance"}, "targets": {"is_hh": {"loss": "significance", "pretraining": 1}}},
        {"search": {"objective": "limit", "parameters": {KEY: {"low": 0.1, "high": 10}}}},
    ],
)
def test_another_result_is_another_search_or_scan_where_networks_were_trained_for_it(rows, tmp_path, trained_for):
    """Old trials would stand beside new ones, by limits of other luminosities."""

    def with_events(events):
        sections = content(rows, result={"processes": {"hh": {"events": events}, "tt": {"events": 400}}})
        for name, section in trained_for.items():
            sections[name] = {**sections.get(name, {}), **section}
        sections["targets"]["is_hh"] = {**content(rows)["targets"]["is_hh"], **sections["targets"]["is_hh"]}
        return nw.parse_experiment(sections)

    _search._begin(tmp_path / "search", with_events(20))
    _search._begin(tmp_path / "search", with_events(20))
    with pytest.raises(RunError, match="holds the search of another experiment: result differ"):
        _search._begin(tmp_path / "search", with_events(30))
    if "search" not in trained_for:
        _scan._run(tmp_path / "scan", with_events(20), KEY, [0.2], trust=False)
        with pytest.raises(RunError, match="holds another scan"):
            _scan._run(tmp_path / "scan", with_events(30), KEY, [0.2], trust=False)


def test_another_scan_in_the_same_folder_is_refused(found, rows, folder):
    assert found.path.parent == folder
    with pytest.raises(RunError, match=r"holds another scan. Name another folder with --run"):
        scan(nw.parse_experiment(content(rows)), KEY, [0.2], folder=folder)


@pytest.mark.parametrize("damaged", ["{", "[]"])
def test_a_folder_whose_plan_is_damaged_is_named(rows, tmp_path, damaged):
    (tmp_path / "plan.json").write_text(damaged)
    for begin in (lambda one: scan(one, KEY, [0.2], folder=tmp_path), lambda one: _search._begin(tmp_path, one)):
        with pytest.raises(RunError, match=r"plan\.json cannot be read .* Restore it from a backup, or name another"):
            begin(nw.parse_experiment(content(rows)))


def test_a_scan_that_is_killed_before_its_run_is_made_goes_on(rows, tmp_path, monkeypatch):
    experiment = nw.parse_experiment(content(rows))
    with monkeypatch.context() as patched:
        patched.setattr(_scan, "create_run", Mock(side_effect=TrainingInterruptedError("SIGTERM")))
        with pytest.raises(TrainingInterruptedError):
            _scan._run(tmp_path / "scan", experiment, KEY, [0.2], trust=False)
    for _ in range(2):  # the run is made, and found
        assert _scan._run(tmp_path / "scan", experiment, KEY, [0.2], trust=False).experiment.name == "toy"


def test_what_decorrelation_costs_is_a_curve(rows, tmp_path):
    """λ is a number of one program, with the other numbers of a scan; the spectrum of the default is measured too."""
    target = {**content(rows)["targets"]["is_hh"], "protected": {"column": "a", "loss_weight": 0.0}}
    training = {"epochs": 4, "batch_size": 256, "learning_rate": 0.02}
    experiment = nw.parse_experiment(content(rows, targets={"is_hh": target}, training=training))
    result = scan(experiment, "targets.is_hh.protected.loss_weight", [20.0], folder=tmp_path / "scan")
    (_, free), (rejection, held) = (point.trade_off for point in result.points)
    assert held.value + 2 * held.uncertainty < free.value
    assert rejection.value > 1
    written = json.loads(result.path.read_text())["valid"][1]["trade_off"]
    assert written["protected_jsd"] == {"value": held.value, "uncertainty": held.uncertainty}
    assert (tmp_path / "scan" / "figures" / "scan-trade-off.png").is_file()


KEYS = {
    "targets.is_hh.importance.tt": 3.0,
    "targets.is_hh.loss_weight": 0.5,
    "targets.is_hh.protected.loss_weight": 2.0,
    "training.learning_rate": 0.05,
    "model.body.l2": 1e-3,
    "model.body.dropout": 0.2,
}


@pytest.mark.parametrize("parameter", KEYS)
def test_values_that_are_numbers_share_one_program(rows, parameter):
    target = {**content(rows)["targets"]["is_hh"], "protected": {"column": "a"}}
    body = {"kind": "dense", "units": [4], "dropout": 0.1, "l2": 1e-4}
    experiment = nw.parse_experiment(content(rows, targets={"is_hh": target}, model={"body": body}))
    experiments = [experiment, with_value(experiment, parameter, KEYS[parameter])]
    data = load_data(experiment, silent)
    descriptions = describe_folds(data.rows, data.division, experiment)
    members = [members_of_division(one, data.rows, data.division)[0] for one in experiments]
    prepared = [prepare_member(member, data.rows, descriptions[0]) for member in members]
    assert group_by_program(prepared) == [[0, 1]]
    other = with_value(experiment, "training.batch_size", 64)
    third = prepare_member(members_of_division(other, data.rows, data.division)[0], data.rows, descriptions[0])
    assert group_by_program([*prepared, third]) == [[0, 1], [2]]  # trained one after the other


def test_what_cannot_be_scanned_is_refused_before_anything_is_read(rows):
    with pytest.raises(ExperimentError, match=r"no section result.* sampler: grid\}, and run netwright search"):
        scan(nw.parse_experiment(content(rows, result=None)), KEY, [2.0])
    with pytest.raises(ExperimentError, match=r"--merit profit: unknown. Choose from: limit, discovery"):
        scan(nw.parse_experiment(content(rows)), KEY, [2.0], merit="profit")
    with pytest.raises(ExperimentError, match=r"training.clip_norm: is not a number in the experiment"):
        scan(nw.parse_experiment(content(rows)), "training.clip_norm", [2.0])
