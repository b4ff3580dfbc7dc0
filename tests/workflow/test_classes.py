"""Classes of flags, conditions and one-hot arrays from the check to the evaluation; rows of no class are counted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.workflow import check, evaluate, predict, train

pytestmark = pytest.mark.usefixtures("without_figures")


def test_classes_of_flags_conditions_and_one_hot_arrays(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    which = rng.choice(3, 400)
    x, flavour = rng.normal(size=(400, 2)) + which[:, None], np.array([0, 4, -5])[which]
    np.savez(tmp_path / "a.npz", x=x[:, 0], y=x[:, 1], light=which == 0, flavour=flavour, hot=np.eye(3)[which])
    np.savez(tmp_path / "recorded.npz", x=x[:9, 0], y=x[:9, 1])
    targets = {
        "jet": {"kind": "multiclass", "classes": {"light": "light", "c": "abs(flavour) = 4"}},
        "is_b": {"kind": "binary", "column": "hot", "classes": {"other": [0, 1], "b": 2}},
    }
    content = {
        "data": {"files": [str(tmp_path / "a.npz")]},
        "inputs": {"x": {"kind": "numeric", "columns": ["x", "y"]}},
        "targets": targets,
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 1},
    }
    experiment, of_no_class = nw.parse_experiment(content), int((which == 2).sum())
    sentence = f"{of_no_class} rows are in none of the classes light, c; training and evaluation of this head leave"
    assert sum(sentence in result.sentence for result in check(experiment).findings) == 1

    run = train(experiment, run=tmp_path / "run")
    assert sum(sentence in result.sentence for result in run.findings) == 1
    assert "light: light, c: abs(flavour) = 4" in (run.path / "report.html").read_text(encoding="utf-8")
    written = pq.read_table(run.path / "predictions.parquet")["jet_true"]
    assert [written.to_pylist().count(place) for place in (0, 1, None)] == np.bincount(which).tolist()
    remark = f"jet: {of_no_class} of 400 rows are in no class; they are left out."
    assert remark in evaluate(run, [tmp_path / "a.npz"]).remarks
    assert predict(run, tmp_path / "recorded.npz", tmp_path / "s.parquet").num_rows == 9
