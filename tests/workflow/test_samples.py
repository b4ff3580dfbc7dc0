"""Runs made from samples: training, evaluation, moved files, and the scale of the yields."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.sample_files import ROWS, samples_experiment, samples_section, write_samples

import netwright as nw
from netwright.config import parse_experiment
from netwright.data import importance
from netwright.errors import DataError
from netwright.training import head_weights
from netwright.workflow import evaluate, load_rows, predict, train
from netwright.workflow._own_data import load_own

SIGMAS = {"tt": 0.8, "qcd": 20.0, "w": 3.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    return train(parse_experiment(samples_experiment(folder)), run=folder / "run")


def scaled(folder: Path, power: int) -> Any:
    changes = {name: {"cross_section": f"{sigma * 2.0**power!r} pb"} for name, sigma in SIGMAS.items()}
    return parse_experiment(samples_experiment(folder, data=samples_section(folder, **changes)))


def test_training_does_not_depend_on_the_scale_of_the_yields(folder: Path, run: nw.Run) -> None:
    """Powers of two are exact in floating point, so that weights agree bit for bit."""
    for power in (-24, 24):
        other = train(scaled(folder, power), run=folder / f"run{power}")
        for one, same in zip(run.model.get_weights(), other.model.get_weights(), strict=True):
            np.testing.assert_array_equal(one, same)
        ratio = other.read_json("split.json")["samples"][0]["expected_events"]
        assert ratio == run.read_json("split.json")["samples"][0]["expected_events"] * 2.0**power


def test_the_run_writes_yields_and_names_the_sample_of_each_row(run: nw.Run) -> None:
    yields = run.read_json("split.json")["samples"]
    assert [one["sample"] for one in yields] == ["tt", "qcd", "w"]
    table = run.predictions()
    assert set(table["sample"].to_pylist()) == {"tt", "qcd", "w"}
    total = sum(one["expected_events"] for one in yields)
    assert np.asarray(table["weight"]).sum() == pytest.approx(total, rel=1e-12)
    names, truth = np.array(table["sample"].to_pylist()), np.asarray(table["signal_true"])
    assert (truth == (names == "tt")).all()


def test_importance_of_a_sample_is_a_factor_before_the_balance_of_classes(folder: Path) -> None:
    plain = parse_experiment(samples_experiment(folder))
    section = samples_section(folder, w={"importance": 5})
    changed = parse_experiment(samples_experiment(folder, data=section))
    (dataset, before), (_, after) = load_rows(plain), load_rows(changed)
    np.testing.assert_array_equal(before.weights, after.weights)
    names, everything = np.array(dataset.arrow("sample").to_pylist()), np.arange(len(before))
    old, new = (head_weights(rows, everything, plain.targets)["signal"] for rows in (before, after))
    assert old[names != "tt"].sum() == pytest.approx(old[names == "tt"].sum(), rel=1e-5)
    assert new[names != "tt"].sum() == pytest.approx(new[names == "tt"].sum(), rel=1e-5)
    ratios = [new[names == name][0] / old[names == name][0] for name in ("qcd", "w", "tt")]
    assert ratios[1] == pytest.approx(5 * ratios[0], rel=1e-5)
    assert ratios[2] == pytest.approx(1, rel=1e-5)
    assert (
        importance(after, everything, {"signal": plain.targets["signal"].model_copy(update={"balance": "none"})})[
            "signal"
        ].tolist()
        == np.where(names == "w", 5.0, 1.0).tolist()
    )


def test_evaluating_again_gives_the_same_numbers(run: nw.Run) -> None:
    again = evaluate(run)
    assert again.path == run.path / "evaluation.json"
    assert again.remarks == []
    assert again.measured["signal"]["roc_auc"].value == pytest.approx(
        run.evaluation["test"]["signal"]["roc_auc"]["value"], rel=1e-6
    )


def test_other_files_cannot_be_evaluated(run: nw.Run, folder: Path) -> None:
    with pytest.raises(DataError, match=r"trained on samples, and other files do not say which sample"):
        evaluate(run, [folder / "qcd.root"])


def test_files_of_samples_are_found_where_they_have_moved(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    for name in ROWS:
        shutil.copy(folder / f"{name}.root", tmp_path / ("renamed.root" if name == "w" else f"{name}.root"))
    data, changes = load_own(run, tmp_path, nw.progress.silent)
    assert changes == []
    assert len(data.dataset.sources) == 3
    shutil.copy(folder / "w.root", tmp_path / "qcd.root")
    with pytest.raises(DataError, match=r"none of the files is one of the sample qcd of .*Name a folder"):
        load_own(run, tmp_path, nw.progress.silent)
    (tmp_path / "else.root").write_bytes(b"other")
    with pytest.raises(DataError, match=r"else\.root: cannot be assigned to a sample of .*is none of its files"):
        load_own(run, tmp_path, nw.progress.silent)


def test_a_missing_file_of_a_sample_says_how_to_name_it(run: nw.Run, folder: Path) -> None:
    (folder / "w.root").rename(folder / "away.root")
    try:
        with pytest.raises(DataError, match=r"w\.root.* name it: --files"):
            load_own(run, None, nw.progress.silent)
    finally:
        (folder / "away.root").rename(folder / "w.root")


def test_files_of_a_sample_are_scored_like_it(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    table = predict(run, [folder / "qcd.root"], tmp_path / "scores.parquet")
    assert set(table["sample"].to_pylist()) == {"qcd"}
    own = run.predictions().to_pylist()
    before = {one["event"]: one["signal"] for one in own if one["sample"] == "qcd"}
    scores = {one["event"]: one["signal"] for one in table.to_pylist()}
    assert [scores[event] for event in before] == pytest.approx(list(before.values()), rel=1e-5)
    assert set(table["split"].to_pylist()) >= {"train", "valid", "test"}
    assert predict(run, [folder / "data.root"], tmp_path / "data.parquet").num_rows == ROWS["data"]
    with pytest.raises(DataError, match=r"the files are of several samples \(qcd, w\)"):
        predict(run, [folder / "qcd.root", folder / "w.root"], tmp_path / "both.parquet")
