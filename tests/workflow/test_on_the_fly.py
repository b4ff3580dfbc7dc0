"""Rows that are generated while a network is trained: new ones in each epoch, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netwright as nw
from netwright.config import GenerateSection
from netwright.simulation.on_the_fly import generated
from netwright.workflow import predict, train

pytestmark = pytest.mark.usefixtures("without_figures")


def content(**generate: Any) -> dict[str, Any]:
    return {
        "name": "mass",
        "data": {
            "generate": {"kind": "four-vectors", "rows": 2000} | generate,
            "identity": ["event"],
            "derived": {"log_mass": "ln(mass + 1)"},
        },
        "inputs": {"particle": {"kind": "numeric", "columns": ["E", "px", "py", "pz"], "unit": "GeV"}},
        "targets": {
            "mass": {"kind": "regression", "column": "mass", "unit": "GeV"},
            "log": {"kind": "regression", "column": "log_mass"},
        },
        "model": {"body": {"kind": "dense", "units": [16]}},
        "training": {"epochs": 3, "batch_size": 256},
    }


def test_epochs_have_other_rows_and_seeds_the_same():
    section = GenerateSection(kind="four-vectors", rows=500, basis="E,pt,eta,phi", seed=4)
    first, again, other = generated(section, 1), generated(section, 1), generated(section, 2)
    assert first.names == ["E", "pt", "eta", "phi", "mass", "event"]
    assert first.table.equals(again.table)
    assert not np.isin(first.column("mass"), other.column("mass")).any()
    assert "epoch 2" in other.locate(3)


def test_a_training_sees_new_rows_in_every_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from netwright.workflow.members import prepare

    asked: list[int] = []
    original = prepare.generated  # type: ignore[attr-defined]

    def listening(section: GenerateSection, epoch: int) -> nw.Dataset:
        asked.append(epoch)
        return original(section, epoch)

    monkeypatch.setattr(prepare, "generated", listening)
    run = train(nw.parse_experiment(content()), run=tmp_path / "run")
    assert asked == [1, 2, 3]
    assert run.evaluation["test"]["mass"]["relative_resolution"]["value"] > 0
    again = train(nw.parse_experiment(content()), run=tmp_path / "again")
    assert again.evaluation == run.evaluation


def test_files_of_the_same_columns_can_be_scored(tmp_path: Path) -> None:
    run = train(nw.parse_experiment(content()), run=tmp_path / "run")
    (file,) = nw.generate_four_vectors(300, seed=9, out=tmp_path / "particles")
    assert predict(run, [file], tmp_path / "scores.parquet").num_rows == 300
