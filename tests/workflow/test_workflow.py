"""The whole way on real jets, in short trainings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.errors import DataError
from netwright.metrics import roc_auc
from netwright.workflow import evaluate, export, predict, train


def jets(files: Path, columns: str | list[str], label: str) -> dict[str, Any]:
    """Say how to train a small top tagger."""
    return {
        "name": "jets",
        "data": {"files": [str(files)]},
        "inputs": {"constituents": {"kind": "four-vectors", "columns": columns, "at_most": 30}},
        "targets": {"is_top": {"kind": "binary", "column": label, "classes": {"QCD": 0, "top": 1}}},
        "model": {"body": {"kind": "deep-sets", "constituent_units": [16], "units": [16]}},
        "training": {"epochs": 6, "batch_size": 64, "learning_rate": 0.005},
    }


@pytest.fixture(scope="module")
def jet_run(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    content = jets(shared_data / "real_jets_1000.npz", "constituents", "truth_label")
    return train(nw.parse_experiment(content), run=tmp_path_factory.mktemp("jets") / "run")


def test_real_jets_are_told_apart(jet_run: nw.Run) -> None:
    auc = jet_run.evaluation["test"]["is_top"]["roc_auc"]
    assert auc["value"] > 0.85  # 700 jets are few; the jet's mass alone gives 0.8
    assert set(jet_run.evaluation) == {"train", "valid", "test"}
    assert {p.name for p in jet_run.path.iterdir()} >= {
        "environment.json", "evaluation.json", "experiment.yaml", "figures", "history.jsonl", "model.keras",
        "notes.md", "predictions.parquet", "report.html", "split.json",
    }  # fmt: skip
    assert {p.stem for p in jet_run.figures.glob("*.pdf")} == {p.stem for p in jet_run.figures.glob("*.png")}
    assert (jet_run.path / "report.html").read_text().count("<figure") == len(list(jet_run.figures.glob("*.png")))


def test_predictions_hold_what_the_evaluation_says(jet_run: nw.Run) -> None:
    table = pq.read_table(jet_run.path / "predictions.parquet").to_pandas()
    test = table[table["split"] == "test"]
    auc = roc_auc(test["is_top_true"], test["is_top"], test["weight"])
    assert auc == pytest.approx(jet_run.evaluation["test"]["is_top"]["roc_auc"]["value"], abs=1e-12)
    assert len(table) == 1000


def test_scores_are_one_row_per_row_in_order(jet_run: nw.Run, shared_data: Path, tmp_path: Path) -> None:
    files = [shared_data / "real_jets_1000.npz"] * 1
    table = predict(jet_run, files, tmp_path / "scores.parquet")
    assert pq.read_table(tmp_path / "scores.parquet").equals(table)
    expected = pq.read_table(jet_run.path / "predictions.parquet")["is_top"].to_numpy()
    np.testing.assert_allclose(table["is_top"].to_numpy(), expected, atol=1e-6)
    assert table["row"].to_pylist() == list(range(1000))
    assert set(table["file"].to_pylist()) == {"real_jets_1000.npz"}
    for ending in (".root", ".csv", ".h5", ".npz"):
        other = predict(jet_run, files, tmp_path / f"scores{ending}")
        np.testing.assert_array_equal(other["is_top"].to_numpy().astype("f4"), table["is_top"].to_numpy())
    with pytest.raises(DataError, match=r"scores\.xlsx: the ending sets the format of the scores: \.parquet, \.root"):
        predict(jet_run, files, tmp_path / "scores.xlsx")
    with pytest.raises(DataError, match=r"scores\.npz: is a file of data, and scores are not written over it"):
        predict(jet_run, [tmp_path / "scores.npz"], tmp_path / "scores.npz")
    again = jet_run.predict(nw.read(files).take(np.arange(1000)[::-1]))
    np.testing.assert_allclose(again["is_top"].to_numpy()[::-1], expected, atol=1e-6)
    np.testing.assert_array_equal(jet_run.predict(dict(np.load(files[0])))["is_top"], table["is_top"])


def test_a_run_is_judged_again_with_the_same_numbers(jet_run: nw.Run) -> None:
    before = jet_run.evaluation
    evaluate(jet_run)
    assert jet_run.evaluation == before


def test_the_reference_layout_gives_the_same_split_and_scores(
    jet_run: nw.Run, shared_data: Path, tmp_path: Path
) -> None:
    columns = ["E_{i}", "PX_{i}", "PY_{i}", "PZ_{i}"]
    content = jets(shared_data / "real_jets_1000.h5", columns, "is_signal_new")
    run = train(nw.parse_experiment(content), run=tmp_path / "run")
    assert run.evaluation == jet_run.evaluation


def test_an_export_agrees_in_onnxruntime(jet_run: nw.Run, tmp_path: Path) -> None:
    import onnx
    import onnxruntime

    check = export(jet_run, tmp_path / "model.onnx")
    assert check.largest_difference <= 1e-5
    model = onnx.load(check.path)
    assert model.opset_import[0].version <= 20  # onnxruntime 1.17
    assert model.ir_version <= 9
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert "constituents" in metadata["inputs"]
    assert "probability of top" in metadata["outputs"]
    assert "name: jets" in metadata["experiment"]
    session = onnxruntime.InferenceSession(check.path)
    assert [i.name for i in session.get_inputs()] == ["constituents"]
    assert [o.name for o in session.get_outputs()] == ["is_top"]
    for rows in (1, 3):
        assert session.run(None, {"constituents": np.zeros((rows, 30, 4), np.float32)})[0].shape == (rows, 1)


def test_other_files_are_judged_on_the_heads_they_have(jet_run: nw.Run, shared_data: Path, tmp_path: Path) -> None:
    values = np.load(shared_data / "real_jets_1000.npz")
    np.savez(tmp_path / "nolabels.npz", constituents=values["constituents"])
    with pytest.raises(DataError, match=r"no head can be evaluated on these files\n  is_top: .*truth_label"):
        evaluate(jet_run, [tmp_path / "nolabels.npz"])
    assert predict(jet_run, [tmp_path / "nolabels.npz"], tmp_path / "s.parquet").num_rows == 1000
