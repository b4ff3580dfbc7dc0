"""Odd tables train or are refused with a reason: hundreds of columns, few rows, thousands of categories, leaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.errors import ExperimentError
from netwright.inspection import leaking_columns
from netwright.metrics import roc_auc

pytestmark = pytest.mark.usefixtures("without_figures")

RANDOM = np.random.default_rng(7)
BODY = {"kind": "tabular", "networks": 2, "units": [4], "waves": 2}


def experiment_of(folder: Path, columns: dict[str, Any], inputs: dict[str, Any], **data: Any) -> nw.Experiment:
    pq.write_table(pa.table(columns), folder / "table.parquet")
    content = {
        "name": "odd",
        "data": {"files": ["table.parquet"], **data},
        "inputs": inputs,
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": BODY},
        "training": {"epochs": 1, "batch_size": 2048},
    }
    return nw.parse_experiment(content, folder=folder)


@pytest.mark.slow
def test_a_hundred_rows_of_500_columns_one_constant_and_a_row_of_nothing(tmp_path: Path) -> None:
    x = RANDOM.normal(size=(100, 500))
    x[:, 1], x[3] = 7.0, np.nan
    names = [f"c{k}" for k in range(500)]
    numeric = {"kind": "numeric", "columns": names, "missing": True, "scaling": "quantiles"}
    columns = dict(zip(names, x.T, strict=True)) | {"y": np.arange(100) % 2}
    run = nw.train(experiment_of(tmp_path, columns, {"x": numeric}), run=tmp_path / "run")
    predicted = np.asarray(run.model.predict({"x": x.astype(np.float32)}, verbose=0)["y"])
    assert np.isfinite(predicted).all()
    assert any("c1" in finding.where for finding in run.findings if finding.symptom == "constant columns")


@pytest.mark.slow
def test_ten_thousand_categories_and_one_that_was_never_seen(tmp_path: Path) -> None:
    kind = RANDOM.permutation(np.arange(12_000) % 10_000)
    inputs = {"k": {"kind": "categorical", "columns": ["kind"], "encoding": "embedding", "embedding_size": 2}}
    columns = {"kind": kind, "y": kind % 2, "event": np.arange(12_000)}
    run = nw.train(experiment_of(tmp_path, columns, inputs, identity=["event"]), run=tmp_path / "run")
    predicted = np.asarray(run.model.predict({"k": np.array([[3], [123_456]], np.int32)}, verbose=0)["y"])
    assert np.isfinite(predicted).all()


def test_the_answer_among_the_inputs_is_said_before_training(tmp_path: Path) -> None:
    y = np.arange(300) % 2
    columns = {"x": RANDOM.normal(size=300), "copy": 7.0 - 2 * y, "y": y, "w": 1.0 + y}

    def checked(*names: str) -> Any:
        numeric = {"x": {"kind": "numeric", "columns": list(names)}}
        return nw.check(experiment_of(tmp_path, columns, numeric, weight="w"))

    (finding,) = [one for one in checked("x", "copy").findings if one.symptom == "features that give the answer"]
    assert (finding.severity, finding.where) == ("WARN", ("copy",))
    assert finding.evidence == "inputs.x: copy alone separates signal from the rest (targets.y) with an AUC of 1.0000."
    assert not [one for one in checked("x").findings if one.symptom == "features that give the answer"]
    with pytest.raises(ExperimentError, match=r"may not see column y: it is the target of targets.y"):
        checked("x", "y")
    with pytest.raises(ExperimentError, match=r"may not see column w: it is the weight, which tells classes apart"):
        checked("x", "w")


def test_answers_are_those_of_the_area_under_the_curve() -> None:
    classes = RANDOM.integers(0, 3, 2000)
    sharp = np.where(classes == 2, 5.0, 0.0) + RANDOM.normal(size=2000) * 0.3
    absent = np.where(classes == 1, np.nan, 1.0)  # that it is missing says which class it is
    ((column, name, area), other) = leaking_columns(np.stack([sharp, RANDOM.normal(size=2000), absent], 1), classes)
    assert sorted([(column, name), other[:2]]) == [(0, 2), (2, 1)]
    assert max(area, other[2]) == 1
    assert leaking_columns(sharp[:, None], classes)[0][2] == pytest.approx(roc_auc(classes == 2, sharp))
    few = np.arange(100) < 5  # chance separates so few
    assert leaking_columns(np.stack([few * 1.0], 1), few.astype(int)) == []
