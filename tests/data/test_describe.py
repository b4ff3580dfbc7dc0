"""Constants of the preprocessing: against exact arithmetic, over chunks, and from training rows only."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.weighted_rows import slow_moments

from netwright.data import HeadRows, Rows, Split, describe, describe_folds, divide
from netwright.data.moments.moments import Moments
from netwright.errors import DataError
from netwright.kinematics import constituent_features, jet_features

TOLERANCE = 1e-12  # float64 over some thousand rows


SECTIONS = {
    "inputs": {
        "x": {"kind": "numeric", "columns": ["a", "b"], "missing": True},
        "c": {"kind": "categorical", "columns": ["q"]},
        "jet": {"kind": "four-vectors", "columns": "p4", "at_most": 6},
    },
    "targets": {
        "is_signal": {"kind": "binary", "column": "y"},
        "flavour": {"kind": "multiclass", "column": "f", "classes": {"u": 0, "s": 1, "b": 2}},
        "mass": {"kind": "regression", "column": "m", "where": "y = 1"},
    },
}


def make_rows(number=600, seed=0):
    random = np.random.default_rng(seed)
    p3 = random.normal(size=(number, 6, 3))
    p4 = np.concatenate([np.linalg.norm(p3, axis=-1, keepdims=True), p3], axis=-1)
    p4[np.arange(6) >= random.integers(0, 7, (number, 1))] = 0
    x = random.normal(3, 2, (number, 2)).astype(np.float32)
    x[random.uniform(size=x.shape) < 0.1] = np.nan
    labels, every = random.integers(0, 2, number), np.ones(number, dtype=bool)
    heads = {
        "is_signal": HeadRows(labels.astype(np.int32), every),
        "flavour": HeadRows(random.integers(0, 3, number).astype(np.int32), every),
        "mass": HeadRows(random.normal(91, 2, number).astype(np.float32), labels == 1),
    }
    inputs = {"x": x, "c": random.integers(-2, 3, (number, 1)).astype(np.int32), "jet": p4.astype(np.float32)}
    weights = random.uniform(-0.2, 1, number)
    return Rows(inputs, heads, weights, random.integers(0, 2**63, number).astype(np.uint64), np.arange(number))


@pytest.fixture(scope="module")
def rows():
    return make_rows()


@pytest.fixture(scope="module")
def split(rows, experiment_of):
    return divide(rows.identity, experiment_of(**SECTIONS).split).split(0)


@pytest.fixture(scope="module")
def experiment(experiment_of):
    return experiment_of(**SECTIONS)


def test_every_part_of_a_description_is_its_definition(rows, split, experiment):
    result, train = describe(rows, split, experiment), split.train
    weights = rows.weights[train]
    for moments, values, each in (
        (result.numeric["x"], rows.inputs["x"][train], weights),
        (
            result.targets["mass"],
            *[v[rows.heads["mass"].counts[train]] for v in (rows.heads["mass"].values[train], weights)],
        ),
    ):
        for place, column in enumerate(values.reshape(len(values), -1).T):
            mean, std = slow_moments(column, each)
            assert moments.mean[place] == pytest.approx(mean, rel=1e-10)
            assert moments.std[place] == pytest.approx(std, rel=1e-10)
    assert result.vocabulary == {"c": ((-2, -1, 0, 1, 2),)}
    assert result.shapes == {"x": (2,), "c": (1,), "jet": (6, 4)}
    for head, classes in (("is_signal", 2), ("flavour", 3)):
        labels = rows.heads[head].values[train]
        expected = [weights[labels == k].sum() for k in range(classes)]
        np.testing.assert_allclose(result.class_weights[head], expected, rtol=TOLERANCE)


def test_padding_and_empty_jets_do_not_count(rows, split, experiment):
    result, train = describe(rows, split, experiment), split.train
    p4 = rows.inputs["jet"][train].astype(np.float64)
    features, mask = constituent_features(p4)
    exists = mask[..., 0] > 0
    each = np.broadcast_to(rows.weights[train, None], exists.shape)[exists]
    for place in range(features.shape[-1]):
        mean, std = slow_moments(features[..., place][exists], each)
        assert result.particles["jet"]["constituents"].mean[place] == pytest.approx(mean, rel=1e-10)
        assert result.particles["jet"]["constituents"].std[place] == pytest.approx(std, rel=1e-10)
    filled = exists.any(axis=1)
    mean, std = slow_moments(jet_features(p4)[filled, 2], rows.weights[train][filled])
    assert result.particles["jet"]["jet"].mean[2] == pytest.approx(mean, rel=1e-10)
    assert result.particles["jet"]["jet"].std[2] == pytest.approx(std, rel=1e-10)


def as_bytes(part):
    """Everything in a description, bit by bit."""
    if dataclasses.is_dataclass(part):
        part = vars(part)
    if isinstance(part, dict):
        return [(name, as_bytes(value)) for name, value in sorted(part.items())]
    return np.asarray(part).tobytes()


def test_only_training_rows_are_looked_at(rows, split, experiment):
    poisoned = dataclasses.replace(rows, inputs={k: v.copy() for k, v in rows.inputs.items()})
    other = np.concatenate([split.valid, split.test])
    poisoned.inputs["x"][other] = 1e30
    poisoned.inputs["c"][other] = 99
    poisoned.inputs["jet"][other] = np.nan
    values = rows.heads["mass"].values.copy()
    values[other] = np.inf
    heads = dict(rows.heads) | {"mass": HeadRows(values, rows.heads["mass"].counts)}
    poisoned = dataclasses.replace(poisoned, heads=heads)
    assert as_bytes(describe(poisoned, split, experiment)) == as_bytes(describe(rows, split, experiment))
    spoilt = dataclasses.replace(rows, inputs=dict(rows.inputs) | {"x": rows.inputs["x"] + np.float32(1)})
    assert as_bytes(describe(spoilt, split, experiment)) != as_bytes(describe(rows, split, experiment))


def moments_of(description):
    """All moments of a description, by where they are."""
    result = {("numeric", name): moments for name, moments in description.numeric.items()}
    result |= {("targets", name): moments for name, moments in description.targets.items()}
    for name, kinds in description.particles.items():
        result |= {(name, kind): moments for kind, moments in kinds.items()}
    return result


def test_chunks_do_not_matter(rows, split, experiment, monkeypatch):
    here = moments_of(describe(rows, split, experiment))
    for room in ("moments.moments", "description.numeric"):
        monkeypatch.setattr(f"netwright.data.{room}._ROWS_AT_ONCE", 100)
    there = moments_of(describe(rows, split, experiment))
    assert sorted(here) == sorted(there)
    for place, moments in here.items():
        for field in dataclasses.fields(Moments):
            if field.name not in ("names", "quantiles"):  # no group here asks for quantiles
                one, two = getattr(moments, field.name), getattr(there[place], field.name)
                np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-13)


def test_folds_together_are_each_alone(rows, experiment_of):
    experiment = experiment_of(split={"kind": "folds", "folds": 5}, **SECTIONS)
    division = divide(rows.identity, experiment.split)
    together = describe_folds(rows, division, experiment)
    assert len(together) == 5
    for fold, result in enumerate(together):
        np.testing.assert_equal(
            dataclasses.asdict(result), dataclasses.asdict(describe(rows, division.split(fold), experiment))
        )


def test_a_fold_that_cannot_be_described_is_refused(experiment_of):
    labels = np.arange(600) < 2
    rows = dataclasses.replace(make_rows(), heads={"is_signal": HeadRows(labels.astype(np.int32), labels | True)})
    experiment = experiment_of(
        inputs=SECTIONS["inputs"],
        targets={"is_signal": SECTIONS["targets"]["is_signal"]},
        split={"kind": "folds", "folds": 5},
    )
    match = r"targets.is_signal: the weights of class signal add up to -\S+ in the train rows"
    with pytest.raises(DataError, match=match):
        describe_folds(rows, divide(rows.identity, experiment.split), experiment)


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_a_part_without_a_class_is_refused(rows, experiment, part):
    labels = rows.heads["is_signal"].values
    signal, background = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    parts = {
        name: np.concatenate([signal[k::3], background[k::3]]) for k, name in enumerate(("train", "valid", "test"))
    }
    parts[part] = background[: len(background) // 3]
    match = rf"none of the \d+ {part} rows is of class signal \({len(signal)} of all {len(labels)} rows\); a class"
    with pytest.raises(DataError, match=match):
        describe(rows, Split(**parts), experiment)
    parts[part] = np.concatenate([parts[part], signal[:3]])
    weights = rows.weights.copy()
    weights[signal[:3]] = 0
    with pytest.raises(DataError, match=f"the weights of class signal add up to 0 in the {part} rows; a class needs"):
        describe(dataclasses.replace(rows, weights=weights), Split(**parts), experiment)
    weights[signal[:3]] = 0.1, 0.2, -0.3  # which add up to nothing, but for rounding
    with pytest.raises(DataError, match=f"of class signal add up to 5.55.* in the {part} rows; a class needs"):
        describe(dataclasses.replace(rows, weights=weights), Split(**parts), experiment)


def test_only_empty_jets_are_refused(rows, split, experiment):
    empty = dataclasses.replace(rows, inputs=dict(rows.inputs) | {"jet": np.zeros_like(rows.inputs["jet"])})
    with pytest.raises(DataError, match=r"inputs.jet: the weights .* with a value of log_relative_pt add up to 0"):
        describe(empty, split, experiment)


# --- numbers ---------------------------------------------------------------------------------------------------------


def test_markers_are_left_out_and_logarithms_are_taken(rows, split, experiment_of):
    values = np.exp(rows.inputs["x"][:, :1])  # NaN stays NaN
    values[::7] = -999
    x = np.concatenate([values, rows.inputs["x"][:, 1:]], axis=1)
    steep = dataclasses.replace(rows, inputs=dict(rows.inputs) | {"x": x})
    group = SECTIONS["inputs"]["x"] | {"missing": [-999], "log": ["a"]}
    result = describe(steep, split, experiment_of(**SECTIONS | {"inputs": {"x": group}})).numeric["x"]
    exists = split.train[(split.train % 7 != 0) & ~np.isnan(rows.inputs["x"][split.train, 0])]
    mean, std = slow_moments(np.log(values[exists, 0].astype(np.float64)), rows.weights[exists])
    assert result.names == ("log_a", "b")
    assert (result.mean[0], result.std[0]) == (pytest.approx(mean, rel=1e-10), pytest.approx(std, rel=1e-10))
    left_out = np.setdiff1d(split.train, exists)
    share = rows.weights[left_out].sum() / rows.weights[split.train].sum()
    assert result.missing[0] == pytest.approx(share, rel=1e-9)
    mean, _ = slow_moments(x[split.train, 1], rows.weights[split.train])
    assert result.mean[1] == pytest.approx(mean, rel=1e-10)


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-40])
def test_a_logarithm_that_there_is_not_is_refused(rows, split, experiment_of, value):
    x = np.exp(rows.inputs["x"])
    row = split.train[3]
    x[row, 1] = value
    x[split.test, 1] = -5  # not looked at
    bad = dataclasses.replace(rows, inputs=dict(rows.inputs) | {"x": x})
    experiment = experiment_of(**SECTIONS | {"inputs": {"x": SECTIONS["inputs"]["x"] | {"log": ["b"]}}})
    with pytest.raises(
        DataError, match=rf"inputs.x: column b, row {row}: {np.float32(value):g} is not positive .*Leave b out"
    ):
        describe(bad, split, experiment)
    with pytest.raises(DataError, match=rf"inputs.x: column b, toy.csv, row {row}: "):
        describe(bad, split, experiment, name_row="toy.csv, row {}".format)


# --- words -----------------------------------------------------------------------------------------------------------


def test_words_of_training_rows_are_kept(rows, split, experiment_of):
    experiment = experiment_of(**SECTIONS | {"inputs": {"c": SECTIONS["inputs"]["c"]}})
    numbers = rows.inputs["c"].copy()
    numbers[split.test] = 77
    known = dict(zip(("a", "b", "c", "d", "e"), range(-2, 3), strict=True))
    wordy = dataclasses.replace(rows, inputs={"c": numbers}, words={"q": known | {"unseen": 77}})
    assert describe(wordy, split, experiment).words == {"q": known}
