"""Every way to encode numbers and categories: what it computes, and networks with it train, save and export."""

from __future__ import annotations

from itertools import count

import keras
import numpy as np
import pytest

from netwright.config import parse_experiment
from netwright.data import Description, HeadRows, Rows, Split, describe
from netwright.data.moments.missing import missing_positions
from netwright.data.rows.categories import MISSING_CATEGORY, word_number
from netwright.exporting import export_onnx
from netwright.models import build
from netwright.models.encode_categorical import encode_categorical
from netwright.models.encode_numeric import encode_numeric, present

NAN = float("nan")
ROWS = 400
SCALINGS = ["standardise", "quantiles", "batch-normalisation", "none"]


def make_rows() -> Rows:
    """Rows of a steep, a normal and a constant column with missing values, and of categories with a missing one."""
    random = np.random.default_rng(8)
    pt = 20 * (1 + random.pareto(1.5, ROWS))
    x = np.stack([pt, random.normal(-3, 0.1, ROWS), np.full(ROWS, 7.0)], axis=1).astype(np.float32)
    x[random.uniform(size=x.shape) < 0.1] = NAN
    x[random.uniform(size=ROWS) < 0.1, 0] = -999
    kind = random.choice([MISSING_CATEGORY, word_number("e"), word_number("mu"), 5], (ROWS, 2)).astype(np.int32)
    every = np.ones(ROWS, dtype=bool)
    labels = (random.uniform(size=ROWS) < 0.4).astype(np.int32)
    labels[:4] = [0, 1, 0, 1]
    numbers = np.arange(ROWS)
    weights = random.normal(1, 0.5, ROWS)
    return Rows({"x": x, "kind": kind}, {"y": HeadRows(labels, every)}, weights, numbers.astype(np.uint64), numbers)


def experiment_with(**group):
    """An experiment with one group: ``numeric`` or ``categorical`` arguments."""
    kind, arguments = next(iter(group.items()))
    inputs = {
        "numeric": {"x": {"kind": "numeric", "columns": ["pt", "eta", "c"], "missing": [-999]}},
        "categorical": {"kind": {"kind": "categorical", "columns": ["q", "r"]}},
    }[kind]
    (name,) = inputs
    return parse_experiment(
        {
            "data": {"files": ["f"]},
            "inputs": {name: inputs[name] | arguments},
            "targets": {"y": {"kind": "binary", "column": "y"}},
            "model": {"body": {"kind": "dense", "units": [8, 4]}},
        }
    )


@pytest.fixture(scope="module")
def rows():
    return make_rows()


def described(rows, experiment) -> Description:
    (name,) = experiment.inputs
    return describe(
        Rows({name: rows.inputs[name]}, rows.heads, rows.weights, rows.identity, rows.numbers),
        Split(*(np.arange(k, ROWS, 4) for k in range(3))),
        experiment,
    )


def features_of(rows, experiment, values=None, *, training=False):
    """The features that a network sees of its group."""
    (name,), (group,) = experiment.inputs, experiment.inputs.values()
    values = rows.inputs[name] if values is None else values
    x = keras.Input(values.shape[1:], dtype=values.dtype.name)
    description = described(rows, experiment)
    if group.kind == "numeric":
        of_group = encode_numeric(name, group, present(name, group, x), description.numeric[name], count(1))
    else:
        of_group = encode_categorical(name, group, x, description.vocabulary[name], count(1))
    model = keras.Model(x, of_group)
    return np.asarray(model(values, training=training))


def missing_of(x):
    return np.isnan(x) | (x == -999)


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", SCALINGS)
def test_scaled_numbers_are_centred_and_missing_ones_are_off_the_bulk(rows, scaling):
    experiment = experiment_with(numeric={"scaling": scaling, "log": ["pt"]})
    moments = described(rows, experiment).numeric["x"]
    result, x = features_of(rows, experiment), rows.inputs["x"].astype(np.float64)
    gone = missing_of(x)
    x[gone] = NAN
    x[:, 0] = np.maximum(np.log(x[:, 0]), moments.minimum[0])  # rows beside those of training may be smaller
    places = missing_positions(moments)
    if scaling == "none":
        expected, places = x, moments.mean + places * moments.std
    elif scaling == "quantiles":
        columns = zip(x.T, moments.quantiles.knots, moments.quantiles.normal, strict=True)
        expected = np.stack([np.interp(one, knots, normal) for one, knots, normal in columns], axis=1)
        inside = (x >= moments.minimum) & (x <= moments.maximum)
        expected = np.where(inside, expected, result)  # beyond the ends it is linear
    else:
        expected = (x - moments.mean) / moments.std
    if scaling == "batch-normalisation":
        expected /= np.sqrt(1.001)  # Keras's ε beside the variance of 1
    np.testing.assert_allclose(result, np.where(gone, places, expected), rtol=2e-5, atol=2e-5)


def test_what_has_no_logarithm_in_production_is_cut(rows):
    experiment = experiment_with(numeric={"log": ["pt"], "missing": [-999]})
    x = np.array([[0.0, -3.0, 7.0], [-5.0, -3.0, 7.0], [NAN, NAN, NAN], [-999, 1e30, 7.0]], dtype=np.float32)
    features = features_of(rows, experiment, x)
    moments = described(rows, experiment).numeric["x"]
    lowest = (moments.minimum[0] - moments.mean[0]) / moments.std[0]
    np.testing.assert_allclose(features[:2, 0], lowest, rtol=1e-5)
    np.testing.assert_allclose(features[2], missing_positions(moments), rtol=1e-6)
    assert features[3, 0] == features[2, 0]
    assert np.isfinite(features).all()


def test_both_are_the_features_by_quantiles_and_the_same_standardised(rows):
    alone = [features_of(rows, experiment_with(numeric={"scaling": one})) for one in ("quantiles", "standardise")]
    both = features_of(rows, experiment_with(numeric={"scaling": "both"}))
    np.testing.assert_allclose(both, np.concatenate(alone, axis=1), rtol=1e-6, atol=1e-6)


def test_indicators_are_further_columns(rows):
    plain, more = (features_of(rows, experiment_with(numeric={"indicator": flag})) for flag in (False, True))
    np.testing.assert_array_equal(more[:, :3], plain)
    np.testing.assert_array_equal(more[:, 3:], missing_of(rows.inputs["x"]).astype(np.float32))


@pytest.mark.parametrize("scaling", SCALINGS)
def test_noise_is_of_training_in_deviations_and_not_for_missing_values(rows, scaling):
    experiment = experiment_with(numeric={"scaling": scaling, "noise": 0.2})
    quiet = features_of(rows, experiment_with(numeric={"scaling": scaling}), training=True)
    still, noisy = (features_of(rows, experiment, training=flag) for flag in (False, True))
    np.testing.assert_allclose(still, features_of(rows, experiment_with(numeric={"scaling": scaling})), rtol=1e-5)
    gone = missing_of(rows.inputs["x"])
    np.testing.assert_array_equal(noisy[gone], quiet[gone])
    moments = described(rows, experiment).numeric["x"]
    unit = moments.std if scaling == "none" else np.ones(3)
    noise = np.where(gone, NAN, (noisy - quiet) / unit)
    np.testing.assert_allclose(np.nanstd(noise, axis=0), 0.2, rtol=0.2)  # 5 σ of 320 values
    assert (np.abs(np.nanmean(noise, axis=0)) < 0.06).all()


# --- categories ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("encoding", "width"), [("one-hot", 10), ("bits", 6), ("embedding", 8)])
def test_categories_have_features_of_their_own_and_unknown_ones_too(rows, encoding, width):
    experiment = experiment_with(categorical={"encoding": encoding})
    known = [MISSING_CATEGORY, word_number("e"), word_number("mu"), 5]
    x = np.array([[value, 5] for value in (*known, 99, -7)], dtype=np.int32)
    features = features_of(rows, experiment, x)
    assert features.shape == (6, width)
    assert len({tuple(row) for row in features}) == 5
    np.testing.assert_array_equal(features[4], features[5])
    np.testing.assert_array_equal(features[:, width // 2 :], np.repeat(features[:1, width // 2 :], 6, axis=0))


def test_the_size_of_an_embedding_is_that_of_the_experiment(rows):
    experiment = experiment_with(categorical={"encoding": "embedding", "embedding_size": 3})
    assert features_of(rows, experiment).shape == (ROWS, 6)


# --- networks --------------------------------------------------------------------------------------------------------

EVERY = [
    *({"numeric": {"scaling": scaling}} for scaling in SCALINGS),
    {"numeric": {"scaling": "quantiles", "log": ["pt"], "indicator": True, "noise": 0.1}},
    {"numeric": {"scaling": "both", "log": ["pt"], "indicator": True, "noise": 0.1}},
    {"numeric": {"scaling": "none", "noise": 0.1, "missing": [-999, -99999]}},
    {"numeric": {"scaling": "batch-normalisation", "log": ["pt"], "indicator": True, "noise": 0.1}},
    *({"categorical": {"encoding": encoding}} for encoding in ("one-hot", "bits", "embedding")),
]


@pytest.mark.parametrize("group", EVERY, ids=str)
def test_a_network_trains_saves_and_exports(rows, group, tmp_path):
    pytest.importorskip("onnxruntime")
    experiment = experiment_with(**group)
    model = build(experiment, described(rows, experiment))
    (name,) = experiment.inputs
    inputs, labels = {name: rows.inputs[name]}, {"y": rows.heads["y"].values[:, None].astype(np.float32)}
    before = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    model.compile(keras.optimizers.SGD(1e-3), {"y": "binary_crossentropy"})
    assert np.isfinite(model.train_on_batch(inputs, labels))
    after = [keras.ops.convert_to_numpy(w) for w in model.trainable_variables]
    assert all(np.isfinite(w).all() for w in after)
    assert any((one != two).any() for one, two in zip(before, after, strict=True))
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(model(inputs)["y"], again(inputs)["y"])
    unseen = {name: values.copy() for name, values in inputs.items()}
    if name == "kind":
        unseen[name][::3] = 1234567
    else:
        unseen[name][::3] = [NAN, -5.0, 1e4]
    check = export_onnx(again, experiment, tmp_path / "model.onnx", rows=unseen)  # an error beyond 1e-5
    assert check.largest_difference <= 1e-5
