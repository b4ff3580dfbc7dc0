"""Folds, ensembles and reversed trainings on the whole way, in short trainings of a small table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.data import identity_of, member_mask_of
from netwright.errors import DataError, ExportError
from netwright.exporting.identity import SEEN
from netwright.workflow import evaluate, export, predict, train

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 1500


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events with run and number, two classes, a size, and weights of both signs."""
    random = np.random.default_rng(3)
    label = random.integers(0, 2, ROWS)
    x = random.normal(size=(ROWS, 2)) + label[:, None]
    path = tmp_path_factory.mktemp("table") / "events.npz"
    np.savez(
        path, a=x[:, 0], b=x[:, 1], label=label, size=10 + x[:, 0] + random.normal(scale=0.3, size=ROWS),
        run=random.integers(1, 9, ROWS), event=np.arange(ROWS), w=np.where(random.uniform(size=ROWS) < 0.1, -1.0, 1.0),
    )  # fmt: skip
    return path


def content(path: Path, **sections: Any) -> dict[str, Any]:
    return {
        "name": "events",
        "data": {"files": [str(path)], "identity": ["run", "event"], "weight": "w"},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {
            "is_signal": {"kind": "binary", "column": "label"},
            "size": {"kind": "regression", "column": "size", "unit": "cm", "loss_weight": 0.1},
        },
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"epochs": 2, "batch_size": 64, "learning_rate": 0.02},
    } | sections


def go(path: Path, run: Path, **sections: Any) -> nw.Run:
    return train(nw.parse_experiment(content(path, **sections)), run=run)


def graph_inputs(data: Any) -> dict[str, np.ndarray]:
    x = np.stack([data["a"], data["b"]], axis=1).astype(np.float32)
    return {"x": x, "run": data["run"], "event": data["event"]}


def identity(table: pa.Table) -> np.ndarray:
    return identity_of({name: table[name] for name in ("run", "event")})


@pytest.fixture(scope="module")
def crossed(table: Path, tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    split = {"kind": "cross", "folds": 3}
    return go(table, tmp_path_factory.mktemp("cross") / "run", split=split, ensemble={"members": 2})


def test_variant_2_judges_every_row_by_members_that_never_saw_it(crossed: nw.Run) -> None:
    predictions = pq.read_table(crossed.path / "predictions.parquet")
    test = predictions.filter(pc.equal(predictions["split"], "test"))
    assert sorted(test["event"].to_pylist()) == list(range(ROWS))
    member_mask = member_mask_of(identity(test), crossed.experiment.split, 6)
    assert (member_mask.argmax(axis=1) // 2 == test["fold"].to_numpy()).all()
    assert test["member"].null_count == ROWS  # two members score each row
    assert test["is_signal_spread"].null_count == 0
    assert len(crossed.read_json("training.json")["members"]) == 6
    assert {line["member"] for line in crossed.history} == set(range(6))
    assert crossed.evaluation["test"]["is_signal"]["roc_auc"]["spread"] > 0
    assert "members ±" in (crossed.path / "report.html").read_text()


def test_variant_2_scores_known_rows_the_same_in_predict(crossed: nw.Run, table: Path, tmp_path: Path) -> None:
    scores = predict(crossed, [table], tmp_path / "scores.parquet").sort_by("event")
    predictions = pq.read_table(crossed.path / "predictions.parquet")
    test = predictions.filter(pc.equal(predictions["split"], "test")).sort_by("event")
    for name in ("is_signal", "size"):
        np.testing.assert_allclose(scores[name], test[name], rtol=1e-5)
    assert evaluate(crossed).measured["is_signal"]["roc_auc"].value == pytest.approx(
        crossed.evaluation["test"]["is_signal"]["roc_auc"]["value"]
    )
    assert evaluate(crossed, [table]).measured["size"]["resolution"].value == pytest.approx(
        crossed.evaluation["test"]["size"]["resolution"]["value"], rel=1e-4
    )


def test_the_exported_graph_picks_the_member_itself(crossed: nw.Run, table: Path, tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")
    check = export(crossed, tmp_path / "model.onnx")
    assert check.largest_difference <= 1e-5
    session = ort.InferenceSession(check.path)
    assert [i.name for i in session.get_inputs()] == ["x", "run", "event"]
    data = np.load(table)
    inputs = graph_inputs(data)
    answers = dict(zip(["is_signal", "size"], session.run(["is_signal", "size"], inputs), strict=True))
    scores = predict(crossed, [table], tmp_path / "scores.parquet")
    for name, values in answers.items():
        np.testing.assert_allclose(values[:, 0], scores[name], rtol=1e-5)


def test_rows_that_training_never_saw_may_be_judged_by_all(table: Path, tmp_path: Path) -> None:
    ort = pytest.importorskip("onnxruntime")
    split = {"kind": "reversed", "unseen": "ensemble"}
    run = go(table, tmp_path / "run", split=split)
    data = dict(np.load(table))
    np.savez(tmp_path / "new.npz", **(data | {"event": data["event"] + ROWS}))
    old, new = (predict(run, [path], tmp_path / "s.parquet") for path in (table, tmp_path / "new.npz"))
    assert old["is_signal_spread"].null_count == ROWS
    assert new["is_signal_spread"].null_count == 0
    session = ort.InferenceSession(export(run, tmp_path / "model.onnx").path)
    inputs = graph_inputs(data)
    for seen, scores in ((1, old), (0, new)):
        answer = session.run(["is_signal"], inputs | {SEEN: np.full(ROWS, seen)})[0]
        np.testing.assert_allclose(answer[:, 0], scores["is_signal"], rtol=1e-5)


@pytest.mark.parametrize("how", ["mean", "majority"])  # weighted: below
def test_variant_1_is_an_ensemble_judged_on_one_test_set(table: Path, tmp_path: Path, how: str) -> None:
    run = go(table, tmp_path / "run", split={"kind": "folds", "folds": 3, "test": 0.25}, ensemble={"combine": how})
    predictions = pq.read_table(run.path / "predictions.parquet")
    rows = {part: predictions.filter(pc.equal(predictions["split"], part)) for part in ("train", "valid", "test")}
    assert rows["train"].num_rows == rows["valid"].num_rows == ROWS - rows["test"].num_rows
    assert rows["test"]["fold"].null_count == rows["test"].num_rows
    assert rows["valid"]["member"].to_pylist() == rows["valid"]["fold"].to_pylist()
    assert export(run, tmp_path / "model.onnx").largest_difference <= 1e-5


def test_weighted_members_of_negative_loss_weigh_the_same_and_it_is_said(table: Path, tmp_path: Path) -> None:
    """Two rows of five have the wrong label and a negative weight: the validation loss falls below 0."""
    data = dict(np.load(table))
    wrong = np.arange(ROWS) % 5 < 2
    label = (data["a"] > 0.5) ^ wrong
    np.savez(tmp_path / "w.npz", **(data | {"w": np.where(wrong, -0.5, 1.0), "label": label.astype(int)}))
    run = go(tmp_path / "w.npz", tmp_path / "run", ensemble={"members": 2, "combine": "weighted"})
    training = run.read_json("training.json")
    losses = [member["valid_head_losses"] for member in training["members"]]
    assert min(loss["is_signal"] for loss in losses) < 0 < min(loss["size"] for loss in losses)
    (finding,) = (one for one in run.findings if one.symptom == "weights of members")
    assert (finding.severity, finding.where) == ("WARN", ("targets.is_signal",))
    assert "members have equal weights" in finding.evidence
    assert run.model.get_layer("is_signal-combined").get_config()["weights"] is None
    assert len(run.model.get_layer("size-combined").get_config()["weights"]) == 2
    lines = {(line["member"], line["epoch"]): line["valid_head_losses"] for line in run.history}
    for member in training["members"]:  # the last bias of the size was moved, and nothing else changed
        of_epoch = lines[member["member"], member["best_epoch"]]
        assert member["valid_head_losses"]["is_signal"] == pytest.approx(of_epoch["is_signal"], rel=1e-6)
        assert set(member["moved"]) == {"size"}


def test_bagged_members_see_their_own_rows(table: Path, tmp_path: Path) -> None:
    run = go(table, tmp_path / "run", ensemble={"members": 2, "bagging": True})
    again = go(table, tmp_path / "again", ensemble={"members": 2, "bagging": True})
    assert run.evaluation == again.evaluation
    steps = {member: [line["steps"] for line in run.history if line["member"] == member] for member in (0, 1)}
    assert steps[0] != steps[1] or run.history[0]["loss"] != run.history[2]["loss"]


def test_files_divide_the_rows(table: Path, tmp_path: Path) -> None:
    data = dict(np.load(table))
    for part, rows in (("train", slice(0, 900)), ("valid", slice(900, 1200)), ("test", slice(1200, None))):
        np.savez(tmp_path / f"{part}.npz", **{name: values[rows] for name, values in data.items()})
    split = {"kind": "files"} | {part: [f"{part}*.npz"] for part in ("train", "valid", "test")}
    experiment = nw.parse_experiment(content(tmp_path / "*.npz", split=split), folder=tmp_path)
    run = train(experiment, run=tmp_path / "run")
    predictions = pq.read_table(run.path / "predictions.parquet")
    test = predictions.filter(pc.equal(predictions["split"], "test"))
    assert sorted(test["event"].to_pylist()) == list(range(1200, 1500))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, r"split: the exported graph picks a row's member by its identity, and this experiment has none"),
        (
            {"identity": ["e"], "derived": {"e": "CAST(event AS DOUBLE)"}},
            r"data.identity: column e is of type double; an exported graph picks",
        ),
        (
            {"files": [], "samples": {"all": {"files": ["{table}"]}}, "identity": ["event"]},
            r"data.identity: the name of the sample is part .*identity_across_samples: true",
        ),
    ],
)
def test_an_identity_that_no_graph_can_hash(table: Path, tmp_path: Path, data: dict[str, Any], message: str) -> None:
    named = json.loads(json.dumps({"files": ["{table}"]} | data).replace("{table}", str(table)))
    run = go(table, tmp_path / "run", data=named, split={"kind": "reversed"})
    with pytest.raises(ExportError, match=message):
        export(run, tmp_path / "model.onnx")
    if "of type" not in message:  # which rows tell
        with pytest.raises(ExportError, match=message):
            export(run, tmp_path / "model.onnx", check=False)
    np.savez(tmp_path / "few.npz", b=np.ones(3))
    with pytest.raises(DataError, match=r"there is no column|cannot be computed"):
        predict(run, [tmp_path / "few.npz"], tmp_path / "s.parquet")
