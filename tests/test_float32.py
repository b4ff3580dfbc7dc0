"""Offsets that float32 cannot hold change nothing: from files to scores, on every way, and in an exported graph."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netwright as nw
from netwright.config import parse_experiment
from netwright.data import Dataset, Source, describe, divide, prepare
from netwright.errors import RunError
from netwright.evaluation import score_table
from netwright.exporting import export_onnx
from netwright.metrics import bias
from netwright.models import build, forms_of, make_forward
from netwright.plots import of_run
from netwright.training import head_weights
from netwright.workflow import _train, _train_and_evaluate, evaluate, export, predict, train

pytestmark = pytest.mark.optimised

ROWS = 600
RANDOM = np.random.default_rng(5)
LABEL = RANDOM.integers(0, 2, ROWS)
B = RANDOM.exponential(np.where(LABEL == 1, 60.0, 10.0))
NOISE = RANDOM.normal(size=ROWS)
OFFSET = 1.7e9


def dataset(**columns):
    table = pa.table({"event": np.arange(ROWS), "noise": NOISE, "b": B, "y": LABEL} | columns)
    return Dataset(table, (Source(Path("toy.csv"), ROWS),))


def content(**inputs):
    return {
        "name": "toy",
        "data": {"files": ["toy.csv"], "identity": ["event"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["noise", "b"]} | inputs},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"epochs": 3, "batch_size": 64, "learning_rate": 0.01},
    }


def network(experiment, data):
    rows = prepare(data, experiment)
    split = divide(rows.identity, experiment.split).split(0)
    return build(experiment, describe(rows, split, experiment))


def predictions_of(experiment, data):
    """What a network says that knows its training rows only by their description."""
    return score_table(network(experiment, data), experiment, data)["y"].to_numpy()


@pytest.mark.parametrize(
    ("scaling", "missing"),
    [("standardise", [-999]), ("quantiles", False), ("batch-normalisation", [-999])],
)
def test_every_scaling_gives_what_it_gives_without_the_offset(scaling, missing):
    experiment = parse_experiment(content(scaling=scaling, missing=missing, indicator=bool(missing)))
    plain, far = B, B + OFFSET
    if missing:
        plain, far = (np.where(np.arange(ROWS) % 7, values, -999) for values in (plain, far))
    np.testing.assert_allclose(
        predictions_of(experiment, dataset(b=far)), predictions_of(experiment, dataset(b=plain)), atol=2e-5
    )


@settings(max_examples=4)
@given(offset=st.floats(-1e12, 1e12))
def test_no_offset_up_to_1e12_changes_the_network(offset):
    """A value and its rest have steps of 2⁻⁴⁷ |offset|, 0.007 at 10¹²; B has a deviation of 49, so 10⁻³ is ample."""
    experiment = parse_experiment(content())
    np.testing.assert_allclose(
        predictions_of(experiment, dataset(b=B + offset)), predictions_of(experiment, dataset()), atol=1e-3
    )


def test_numbers_that_float32_holds_give_the_same_bits_whatever_type_they_have():
    experiment = parse_experiment(content())
    single = dataset(b=B.astype(np.float32), noise=NOISE.astype(np.float32))
    double = dataset(b=B.astype(np.float32).astype(float), noise=NOISE.astype(np.float32).astype(float))
    assert "x-rest" not in network(experiment, double).input
    np.testing.assert_array_equal(predictions_of(experiment, single), predictions_of(experiment, double))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The case of the issue, with a target that is far off too: once with offsets and once without."""
    folder = tmp_path_factory.mktemp("float32")
    result = {}
    for name, offset in (("far", OFFSET), ("near", 0.0)):
        table = dataset(b=B + offset, t=B + NOISE + offset).table
        pq.write_table(table, folder / f"{name}.parquet")
        one = content() | {"name": name}
        one["data"] = {"files": [str(folder / f"{name}.parquet")], "identity": ["event"]}
        one["targets"] = one["targets"] | {"t": {"kind": "regression", "column": "t"}}
        one["split"] = {"kind": "folds", "folds": 2}
        one["training"] |= {"feed": "streamed" if name == "far" else "resident", "members": "together"}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_train, "report", lambda *_, **__: None)  # saving figures takes longer than all else
            patch.setattr(_train_and_evaluate, "draw_features", lambda *_: None)
            result[name] = train(parse_experiment(one), run=folder / name)
    return result


def test_a_training_with_offsets_is_as_good_as_one_without(runs):
    far, near = (runs[name].evaluation["test"] for name in ("far", "near"))
    assert far["y"]["roc_auc"]["value"] == pytest.approx(near["y"]["roc_auc"]["value"], abs=0.01)
    assert far["t"]["resolution"]["value"] == pytest.approx(near["t"]["resolution"]["value"], rel=0.01)
    assert abs(far["t"]["bias"]["value"] - near["t"]["bias"]["value"]) < 0.5
    assert runs["far"].forms.fine == {"x": ("b",)}
    assert runs["far"].forms.offsets["t"] == pytest.approx(OFFSET, abs=100)
    assert runs["near"].forms.offsets == {}


def test_predictions_of_a_target_with_an_offset_are_raw_and_double(runs, tmp_path):
    run = runs["far"]
    table = predict(run, [run.path.parent / "far.parquet"], tmp_path / "p.parquet")
    assert table["t"].type == pa.float64()
    spread = table["t"].to_numpy() - OFFSET
    assert np.abs(spread - B).mean() < 30
    assert len(np.unique(spread)) > ROWS / 2
    truth = pq.read_table(run.path / "predictions.parquet")
    assert truth["t_true"].type == pa.float64()
    np.testing.assert_allclose(np.unique(truth["t_true"]), np.unique(B + NOISE + OFFSET), atol=1e-4)


def test_figures_show_raw_numbers(runs):
    run = runs["far"]
    figures = dict(of_run._regression_figures("t", run.experiment.targets["t"], run.predictions))
    low, high = figures["response-t"].axes[0].get_xlim()
    assert B.min() - 30 < low - OFFSET < np.median(B) < high - OFFSET < B.max() + 30


def test_a_few_rows_of_another_file_are_scored_as_among_many(runs, tmp_path):
    """A file of three rows says nothing of its resolution; the network does."""
    path = tmp_path / "few.parquet"
    pq.write_table(pq.read_table(runs["far"].path.parent / "far.parquet").slice(10, 3), path)
    few, many = (runs["far"].predict(nw.read(one)) for one in (path, runs["far"].path.parent / "far.parquet"))
    np.testing.assert_allclose(few["y"], many["y"][10:13], atol=1e-6)
    np.testing.assert_allclose(few["t"], many["t"][10:13], atol=1e-4)
    whole = pq.read_table(runs["far"].path.parent / "far.parquet")
    others = tmp_path / "others.parquet"  # rows that no network was fitted to
    pq.write_table(whole.set_column(0, "event", pa.array(np.arange(ROWS) + ROWS)), others)
    evaluated = evaluate(runs["far"], [others]).measured["t"]
    assert evaluated["bias"].value == pytest.approx(bias(B + NOISE + OFFSET, many["t"].to_numpy()), abs=1e-3)


def test_the_exported_graph_takes_and_gives_raw_numbers_in_double(runs, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("jax2onnx")
    assert export(runs["far"], tmp_path / "far.onnx").largest_difference < 1e-5
    session = onnxruntime.InferenceSession(tmp_path / "far.onnx")
    assert [(graph_input.name, graph_input.type, graph_input.shape[1]) for graph_input in session.get_inputs()] == [
        ("x", "tensor(double)", 2)
    ]
    y, t = session.run(["y", "t"], {"x": np.stack([NOISE, B + OFFSET], axis=1)})
    table = runs["far"].predict(nw.read(runs["far"].path.parent / "far.parquet"))
    np.testing.assert_allclose(y[:, 0], table["y"], atol=1e-5)
    np.testing.assert_allclose(t[:, 0], table["t"], atol=1e-3)
    assert t.dtype == np.float64


def test_an_infinite_value_stays_one_in_the_exported_graph(tmp_path):
    """It is not taken for a missing one: nothing says what the network should make of it."""
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("jax2onnx")
    experiment, data = parse_experiment(content(missing=True)), dataset(b=B + OFFSET)
    model = network(experiment, data)
    rows = prepare(data, experiment).inputs
    export_onnx(model, experiment, tmp_path / "x.onnx", rows=rows)
    session = onnxruntime.InferenceSession(tmp_path / "x.onnx")
    given = np.array([[0, np.inf], [0, np.nan]])
    (exported,) = session.run(["y"], {"x": given})
    assert np.isfinite(exported[1, 0])
    straight = make_forward(model)({"x": given.astype(np.float32), "x-rest": np.zeros((2, 1), np.float32)})["y"]
    np.testing.assert_allclose(exported[:, 0], straight[:, 0, 0], atol=1e-6)


def test_a_saved_network_knows_its_forms(tmp_path):
    experiment, data = parse_experiment(content()), dataset(b=B + OFFSET)
    model = network(experiment, data)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert forms_of(again, experiment) == prepare(data, experiment).forms
    np.testing.assert_array_equal(score_table(again, experiment, data)["y"], score_table(model, experiment, data)["y"])


def test_a_network_with_nan_scores_nothing(runs, tmp_path):
    model = runs["near"].model
    one = next(v for v in model.variables if v.path.endswith("y-raw/bias"))
    before = one.numpy()
    one.assign(np.full(before.shape, np.nan))
    try:
        with pytest.raises(RunError, match="in bias of layer member-0/y-raw are NaN or infinite"):
            predict(runs["near"], [runs["near"].path.parent / "near.parquet"], tmp_path / "p.parquet")
    finally:
        one.assign(before)
    assert not (tmp_path / "p.parquet").exists()


@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1e12, 1e30])
def test_the_scale_of_weights_changes_no_training(scale):
    """They are divided by their sum in float64, before they become float32."""
    experiment = parse_experiment(content() | {"data": {"files": ["toy.csv"], "weight": "w"}})
    weights = RANDOM.exponential(size=ROWS) + 0.1
    plain, scaled = (prepare(dataset(w=w), experiment) for w in (weights, weights * scale))
    among = np.arange(ROWS)
    one, other = (head_weights(rows, among, experiment.targets)["y"] for rows in (plain, scaled))
    np.testing.assert_allclose(one, other, rtol=2e-7)
