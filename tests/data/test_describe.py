"""Constants of the preprocessing: against NumPy and exact arithmetic, over chunks, and from training rows only."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netwright.data import HeadRows, Rows, Split, constituent_features, describe, jet_features, split_by_identity
from netwright.data import describe as describe_function
from netwright.data.moments import Moments, weighted_moments
from netwright.errors import DataError

TOLERANCE = 1e-12  # float64 over some thousand rows


def slow_moments(values, weights):
    """The definition in rational numbers."""
    x = [(Fraction(float(v)), Fraction(float(w))) for v, w in zip(values, weights, strict=True) if np.isfinite(v)]
    total = sum(w for _, w in x)
    mean = sum(w * v for v, w in x) / total
    return float(mean), np.sqrt(max(float(sum(w * (v - mean) ** 2 for v, w in x) / total), 0))


@pytest.fixture(autouse=True, params=[8192, 7], ids=["whole", "chunks of 7"])
def chunk(request, monkeypatch):
    module = __import__("sys").modules[weighted_moments.__module__]
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", request.param)
    return request.param


WEIGHTS = st.lists(st.floats(-1, 3).filter(lambda w: w == 0 or abs(w) > 0.01), min_size=2, max_size=30)


@given(weights=WEIGHTS, seed=st.integers(0, 1000), offset=st.sampled_from([0.0, 1e6, -1e9]))
def test_moments_are_those_of_exact_arithmetic(weights, seed, offset):
    random = np.random.default_rng(seed)
    weights = np.array(weights)
    x = offset + max(abs(offset) * 1e-5, 1) * random.normal(size=len(weights))
    x[random.uniform(size=len(x)) < 0.2] = np.nan
    there = np.isfinite(x) & (weights != 0)
    assume(there.sum() > 1 and np.ptp(x[there]) > 2e-6 * abs(offset))
    assume(weights[there].sum() > 0.3 * np.abs(weights).sum())
    mean, std = slow_moments(x, weights)
    assume(std > 0.03 * x[there].std())  # else negative weights nearly cancel the variance
    found = weighted_moments("x", ["x"], x, weights)
    assert found.mean[0] == pytest.approx(mean, rel=TOLERANCE, abs=1e-10)
    assert found.std[0] == pytest.approx(std, rel=1e-8)  # negative weights amplify what is rounded
    assert (found.minimum[0], found.maximum[0]) == (x[there].min(), x[there].max())
    assert found.missing[0] == pytest.approx(weights[~there].sum() / weights.sum(), abs=1e-9)


def test_moments_are_those_of_numpy():
    random = np.random.default_rng(0)
    x, weights = random.normal(5, 2, (1000, 3)), random.uniform(0, 2, 1000)
    found = weighted_moments("x", ["a", "b", "c"], x, weights)
    mean = np.average(x, axis=0, weights=weights)
    np.testing.assert_allclose(found.mean, mean, rtol=TOLERANCE)
    np.testing.assert_allclose(found.std, np.average((x - mean) ** 2, axis=0, weights=weights) ** 0.5, rtol=TOLERANCE)
    assert found.names == ("a", "b", "c")
    assert found.constant == []


def test_a_large_offset_costs_no_digits_even_after_missing_values():
    random = np.random.default_rng(0)
    x = 1e8 + 1e3 * random.normal(size=100)
    late = np.concatenate([np.full(20, np.nan), x])
    for values in (x, late):
        found = weighted_moments("x", ["x"], values, np.ones(len(values)))
        assert found.std[0] == pytest.approx((x - 1e8).std(), rel=1e-10)
        assert found.mean[0] - 1e8 == pytest.approx((x - 1e8).mean(), rel=1e-7)


@pytest.mark.parametrize("value", [0.0, 5.0, -1e6])
def test_a_constant_has_deviation_one(value):
    found = weighted_moments("x", ["x", "y"], np.array([[value, 1.0], [value, 2.0]]), np.ones(2))
    assert (found.mean[0], found.std[0]) == (value, 1.0)
    assert found.constant == ["x"]


def test_what_float32_cannot_tell_apart_is_constant():
    found = weighted_moments("x", ["x"], 1e6 + np.array([0.0, 0.5]), np.ones(2))
    assert found.std[0] == 1
    assert found.constant == ["x"]


@pytest.mark.parametrize(
    ("values", "weights", "match"),
    [
        ([1.0, 2.0], [1.0, -1.0], "inputs.x: the weights of the training rows with a value of pt add up to 0; a mean"),
        ([np.nan, np.nan], [1.0, 1.0], "with a value of pt add up to 0"),
        ([1.0, 2.0], [-1.0, -1.0], "with a value of pt add up to -2"),
        (
            [0.0, 10.0, 5.0],
            [-1.0, -1.0, 3.0],
            "inputs.x: the variance of pt is -50 with these weights, and must be positive. Look for large neg",
        ),
    ],
)
def test_weights_that_give_no_moments(values, weights, match):
    with pytest.raises(DataError, match=match):
        weighted_moments("inputs.x", ["pt"], np.array(values), np.array(weights))


def test_a_constant_target_is_refused():
    with pytest.raises(DataError, match=r"targets.t: m is 5 in every training row; there is nothing to learn"):
        weighted_moments("targets.t", ["m"], np.full(4, 5.0), np.ones(4), constant=False)


# --- the description of an experiment -------------------------------------------------------------------------

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
    return split_by_identity(rows.identity, experiment_of(**SECTIONS).split)


@pytest.fixture(scope="module")
def experiment(experiment_of):
    return experiment_of(**SECTIONS)


def test_every_part_of_a_description_is_its_definition(rows, split, experiment):
    found, train = describe(rows, split, experiment), split.train
    weights = rows.weights[train]
    for moments, values, each in (
        (found.numeric["x"], rows.inputs["x"][train], weights),
        (
            found.targets["mass"],
            *[v[rows.heads["mass"].counts[train]] for v in (rows.heads["mass"].values[train], weights)],
        ),
    ):
        for place, column in enumerate(values.reshape(len(values), -1).T):
            mean, std = slow_moments(column, each)
            assert moments.mean[place] == pytest.approx(mean, rel=1e-10)
            assert moments.std[place] == pytest.approx(std, rel=1e-10)
    assert found.vocabulary == {"c": ((-2, -1, 0, 1, 2),)}
    assert found.shapes == {"x": (2,), "c": (1,), "jet": (6, 4)}
    for head, classes in (("is_signal", 2), ("flavour", 3)):
        labels = rows.heads[head].values[train]
        expected = [weights[labels == k].sum() for k in range(classes)]
        np.testing.assert_allclose(found.class_weights[head], expected, rtol=TOLERANCE)


def test_padding_and_empty_jets_do_not_count(rows, split, experiment):
    found, train = describe(rows, split, experiment), split.train
    p4 = rows.inputs["jet"][train].astype(np.float64)
    features, mask = constituent_features(p4)
    exists = mask[..., 0] > 0
    each = np.broadcast_to(rows.weights[train, None], exists.shape)[exists]
    for place in range(features.shape[-1]):
        mean, std = slow_moments(features[..., place][exists], each)
        assert found.constituents["jet"].mean[place] == pytest.approx(mean, rel=1e-10)
        assert found.constituents["jet"].std[place] == pytest.approx(std, rel=1e-10)
    filled = exists.any(axis=1)
    mean, std = slow_moments(jet_features(p4)[filled, 2], rows.weights[train][filled])
    assert found.jets["jet"].mean[2] == pytest.approx(mean, rel=1e-10)
    assert found.jets["jet"].std[2] == pytest.approx(std, rel=1e-10)


def as_bytes(description):
    """Everything in a description, bit by bit."""
    found = []
    for value in dataclasses.asdict(description).values():
        for name, part in sorted(value.items()):
            parts = part.values() if isinstance(part, dict) else [part]
            found += [name, *(np.asarray(one).tobytes() for one in parts)]
    return found


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


def test_chunks_do_not_matter(rows, split, experiment, monkeypatch):
    module = __import__("sys").modules[describe_function.__module__]
    here = describe(rows, split, experiment)
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 100)
    there = describe(rows, split, experiment)
    for name in ("numeric", "constituents", "jets", "targets"):
        for group, moments in getattr(here, name).items():
            other = getattr(there, name)[group]
            for field in dataclasses.fields(Moments):
                if field.name != "names":
                    one, two = getattr(moments, field.name), getattr(other, field.name)
                    np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_a_part_without_a_class_is_refused(rows, experiment, part):
    labels = rows.heads["is_signal"].values
    signal, background = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    parts = {
        name: np.concatenate([signal[k::3], background[k::3]]) for k, name in enumerate(("train", "valid", "test"))
    }
    parts[part] = background[: len(background) // 3]
    match = f"targets.is_signal: the weights of class signal add up to 0 in the {part} rows; a class needs"
    with pytest.raises(DataError, match=match):
        describe(rows, Split(**parts), experiment)


def test_only_empty_jets_are_refused(rows, split, experiment):
    empty = dataclasses.replace(rows, inputs=dict(rows.inputs) | {"jet": np.zeros_like(rows.inputs["jet"])})
    with pytest.raises(DataError, match=r"inputs.jet: the weights .* with a value of log_relative_pt add up to 0"):
        describe(empty, split, experiment)
