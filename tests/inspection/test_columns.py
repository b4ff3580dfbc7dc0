"""The first look: numbers against NumPy, over blocks, types and missing values."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data import read
from netwright.inspection.column_summary import ColumnSummary, missing_of, summarise_columns


def look(dataset, name):
    return next(column for column in summarise_columns(dataset) if column.name == name)


@pytest.mark.parametrize("rows_at_once", [65_536, 3])
@given(
    values=st.lists(st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf, -np.inf, None]), min_size=1, max_size=40)
)
def test_numbers_against_numpy(dataset_of, rows_at_once, values):
    module = sys.modules[summarise_columns.__module__]
    before, module._ROWS_AT_ONCE = module._ROWS_AT_ONCE, rows_at_once  # type: ignore[attr-defined]
    try:
        (result,) = summarise_columns(dataset_of({"x": pa.array(values, pa.float64(), from_pandas=False)}))
    finally:
        module._ROWS_AT_ONCE = before  # type: ignore[attr-defined]
    x = np.array([np.nan if v is None else v for v in values])
    finite = x[np.isfinite(x)]
    assert result.missing == len(x) - len(finite)
    if len(finite) == 0:
        assert (result.minimum, result.maximum, result.mean, result.std) == (None,) * 4
        return
    assert (result.minimum, result.maximum) == (finite.min(), finite.max())
    assert result.mean == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9)
    assert result.std == pytest.approx(finite.std(), rel=1e-6, abs=1e-6)
    assert result.constant == (finite.min() == finite.max())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2, 0, 2, 1], (0, 1, 2)),
        ([True, False], (0, 1)),
        ([1.0, -1.0, None], (-1, 1)),
        ([0.5, 1.0], ()),
        (list(range(20)), tuple(range(20))),
        (list(range(21)), ()),
        ([0] * 70_000 + [1, 2], (0, 1, 2)),
        ([0] * 70_000 + [0.5], ()),
        (["a", "b"], ()),
    ],
)
def test_few_whole_numbers_are_listed(dataset_of, values, expected):
    assert look(dataset_of({"x": values}), "x").values == expected


@pytest.mark.parametrize(
    ("values", "kind", "shape", "missing"),
    [
        (np.ones((3, 2, 4), dtype=np.float32), "float", (2, 4), 0),
        ([[1.0], [], [2.0, 3.0]], "double", (None,), 0),
        ([1, 2, None], "int64", (), 1),
        (["a", None, "c"], "string", (), 1),
    ],
)
def test_types_and_shapes(dataset_of, values, kind, shape, missing):
    result = look(dataset_of({"x": values}), "x")
    assert (result.type, result.shape, result.missing) == (kind, shape, missing)


def test_lists_are_opened(dataset_of):
    result = look(dataset_of({"x": [[1.0, 5.0], [], [np.nan, 3.0]]}), "x")
    assert (result.minimum, result.maximum, result.mean, result.missing) == (1, 5, 3, 1)


def test_a_column_without_values_is_not_constant():
    assert not ColumnSummary("x", "double", ()).constant


@pytest.mark.parametrize("name", ["M", "E1", "Q1"])
def test_real_muons(shared_data, name):
    dataset = read(shared_data / "Zmumu_Run2011A_masses.csv")
    result, x = look(dataset, name), np.asarray(dataset.column(name), dtype=np.float64)
    assert result.mean == pytest.approx(x.mean(), rel=1e-10)
    assert result.std == pytest.approx(x.std(), rel=1e-10)
    assert (result.minimum, result.maximum) == (x.min(), x.max())
    assert result.values == ((-1, 1) if name == "Q1" else ())


def test_values_that_stand_for_missing_ones(dataset_of):
    x = np.random.default_rng(1).exponential(2, 400).astype(np.float32)
    absent = np.arange(400) % 20 == 0
    columns = {
        "low": np.where(absent, np.float32(-999.9), x),
        "high": np.where(absent, np.float32(999.9), x),  # Jet.EhadOverEem of Delphes
        "far": np.where(absent, -9.0, 0.1 * x),  # pfcand_dxy of FCCAnalyses
        "near": np.where(absent, -9.0, 3 * x - 5),
        "alone": np.where(np.arange(400) == 7, 999.0, x),
        "reached": np.minimum(300 * x, 999.0),
    }
    result = {column.name: missing_of([column]) for column in summarise_columns(dataset_of(columns))}
    assert result == {"low": [-999.9], "high": [999.9], "far": [-9.0], "near": False, "alone": False, "reached": False}
