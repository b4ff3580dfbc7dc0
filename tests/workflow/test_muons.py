"""The mass of two muons of real collisions, from text and from ROOT, in short trainings."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest

import netwright as nw
from netwright.workflow import _data, _train, export, predict, train

pytestmark = pytest.mark.usefixtures("without_figures")

MUONS = [f"{name}{i}" for i in (1, 2) for name in ("E", "px", "py", "pz")]


def muons(files: Path, **training: Any) -> dict[str, Any]:
    """Say how to find the mass of two muons from their eight components."""
    return {
        "name": "muons",
        "data": {"files": [str(files)], "identity": ["Run", "Event"]},
        "inputs": {"muons": {"kind": "numeric", "columns": MUONS, "unit": "GeV"}},
        "targets": {"mass": {"kind": "regression", "column": "M", "unit": "GeV"}},
        "model": {"body": {"kind": "dense", "units": [64, 64], "activation": "silu"}},
        "training": {"batch_size": 64} | training,
    }


def test_the_mass_of_two_muons_of_real_collisions(shared_data: Path, tmp_path: Path) -> None:
    content = muons(shared_data / "Zmumu_Run2011A_masses.csv", epochs=60)
    run = train(nw.parse_experiment(content), run=tmp_path / "run")
    mass = run.evaluation["test"]["mass"]
    assert mass["resolution"]["value"] < 2.0  # GeV
    assert abs(mass["bias"]["value"]) < 0.1 * mass["resolution"]["value"]


def test_root_trees_go_the_same_way(shared_data: Path, tmp_path: Path) -> None:
    run = train(nw.parse_experiment(muons(shared_data / "Zmumu.root", epochs=3)), run=tmp_path / "run")
    assert export(run).largest_difference <= 1e-5
    table = predict(run, [shared_data / "Zmumu.root"], tmp_path / "s.parquet")
    assert table.column_names == ["file", "row", "Run", "Event", "split", "mass"]


def test_rows_are_given_up_before_results_are_drawn(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[weakref.ref[Any]] = []
    alive: list[bool] = []
    load, report = _data.load_yields, _train.report  # type: ignore[attr-defined]

    def loaded(*of: Any, **more: Any) -> Any:
        dataset, result, yields = load(*of, **more)
        rows.extend(weakref.ref(values) for values in result.inputs.values())
        return dataset, result, yields

    def reported(*of: Any, **more: Any) -> Path:
        gc.collect()
        alive.extend(row() is not None for row in rows)
        return report(*of, **more)

    monkeypatch.setattr(_data, "load_yields", loaded)
    monkeypatch.setattr(_train, "report", reported)
    train(nw.parse_experiment(muons(shared_data / "Zmumu_Run2011A_masses.csv", epochs=1)), run=tmp_path / "run")
    assert alive == [False]
