"""A boosted tree on the rows of a run, and the paired difference between two sets of scores."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.data import divide, prepare
from netwright.errors import DataError, MissingExtraError, RunError
from netwright.evaluation import check_trees, compare_scores, tree_scores
from netwright.evaluation.tree_table import table_of_rows
from netwright.tasks import BinaryTarget, RegressionTarget
from netwright.workflow import AgainstTrees

pytestmark = pytest.mark.usefixtures("without_figures")

RANDOM = np.random.default_rng(5)
ROWS = 900


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep trees to one thread: where cores are shared, threads of OpenMP wait for each other for minutes."""
    threads = pytest.importorskip("threadpoolctl")
    with threads.threadpool_limits(1, "openmp"):
        yield


def columns():
    x = RANDOM.normal(size=(ROWS, 2))
    kind = RANDOM.integers(0, 3, ROWS)
    a = np.where(RANDOM.uniform(size=ROWS) < 0.1, -999, x[:, 0])
    weight = np.where(RANDOM.uniform(size=ROWS) < 0.1, -1.0, 1.0)
    y = (np.sign(x[:, 0] * x[:, 1]) > 0).astype(int)
    return {"a": a, "b": x[:, 1], "kind": kind, "w": weight, "y": y, "three": kind, "m": 90 + 2 * x[:, 1]}


SECTIONS = {
    "data": {"files": ["toy.csv"], "weight": "w"},
    "inputs": {
        "x": {"kind": "numeric", "columns": ["a", "b"], "missing": [-999]},
        "k": {"kind": "categorical", "columns": ["kind"]},
    },
    "targets": {
        "y": {"kind": "binary", "column": "y", "balance": "weights"},
        "three": {"kind": "multiclass", "column": "three", "classes": {"u": 0, "s": 1, "b": 2}},
        "two": {"kind": "multiclass", "column": "y", "classes": {"n": 0, "p": 1}, "where": "m > 93"},  # few
        "m": {"kind": "regression", "column": "m", "where": "y = 1"},
        "q": {"kind": "quantiles", "column": "m"},
    },
}


@pytest.fixture(scope="module")
def table(dataset_of, experiment_of):
    """Rows of a small table with every kind of head, in three folds."""
    experiment = experiment_of(**SECTIONS, split={"kind": "cross", "folds": 3})
    rows = prepare(dataset_of(columns()), experiment)
    return experiment, rows, divide(rows.identity, experiment.split)


def test_markers_are_missing_and_categories_whole_numbers(table):
    experiment, rows, _ = table
    x = table_of_rows(rows, experiment)
    assert x.shape == (ROWS, 3)
    assert (np.isnan(x[:, 0]) == (rows.inputs["x"][:, 0] == -999)).all()
    assert np.isnan(x[:, 0]).any()
    np.testing.assert_array_equal(x[:, 2], rows.inputs["k"][:, 0])


def test_few_particles_lie_side_by_side(dataset_of, experiment_of):
    lists = {"jet_pt": [[50.0, 30.0], [], [40.0, -999.0, 20.0]], "jet_tag": [[1, 0], [], [0, 1, 1]]}
    columns = {name: pa.array(values) for name, values in lists.items()} | {"met": [10.0, 20.0, 30.0], "y": [0, 1, 0]}
    jets = {
        "kind": "particles",
        "numbers": {"momentum": {"columns": ["jet_pt"], "missing": [-999]}},
        "categories": {"tag": {"columns": ["jet_tag"]}},
        "at_most": 2,
    }
    experiment = experiment_of(
        data={"files": ["toy.parquet"]},
        inputs={"jets": jets, "met": {"kind": "numeric", "columns": ["met"]}},
        targets={"y": {"kind": "binary", "column": "y"}},
    )
    x = table_of_rows(prepare(dataset_of(columns), experiment), experiment)
    nan = np.nan
    np.testing.assert_array_equal(x, [[50, 1, 30, 0, 10], [nan, nan, nan, nan, 20], [40, 0, nan, 1, 30]])


def test_so_do_four_vectors_with_and_without_properties(dataset_of, experiment_of):
    lists = {"pt": [[50.0, 30.0], [], [40.0]], "eta": [[1.0, 2.0], [], [0.0]], "phi": [[0.5, -0.5], [], [1.0]]}
    lists |= {"m": [[0.0, 0.0], [], [0.0]], "tag": [[1.0, -999.0], [], [0.5]]}
    columns = {name: pa.array(values, pa.list_(pa.float32())) for name, values in lists.items()} | {"y": [0, 1, 0]}
    photons = {"kind": "four-vectors", "columns": ["pt", "eta", "phi", "m"], "basis": "pt,eta,phi,m", "at_most": 2}
    tagged = photons | {"properties": ["tag"], "properties_missing": [-999]}
    experiment = experiment_of(
        data={"files": ["toy.parquet"]},
        inputs={"photons": photons, "tagged": tagged},
        targets={"y": {"kind": "binary", "column": "y"}},
    )
    x = table_of_rows(prepare(dataset_of(columns), experiment), experiment)
    nan, first = np.nan, [50, 1, 0.5, 0]
    alone = [[*first, 30, 2, -0.5, 0], [nan] * 8, [40, 0, 1, 0, *[nan] * 4]]
    with_tag = [[*first, 1, 30, 2, -0.5, 0, nan], [nan] * 10, [40, 0, 1, 0, 0.5, *[nan] * 5]]
    np.testing.assert_array_equal(x, np.hstack([alone, with_tag]))


def test_every_test_row_is_scored_by_trees_that_never_saw_it(table, monkeypatch):
    ensemble = pytest.importorskip("sklearn.ensemble")
    for kind in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):  # 30 trees instead of 100
        monkeypatch.setattr(ensemble, kind, partial(getattr(ensemble, kind), max_iter=30))
    experiment, rows, division = table
    numbers = np.flatnonzero(division.folds_of("test").any(axis=1))
    scores = tree_scores(experiment, rows, division, numbers)
    assert {head: one.scores.shape for head, one in scores.items()} == {
        "y": (len(numbers),),
        "three": (len(numbers), 3),
        "two": (len(numbers), 2),
        "m": (len(numbers),),
        "q": (len(numbers), 5),
    }
    split = division.split(1)
    given = np.concatenate([split.train, split.valid])
    train = given[rows.weights[given] > 0]
    balance = np.array([1 / rows.weights[given][rows.heads["y"].values[given] == c].sum() for c in (0, 1)])
    x = table_of_rows(rows, experiment)
    twin = ensemble.HistGradientBoostingClassifier(random_state=0)
    weights = balance[rows.heads["y"].values[train]]
    twin.fit(x[train], rows.heads["y"].values[train], sample_weight=weights / weights.mean())
    expected = twin.predict_proba(x[split.test])[:, 1]
    of_fold = np.searchsorted(numbers, split.test)
    assert np.abs(scores["y"].scores[of_fold] - expected).mean() < 0.02  # weights of another sum round otherwise
    assert np.corrcoef(scores["y"].scores[of_fold], expected)[0, 1] > 0.99
    all_but_test = [np.concatenate([division.split(f).train, division.split(f).valid]) for f in range(3)]
    assert scores["y"].left_out == sum(int((rows.weights[one] < 0).sum()) for one in all_but_test)
    np.testing.assert_allclose(scores["three"].scores.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(scores["two"].scores.sum(axis=1), 1, rtol=1e-6)
    assert np.abs(scores["m"].scores - rows.heads["m"].truth[numbers])[rows.heads["m"].counts[numbers]].mean() < 0.5
    assert (np.diff(scores["q"].scores[:, [3, 1, 0, 2, 4]].mean(axis=0)) > 0).all()


def test_particles_and_a_missing_extra_are_refused(table, experiment_of, monkeypatch):
    jets = experiment_of(**SECTIONS | {"inputs": {"jet": {"kind": "four-vectors", "columns": "p4", "at_most": 21}}})
    with pytest.raises(DataError, match=r"inputs.jet: trees take tables of numbers and categories"):
        check_trees(jets)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError, match=r'A boosted tree needs the extra "trees"'):
        check_trees(table[0])


def test_the_paired_difference_is_known_better_than_either():
    truth = RANDOM.integers(0, 2, 2000)
    one = 1 / (1 + np.exp(-(truth + RANDOM.normal(0, 1, 2000))))
    target = BinaryTarget(kind="binary", column="y")
    worse = np.clip(one + RANDOM.normal(0, 0.1, 2000), 1e-6, 1 - 1e-6)
    result = compare_scores(target, truth, one, worse, np.ones(2000))
    assert (result.metric, result.better) == ("roc_auc", "one")
    assert result.gain.value == pytest.approx(result.one - result.other)
    assert 0 < result.gain.uncertainty < 0.007  # the area of either is known to 0.0097
    same = compare_scores(target, truth, one, one, np.ones(2000))
    assert (same.gain.value, same.gain.uncertainty, same.better) == (0.0, 0.0, "neither")
    perfect = np.where(truth == 1, 0.9, 0.1) + 0.05 * one
    weights = RANDOM.uniform(size=2000)  # the areas are 1, but for rounding
    level = compare_scores(target, truth, perfect, perfect**2, weights)
    assert (level.gain.value, level.gain.uncertainty, level.better) == (0.0, 0.0, "neither")
    certain = compare_scores(target, truth, perfect, np.full(2000, 0.5), weights)  # 0.5 in each replica
    verdict = AgainstTrees({"y": certain}, {}, 2000, Path()).verdict("y")
    assert verdict.startswith(
        "y: the network is better: roc_auc of 1 against 0.5 of the trees (difference +0.5 ± 0, paired"
    )
    assert compare_scores(target, np.ones(50, int), one[:50], worse[:50], np.ones(50)) is None
    values = RANDOM.normal(size=500)
    mass = RegressionTarget(kind="regression", column="m")
    result = compare_scores(
        mass, values, values + RANDOM.normal(0, 2, 500), values + RANDOM.normal(0, 1, 500), np.ones(500)
    )
    assert (result.metric, result.better) == ("resolution", "other")
    assert result.one == pytest.approx(2, rel=0.2)


@pytest.mark.slow
def test_a_run_says_who_is_better(tmp_path):
    pytest.importorskip("sklearn")
    data = columns()
    np.savez(tmp_path / "toy.npz", **{name: data[name] for name in ("a", "b", "w", "y")})
    experiment = {
        "name": "toy",
        "data": {"files": ["toy.npz"], "weight": "w"},
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"], "missing": [-999]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "tabular", "units": [2], "networks": 2, "waves": 0}},
        "training": {"epochs": 1},
    }
    run = nw.train(nw.parse_experiment(experiment, folder=tmp_path), run=tmp_path / "run")
    outcome = CliRunner().invoke(app, ["evaluate", str(run.path), "--against", "trees"])
    assert outcome.exit_code == 0, outcome.output
    words = " ".join(outcome.output.split())
    assert "y: the trees are better, by" in words
    assert "training rows of negative weight, which boosting does not support" in words
    result = json.loads((run.path / "against-trees.json").read_text())["y"]
    assert result["better"] == "trees"
    (finding,) = [one for one in nw.open_run(run.path).findings if "boosted trees" in one.symptom]
    assert (finding.severity, finding.evidence) == ("WARN", result["verdict"])
    assert "the trees are better, by" in (run.path / "report.html").read_text()
    assert result["gain"]["value"] == pytest.approx(result["network"] - result["trees"])
    refused = CliRunner().invoke(app, ["evaluate", str(run.path), "other.npz", "--against", "trees"])
    assert refused.exit_code == 2
    np.savez(tmp_path / "toy.npz", **{name: data[name][:800] for name in ("a", "b", "w", "y")})
    with pytest.raises(RunError, match="its data is not what it was when the network was trained"):
        nw.evaluate_against_trees(run)
