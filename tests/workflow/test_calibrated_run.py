"""A run whose heads are calibrated: what is fitted, in the saved network, in ONNX, in the report."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.metrics import reliability
from netwright.models import raw_outputs
from netwright.plots import of_run, save

ROWS = 6000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    generator = np.random.default_rng(1)
    y = np.arange(ROWS) % 2
    x = generator.normal(size=(ROWS, 2)) + 1.2 * y[:, None]
    kind = generator.integers(0, 3, ROWS)
    x[:, 1] += kind
    path = tmp_path_factory.mktemp("calibrated")
    pq.write_table(
        pa.table({"a": x[:, 0], "b": x[:, 1], "y": y, "kind": kind, "event": np.arange(ROWS)}), path / "rows.parquet"
    )
    classes = {"u": 0, "c": 1, "b": 2}
    content = {
        "data": {"files": [str(path / "rows.parquet")], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
        "targets": {
            "is_hh": {"kind": "binary", "column": "y", "importance": {"background": 8}, "calibration": "isotonic"},
            "flavour": {"kind": "multiclass", "column": "kind", "classes": classes, "calibration": "temperature"},
        },
        "split": {"kind": "cross", "folds": 3},
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"epochs": 3, "batch_size": 64, "learning_rate": 0.01},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(of_run, "save", lambda *figure: save(*figure) if "likelihood-ratio" in figure[2] else None)
        return nw.train(nw.parse_experiment(content), run=path / "run")


def test_the_importance_of_a_class_is_taken_out_of_probabilities(run: nw.Run) -> None:
    predictions = run.predictions(["is_hh", "is_hh_true", "weight"]).to_pydict()
    result = reliability(predictions["is_hh_true"], predictions["is_hh"], predictions["weight"])
    assert result.error.value < 0.03
    member = run.model.get_layer("member-0")
    table = pq.read_table(run.experiment.data.files[0])
    x = np.stack([table["a"], table["b"]], axis=1).astype(np.float32)
    raw = np.asarray(raw_outputs(member, ["is_hh"])({"x": x})["is_hh"])[:, 0]
    assert reliability(np.asarray(table["y"]), 1 / (1 + np.exp(-raw))).error.value > 0.2


def test_what_was_fitted_stands_in_the_run_and_its_report(run: nw.Run) -> None:
    for member in run.read_json("training.json")["members"]:
        assert member["calibration"]["is_hh"]["knots"] > 3
        assert 0.3 < member["calibration"]["flavour"]["temperature"] < 3
    assert (run.figures / "likelihood-ratio-is_hh.png").is_file()
    assert "Likelihood ratio of is_hh" in (run.path / "report.html").read_text()


def test_the_exported_network_is_calibrated_too(run: nw.Run) -> None:
    pytest.importorskip("jax2onnx")
    assert nw.export(run).largest_difference < 1e-5
