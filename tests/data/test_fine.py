"""Columns finer than float32 travel as value and rest, and lose nothing that 48 bits hold."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netwright.data import describe, divide, input_rows, prepare
from netwright.data.description import numeric as numeric_description
from netwright.data.precision import fine_columns
from netwright.data.precision.fine import centre_pair, fine_numbers, rest_of_values
from netwright.data.precision.fine_columns import choose_fine_columns, sampled_values
from netwright.errors import DataError
from netwright.models import build

RANDOM = np.random.default_rng(2)
ROWS = 400
TIMES = 1.7e9 + RANDOM.normal(0, 20, ROWS)
LABEL = np.arange(ROWS) % 2
SIZES = st.floats(2.0**-76, 2.0**120) | st.floats(-(2.0**120), -(2.0**-76))


def table(**columns):
    return {"t": TIMES, "a": RANDOM.normal(size=ROWS), "y": LABEL} | columns


def numeric(columns=("a", "t"), **more):
    return {"x": {"kind": "numeric", "columns": list(columns)} | more}


def chosen(dataset_of, experiment_of, inputs, **columns):
    return choose_fine_columns(dataset_of(table(**columns)), experiment_of(inputs=inputs).inputs)


@given(arrays(np.float64, 8, elements=SIZES))
def test_value_and_rest_hold_48_bits(x):
    value = x.astype(np.float32).astype(np.float64)
    rest = rest_of_values(x).astype(np.float64)
    assert (np.abs(x - (value + rest)) <= 2.0**-48 * np.abs(value)).all()
    assert (np.abs(rest) <= 2.0**-24 * np.abs(value)).all()


@given(SIZES)
def test_what_they_hold_is_taken_apart_again_the_same(x):
    near, left = centre_pair(x)
    whole = float(near) + float(left)
    again = [float(part) for part in centre_pair(whole)]
    assert sum(again) == whole


def test_what_is_no_number_has_no_rest():
    assert rest_of_values(np.array([np.nan, np.inf, -np.inf, 1e300])).tolist() == [0, 0, 0, 0]


def test_only_columns_that_need_it_have_a_rest(dataset_of, experiment_of):
    inputs = numeric()
    rows = prepare(dataset_of(table()), experiment_of(inputs=inputs))
    assert rows.fine == {"x": ("t",)}
    assert {name: values.shape for name, values in rows.inputs.items()} == {"x": (ROWS, 2), "x-rest": (ROWS, 1)}
    result = fine_numbers(rows.inputs, "x", ["a", "t"], ["t"], missing=False)[:, 1]
    np.testing.assert_allclose(result, TIMES, rtol=2.0**-48)
    some = rows.take(np.array([5, 3]))
    assert some.inputs["x-rest"][:, 0].tolist() == rows.inputs["x-rest"][[5, 3], 0].tolist()
    assert some.fine == rows.fine


@pytest.mark.parametrize("kind", [pa.float32(), pa.int8(), pa.bool_()])
def test_types_that_float32_holds_have_none(kind, dataset_of, experiment_of):
    values = pa.array(LABEL).cast(kind)
    assert chosen(dataset_of, experiment_of, numeric(["t"]), t=values) == {}


def test_the_content_of_rows_tells_them_apart(dataset_of, experiment_of):
    """All 400 times became one row before, which was in training, validation and test at once or in none."""
    rows = prepare(dataset_of(table()), experiment_of(inputs=numeric(["t"])))
    assert len(np.unique(rows.identity)) == ROWS


def test_whole_numbers_beyond_float32_have_a_rest(dataset_of, experiment_of):
    runs = 355_000_000 + RANDOM.integers(0, 500, ROWS)
    rows = prepare(dataset_of(table(t=runs)), experiment_of(inputs=numeric()))
    np.testing.assert_array_equal(fine_numbers(rows.inputs, "x", ["a", "t"], ["t"], missing=False)[:, 1], runs)


def test_moments_are_of_the_distance_from_the_centre(dataset_of, experiment_of):
    experiment = experiment_of(inputs=numeric())
    rows = prepare(dataset_of(table()), experiment)
    division = divide(rows.identity, experiment.split)
    split = division.split(0)
    description = describe(rows, split, experiment)
    centre = description.centres["x"]["t"]
    moments, train = description.numeric["x"], TIMES[split.train]
    assert abs(centre - np.median(train)) < 1e-3
    assert moments.mean[1] + centre == pytest.approx(train.mean(), abs=1e-5)
    assert moments.std[1] == pytest.approx(train.std(), rel=1e-7)
    assert moments.constant == []


def test_centres_are_those_of_all_files_and_not_of_the_first_rows(dataset_of, experiment_of, monkeypatch):
    monkeypatch.setattr(numeric_description, "_CENTRE_ROWS", 40)
    ordered = np.sort(TIMES)
    experiment = experiment_of(inputs=numeric())
    rows = prepare(dataset_of(table(t=ordered)), experiment)
    split = divide(rows.identity, experiment.split).split(0)
    centre = describe(rows, split, experiment).centres["x"]["t"]
    train = np.sort(ordered[split.train])
    assert train[int(0.4 * len(train))] < centre < train[int(0.6 * len(train))]


@pytest.mark.parametrize("marker", [-999.0, 0.0, -999.9, 1.7e9])
def test_markers_are_missing_and_their_neighbours_are_not(marker, dataset_of, experiment_of):
    near = marker * (1 + 2.0**-30) if marker else -1e-9
    values = np.where(np.arange(ROWS) < 9, marker, np.where(np.arange(ROWS) < 12, near, TIMES))
    inputs = numeric(["t"], missing=[marker])
    fine = {"x": ("t",)}
    rows = input_rows(dataset_of(table(t=values)), experiment_of(inputs=inputs).inputs, fine)
    result = fine_numbers(rows, "x", ["t"], ["t"], [marker])[:, 0]
    assert np.flatnonzero(np.isnan(result)).tolist() == list(range(9))


def test_a_marker_in_a_file_of_float32_is_missing_too(dataset_of, experiment_of):
    groups = experiment_of(inputs=numeric(["t"], missing=[-999.9])).inputs
    values = np.array([-999.9, 1.7e9], dtype=np.float32)
    rows = input_rows(dataset_of({"t": values}), groups, {"x": ("t",)})
    assert np.isnan(fine_numbers(rows, "x", ["t"], ["t"], [-999.9])[:, 0]).tolist() == [True, False]


NONE = (
    r"inputs\.x: column t is too fine for float32.* its 400 distinct values become \d, .* \(scaling: none\)\. "
    r"Subtract a common offset: data\.derived: {t_shifted: '\"t\" - 1700000000'}"
)
UNIT = r"column t is 1\.7e-41 in absolute value, and a network.* unit: data\.derived: {t_scaled: '\"t\" \* 1e\+41'}"


@pytest.mark.parametrize(
    ("more", "columns", "message"),
    [
        ({"scaling": "none"}, {}, NONE),
        ({"log": ["t"]}, {}, r"the group uses its logarithm, which is flat there\. Leave t out of log\."),
        (
            {},
            {"t": np.where(LABEL, TIMES, 0)},
            r"and they lie in distant clusters.*list it in inputs\.x\.missing; otherwise set scaling: quantiles",
        ),
        (
            {},
            {"t": 2**60 + np.arange(ROWS)},
            r"closer to each other than 48 bits, a value and its.*'\"t\" - 11529215046068\d+'",
        ),
        ({}, {"t": TIMES * 1e-50}, UNIT),
        ({}, {"t": (TIMES * 1e-50).astype(np.float32)}, UNIT),
        (
            {},
            {"t": TIMES * 1e29},
            r"is 1\.7e\+38 in absolute value, and a network computes in float32, from 8e-31 to 9e\+37",
        ),
        ({}, {"t": np.where(LABEL, 1e39, 1)}, r"column t, toy\.csv, row 1: 1e\+39 is not a finite number in float32"),
    ],
)
def test_what_value_and_rest_cannot_hold_is_refused_with_what_to_write(
    more, columns, message, dataset_of, experiment_of
):
    with pytest.raises(DataError, match=message):
        prepare(dataset_of(table(**columns)), experiment_of(inputs=numeric(**more)))


def test_quantiles_take_groups_far_apart(dataset_of, experiment_of):
    values = np.where(np.arange(ROWS) % 3, TIMES, 0)
    assert chosen(dataset_of, experiment_of, numeric(scaling="quantiles"), t=values) == {"x": ("t",)}


@pytest.mark.parametrize("marker", [1e99, float(np.finfo(np.float64).max)])
def test_a_marker_may_be_beyond_float32(marker, dataset_of, experiment_of):
    """ROOT files mark what is missing by the largest double; the network sees infinity, and takes it for missing."""
    experiment = experiment_of(inputs=numeric(["a", "t"], missing=[marker]))
    values = np.where(LABEL, marker, RANDOM.normal(size=ROWS))
    rows = prepare(dataset_of(table(a=values, t=np.where(LABEL, TIMES, marker))), experiment)
    assert rows.fine == {"x": ("t",)}
    result = fine_numbers(rows.inputs, "x", ["a", "t"], ["t"], [marker])
    assert np.isnan(result[:, 0]).tolist() == (LABEL == 1).tolist()
    assert np.isnan(result[:, 1]).tolist() == (LABEL == 0).tolist()
    model = build(experiment, describe(rows, divide(rows.identity, experiment.split).split(0), experiment))
    assert np.isfinite(model(rows.inputs)["is_signal"]).all()
    with pytest.raises(DataError, match=r"row 0: 1e\+98 is not a finite number in float32"):
        prepare(dataset_of(table(a=np.where(LABEL, marker, 1e98))), experiment)


def test_small_values_beside_larger_ones_count_as_zero(dataset_of, experiment_of):
    values = np.where(LABEL, 1e-46, RANDOM.normal(size=ROWS))
    rows = prepare(dataset_of(table(t=values)), experiment_of(inputs=numeric()))
    assert rows.fine == {}


def test_of_many_rows_a_sample_is_looked_at(dataset_of, monkeypatch):
    monkeypatch.setattr(fine_columns, "_ROWS", 40)
    monkeypatch.setattr(fine_columns, "_PARTS", 4)
    ((name, result),) = sampled_values(dataset_of(table()), ["t"])
    assert name == "t"
    assert len(result) == 40
    assert result[0] == TIMES[0]
    assert result[-1] == TIMES[-1]
