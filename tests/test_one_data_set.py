"""A run is about one data set: what is done where its files hold something else, have moved, or are others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import DataError, RunError
from netwright.exporting import ExportCheck, export_onnx
from netwright.metrics import roc_auc
from netwright.training import Callbacks
from netwright.workflow import _export, _train, _train_and_evaluate

ROWS = 400
runner = CliRunner()


def columns(rows: int = ROWS, seed: int = 1, first: int = 0) -> dict[str, Any]:
    """Make a table that a small network learns at once; `pt` has nothing to do with it."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 2, rows)
    return {
        "a": (random.normal(size=rows) + label).astype(np.float32),
        "b": random.normal(size=rows).astype(np.float32),
        "pt": random.uniform(0, 100, rows),
        "scale": random.uniform(0.5, 2, rows),
        "event": np.arange(first, first + rows),
        "code": 5 + label,
    }


def content(files: Any, **sections: Any) -> dict[str, Any]:
    """Say how to train on it: identity, inputs, weight, target and selection are derived columns, as far as they go."""
    derived = {"half_a": "a / 2", "x": "half_a * 2", "w": "scale * 2", "number": "event + 1", "label": "code - 5"}
    derived["hard"] = "pt * 1"
    return {
        "name": "toy",
        "data": {
            "files": files, "derived": derived, "selection": "hard > 20", "weight": "w", "identity": ["number"],
        },
        "inputs": {"x": {"kind": "numeric", "columns": ["x", "b"]}},
        "targets": {"y": {"kind": "binary", "column": "label", "classes": {"no": 0, "yes": 1}, "where": "hard < 95"}},
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 2, "batch_size": 64},
        "split": {"kind": "shares", "train": 0.5, "valid": 0.2, "test": 0.3},
    } | sections  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _without_figures() -> Iterator[None]:
    """Leave out the drawing after a training, which takes longer than everything else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_train_and_evaluate, "draw_features", lambda *_: None)
        patch.setattr(_train, "report", lambda *_, **__: None)
        yield


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    folder = tmp_path_factory.mktemp("original")
    np.savez(folder / "rows.npz", **columns())
    return nw.train(nw.parse_experiment(content([str(folder / "rows.npz")])), run=folder / "run")


@pytest.fixture
def run(original: nw.Run, tmp_path: Path) -> nw.Run:
    """Return a copy of the run and of its data, both where they are not read by others."""
    shutil.copytree(original.path, tmp_path / "run")
    shutil.copy(original.path.parent / "rows.npz", tmp_path / "rows.npz")
    text = (tmp_path / "run" / "experiment.yaml").read_text()
    (tmp_path / "run" / "experiment.yaml").write_text(text.replace(str(original.path.parent), str(tmp_path)))
    return nw.open_run(tmp_path / "run")


def state(run: nw.Run) -> dict[str, bytes]:
    """Return every file of a run."""
    return {str(path.relative_to(run.path)): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def new_files(run: nw.Run, before: dict[str, bytes]) -> set[str]:
    """Return the files that came, and see that no other file has changed."""
    after = state(run)
    assert {name: after.get(name) for name in before} == before
    return set(after) - set(before)


def relabelled(path: Path) -> None:
    """Give a file other labels."""
    values = columns()
    np.savez(path, **{**values, "code": 11 - values["code"]})


def test_a_run_judged_again_stays_as_it_is_and_says_what_was_fitted(run: nw.Run) -> None:
    before = state(run)
    evaluated = nw.evaluate(run)
    assert not new_files(run, before)
    assert evaluated.path == run.path / "evaluation.json"
    assert evaluated.measured["y"]["roc_auc"].value == run.evaluation["test"]["y"]["roc_auc"]["value"]
    assert evaluated.total == ROWS
    assert evaluated.selected == (columns()["pt"] > 20).sum() == sum(evaluated.parts.values())
    assert evaluated.rows == evaluated.parts["test"]
    answer = runner.invoke(app, ["evaluate", str(run.path)])
    assert f"Selected: {evaluated.selected} of 400 rows." in answer.output
    assert f"Rows by their part in the training: train {evaluated.parts['train']}" in answer.output
    assert "Too good" in answer.output


def test_other_labels_are_noticed_by_every_verb_and_change_no_result(run: nw.Run, tmp_path: Path) -> None:
    relabelled(tmp_path / "rows.npz")
    before = state(run)
    evaluated = nw.evaluate(run)
    assert new_files(run, before) == {"evaluation-changed-data.json"}
    assert evaluated.path == run.path / "evaluation-changed-data.json"
    assert "rows.npz holds something else than it did (400 rows then, 400 now)" in evaluated.remarks[0]
    other_way_round = 1 - run.evaluation["test"]["y"]["roc_auc"]["value"]
    assert evaluated.measured["y"]["roc_auc"].value == pytest.approx(other_way_round, abs=1e-9)
    saved = json.loads(evaluated.path.read_text())
    assert saved["remarks"] == evaluated.remarks
    assert saved["measured"]["unfitted"]["y"]["roc_auc"]["value"] == evaluated.measured["y"]["roc_auc"].value
    with pytest.raises(RunError, match=r"not what it was .*rows\.npz holds something else.*--files.*--no-check"):
        nw.export(run, tmp_path / "model.onnx")
    with pytest.raises(RunError, match=r"when the training began: rows\.npz holds something else"):
        nw.resume(run)
    evaluation = run.evaluation
    nw.report(run)  # draws what the run holds, and opens no data
    assert run.evaluation == evaluation


@pytest.mark.parametrize("column", ["a", "b", "pt", "scale", "event", "code"])
def test_every_column_that_counts_is_part_of_the_data(run: nw.Run, tmp_path: Path, column: str) -> None:
    values = columns()
    other = {"code": 11 - values["code"][7], "pt": 10.0}  # which is not selected any more
    values[column][7] = other.get(column, values[column][8])
    np.savez(tmp_path / "rows.npz", **values)
    assert "rows.npz holds something else" in nw.evaluate(run).remarks[0]


@pytest.mark.parametrize(
    ("old", "new", "section"),
    [
        ("selection: hard > 20", "selection: hard > 30", "data"),
        ("half_a * 2", "half_a * 3", "data"),
        ("weight: w", "weight: scale", "data"),
        ("hard < 95", "hard < 90", "targets"),
        ("seed: 1", "seed: 2", "split"),
    ],
)
def test_an_experiment_that_was_edited_is_other_data(run: nw.Run, old: str, new: str, section: str) -> None:
    path = run.path / "experiment.yaml"
    head, split, tail = path.read_text().partition("\nsplit:")
    changed = (
        head + split + tail.replace(old, new, 1) if section == "split" else head.replace(old, new, 1) + split + tail
    )
    assert changed != path.read_text()
    path.write_text(changed)
    run = nw.open_run(run.path)
    before = state(run)
    assert f"experiment.yaml was changed since ({section})" in nw.evaluate(run).remarks[0]
    assert new_files(run, before) == {"evaluation-changed-data.json"}


def test_moved_and_renamed_data_is_the_same(run: nw.Run, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    moved = (tmp_path / "rows.npz").rename(tmp_path / "elsewhere" / "re[1]named.npz")
    with pytest.raises(DataError, match=r"rows\.npz: there is no such file.*has moved, name it: --files"):
        nw.evaluate(run)
    with pytest.raises(DataError, match="has moved, name it"):
        nw.export(run)
    before = state(run)
    evaluated = nw.evaluate(run, own_files=[moved])
    assert not new_files(run, before)
    assert evaluated.remarks == []
    answer = runner.invoke(app, ["evaluate", str(run.path), "--files", str(moved)])
    assert "Note" not in answer.output


def test_a_network_is_exported_with_its_data_elsewhere_or_without_it(
    run: nw.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = (tmp_path / "rows.npz").rename(tmp_path / "moved.npz")
    given: list[dict[str, Any]] = []

    def written(*of: Any, **more: Any) -> ExportCheck:
        given.append(more)
        return export_onnx(*of, **more) if more["rows"] is None else ExportCheck(of[2], len(more["rows"]["x"]), 0.0)

    monkeypatch.setattr(_export, "export_onnx", written)
    nw.export(run, tmp_path / "a.onnx", own_files=[moved])
    assert len(given[0]["rows"]["x"]) == nw.evaluate(run, own_files=[moved]).rows
    answer = runner.invoke(app, ["export", str(run.path), "--no-check", "-o", str(tmp_path / "b.onnx")])
    assert "the check on test rows was skipped" in answer.output
    assert given[1]["rows"] is None
    assert (tmp_path / "b.onnx").stat().st_size > 1000


def test_results_that_are_missing_are_made_anew(run: nw.Run) -> None:
    evaluation, predictions = run.evaluation, pq.read_table(run.path / "predictions.parquet")
    (run.path / "evaluation.json").unlink()
    (run.path / "predictions.parquet").write_bytes(b"PAR1")
    evaluated = nw.evaluate(run)
    assert len(evaluated.remarks) == 2
    assert run.evaluation == evaluation
    assert pq.read_table(run.path / "predictions.parquet").equals(predictions)


def test_other_files_are_selected_weighted_and_derived_as_in_the_training(run: nw.Run, tmp_path: Path) -> None:
    values = columns(300, seed=5, first=10_000)
    np.savez(tmp_path / "other.npz", **values)
    before = state(run)
    evaluated = nw.evaluate(run, [tmp_path / "other.npz"])
    assert new_files(run, before) == {"evaluation-other.json"}
    some = (values["pt"] > 20) & (values["pt"] < 95)
    scores = nw.predict(run, [tmp_path / "other.npz"], tmp_path / "scores.parquet")
    np.testing.assert_array_equal(scores["selected"].to_numpy(), values["pt"] > 20)
    assert set(scores["split"].to_pylist()) == {"unseen"}
    auc = roc_auc(values["code"][some] - 5, scores["y"].to_numpy()[some], values["scale"][some] * 2)
    assert evaluated.measured["y"]["roc_auc"].value == pytest.approx(auc, abs=1e-12)
    assert (evaluated.total, evaluated.selected, evaluated.rows) == (
        300,
        (values["pt"] > 20).sum(),
        (values["pt"] > 20).sum(),
    )
    assert evaluated.parts == {"train": 0, "valid": 0, "test": 0, "unseen": evaluated.rows}
    assert evaluated.fitted == {}
    everything = nw.evaluate(run, [tmp_path / "other.npz"], selection=False, weight="scale")
    assert everything.rows == 300
    assert everything.path == run.path / "evaluation-other-2.json"
    assert json.loads(everything.path.read_text())["options"] == {"key": None, "weight": "scale", "selection": None}


def test_the_training_file_as_another_file_is_judged_on_its_test_part(run: nw.Run, tmp_path: Path) -> None:
    evaluated = nw.evaluate(run, [tmp_path / "rows.npz"])
    own = run.evaluation
    for part, measured in {"test": evaluated.measured, **evaluated.fitted}.items():
        assert measured["y"]["roc_auc"].value == pytest.approx(own[part]["y"]["roc_auc"]["value"], abs=1e-12)
    assert evaluated.parts["unseen"] == 0
    assert "were fitted" not in evaluated.remarks[0]
    assert (
        f"it was fitted to {evaluated.parts['train']:,} of them and stopped by {evaluated.parts['valid']}"
        in evaluated.remarks[0]
    )
    answer = runner.invoke(app, ["evaluate", str(run.path), str(tmp_path / "rows.npz")])
    assert f"Evaluated: {evaluated.rows} rows not used in the training." in answer.output
    assert "Too good" in answer.output
    table = nw.predict(run, [tmp_path / "rows.npz"], tmp_path / "s.parquet")
    predictions = pq.read_table(run.path / "predictions.parquet")
    chosen = table["selected"].to_numpy()
    assert np.array_equal(table["split"].to_numpy()[chosen], predictions["split"].to_numpy())


def test_rows_that_were_all_fitted_leave_no_judgement(run: nw.Run, tmp_path: Path) -> None:
    predictions = pq.read_table(run.path / "predictions.parquet").to_pandas()
    events = predictions["number"][predictions["split"] == "train"].to_numpy() - 1
    np.savez(tmp_path / "fitted.npz", **{name: values[events] for name, values in columns().items()})
    evaluated = nw.evaluate(run, [tmp_path / "fitted.npz"])
    assert evaluated.measured == {}
    assert evaluated.rows == 0
    assert "No row is left for an evaluation that is independent of the training." in evaluated.remarks


def test_files_without_what_the_experiment_derives_say_the_way_out(run: nw.Run, tmp_path: Path) -> None:
    values = columns(300, seed=5)
    for lacking, way in (("scale", "--weight"), ("pt", "--no-selection"), ("code", "no head can be evaluated")):
        np.savez(tmp_path / f"no-{lacking}.npz", **{name: x for name, x in values.items() if name != lacking})
        with pytest.raises(DataError, match=way):
            nw.evaluate(run, [tmp_path / f"no-{lacking}.npz"])
    table = nw.predict(run, [tmp_path / "no-pt.npz"], tmp_path / "scores.parquet")
    assert table["selected"].null_count == 300
    np.savez(tmp_path / "no-event.npz", **{name: x for name, x in values.items() if name != "event"})
    evaluated = nw.evaluate(run, [tmp_path / "no-event.npz"])
    assert "lack a column of the identity (number)" in evaluated.remarks[0]
    assert evaluated.parts == {}
    assert "split" not in nw.predict(run, [tmp_path / "no-event.npz"], tmp_path / "s.parquet").column_names
    low = {**values, "pt": np.full(300, 3.0)}
    np.savez(tmp_path / "low.npz", **low)
    with pytest.raises(DataError, match=r"none of 300 rows fulfils the selection 'hard > 20'.*--no-selection"):
        nw.evaluate(run, [tmp_path / "low.npz"])
    with pytest.raises(RunError, match="--no-selection, --key and --weight are for other files"):
        nw.evaluate(run, weight="scale")


def test_files_of_one_name_have_results_of_their_own(run: nw.Run, tmp_path: Path) -> None:
    collected = []
    for number, folder in enumerate(("one", "two", "one")):
        (tmp_path / folder).mkdir(exist_ok=True)
        np.savez(tmp_path / folder / "x.npz", **columns(200, seed=3 + number % 2, first=1000))
        collected.append(nw.evaluate(run, [str(tmp_path / folder / "*.npz")]).path)
    assert [path.name for path in collected if path] == [
        "evaluation-files.json",
        "evaluation-files-2.json",
        "evaluation-files.json",
    ]


def test_a_run_without_identities_says_so(run: nw.Run, tmp_path: Path) -> None:
    (run.path / "identity.npy").unlink()
    evaluated = nw.evaluate(run, [tmp_path / "rows.npz"])
    assert "has no identity.npy, so it is not known" in evaluated.remarks[0]
    assert evaluated.rows == evaluated.selected


def test_a_run_of_an_earlier_version_is_not_compared_and_not_written_over(run: nw.Run) -> None:
    split = run.read_json("split.json")
    run.write_json("split.json", {**split, "data": "0123456789abcdef"})
    before = state(run)
    evaluated = nw.evaluate(run)
    assert "an earlier netwright wrote its split.json" in evaluated.remarks[0]
    assert new_files(run, before) == {"evaluation-changed-data.json"}


@pytest.mark.parametrize("kind", ["cross", "files"])
def test_ensembles_and_files_know_what_they_fitted(kind: str, tmp_path: Path) -> None:
    names = [tmp_path / f"{part}.npz" for part in ("train", "valid", "test")]
    for number, path in enumerate(names):
        np.savez(path, **columns(150, seed=number, first=1000 * number))
    split = {
        "cross": {"kind": "cross", "folds": 3, "unseen": "ensemble"},
        "files": {"kind": "files", **{path.stem: [str(path)] for path in names}},
    }[kind]
    experiment = content([str(path) for path in names], split=split, training={"epochs": 1, "batch_size": 128})
    run = nw.train(nw.parse_experiment(experiment), run=tmp_path / "run")
    moved = [path.rename(path.with_name(f"a{number}-{path.name}")) for number, path in enumerate(reversed(names))]
    evaluated = nw.evaluate(run, own_files=moved)
    assert evaluated.path == run.path / "evaluation.json"
    assert evaluated.remarks == []
    other = nw.evaluate(run, moved)
    expected = run.evaluation["test"]["y"]["roc_auc"]["value"]
    assert other.measured["y"]["roc_auc"].value == pytest.approx(expected, abs=1e-9)
    if kind == "cross":
        assert other.fitted == {}
    else:
        assert other.parts["train"] > other.parts["test"] > 0
    if kind == "files":
        np.savez(tmp_path / "b.npz", **columns(150, seed=9))
        with pytest.raises(DataError, match=r"b\.npz: is none of the files of .*train\.npz, valid\.npz, test\.npz"):
            nw.evaluate(run, own_files=[tmp_path / "b.npz"])


def test_a_training_goes_on_with_data_that_has_moved(tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", **columns())
    experiment = nw.parse_experiment(content([str(tmp_path / "rows.npz")]))

    def stop(record: object) -> None:
        raise KeyboardInterrupt(record)

    with pytest.raises(KeyboardInterrupt):
        nw.train(experiment, run=tmp_path / "run", observers=[Callbacks(on_epoch=stop)])
    moved = (tmp_path / "rows.npz").rename(tmp_path / "moved.npz")
    with pytest.raises(DataError, match="has moved, name it: --files"):
        nw.resume(tmp_path / "run")
    answer = runner.invoke(app, ["train", "--resume", str(tmp_path / "run"), "--files", str(moved)])
    assert answer.exit_code == 0, answer.output
    assert nw.open_run(tmp_path / "run").ended
    answer = runner.invoke(app, ["train", "x.yaml", "--files", str(moved)])
    assert "needs --resume RUN" in " ".join(answer.output.split())


def test_files_without_rows_of_some_of_several_classes_are_judged_on_the_others(tmp_path: Path) -> None:
    values = columns() | {"code": np.arange(ROWS) % 3}
    np.savez(tmp_path / "rows.npz", **values)
    several = {"kind": "multiclass", "column": "code", "classes": {"u": 0, "c": 1, "b": 2}}
    experiment = nw.parse_experiment(content([str(tmp_path / "rows.npz")], targets={"f": several}))
    run = nw.train(experiment, run=tmp_path / "run")
    np.savez(tmp_path / "light.npz", **columns(first=ROWS) | {"code": np.arange(ROWS) % 2})
    evaluated = nw.evaluate(run, tmp_path / "light.npz")
    assert "f: there are no rows of b, so metrics that need them are left out." in evaluated.remarks
    assert {"accuracy", "roc_auc_u_vs_rest"} < set(evaluated.measured["f"])
    answer = runner.invoke(app, ["evaluate", str(run.path), str(tmp_path / "light.npz")])
    assert "more numbers in evaluation-light.json." in " ".join(answer.output.split())
