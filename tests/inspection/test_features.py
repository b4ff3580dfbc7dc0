"""Columns of every layout as features, in any blocks, with what is missing as NaN."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netwright.config import parse_experiment
from netwright.data import Dataset
from netwright.errors import DataError
from netwright.inspection import scope_of_experiment, scope_of_files
from netwright.inspection.features import layout_of
from netwright.inspection.stream import RowStream, chunks, subset_of

P4 = np.arange(3 * 2 * 4, dtype=np.float32).reshape(3, 2, 4) + 1


def opened(dataset, scope=None):
    scope = scope or scope_of_files(dataset)
    layout = layout_of(dataset, scope)
    return layout, dict(zip((f.name for f in layout.features), layout.read(dataset.table), strict=True))


def test_fixed_lists_are_opened_place_by_place(dataset_of):
    layout, result = opened(dataset_of({"p4": P4, "v": np.arange(6.0).reshape(3, 2)}))
    assert list(result)[:5] == ["p4[0].E", "p4[0].px", "p4[0].py", "p4[0].pz", "p4[1].E"]
    assert list(result)[8:] == ["v[0]", "v[1]"]
    assert result["p4[1].pz"].tolist() == P4[:, 1, 3].tolist()
    assert result["v[1]"].tolist() == [1, 3, 5]
    assert [f.vector for f in layout.features] == [True] * 8 + [False] * 2
    assert layout.features[0].double is False
    assert layout.features[-1].double is True


def test_a_particle_of_zeros_is_missing(dataset_of):
    p4 = P4.copy()
    p4[1, 1] = 0
    p4[2, 0, 0] = 0  # an energy of zero alone is a value
    _, result = opened(dataset_of({"p4": p4}))
    for component in ("E", "px", "py", "pz"):
        assert np.isnan(result[f"p4[1].{component}"]).tolist() == [False, True, False]
    assert result["p4[0].E"].tolist()[2] == 0


def test_numbered_columns_are_four_vectors(dataset_of):
    columns = {f"{part}_{i}": P4[:, i, k].copy() for i in range(2) for k, part in enumerate(("E", "PX", "PY", "PZ"))}
    for component in ("E", "PX", "PY", "PZ"):
        columns[f"{component}_1"][0] = 0
    layout, result = opened(dataset_of(columns))
    assert all(f.vector for f in layout.features)
    assert np.isnan(result["PY_1"]).tolist() == [True, False, False]


def test_lists_of_any_length_end_in_what_is_missing(dataset_of):
    _, result = opened(dataset_of({"pt": [[3.0, 2.0], [], [1.0, np.nan, 5.0], None]}))
    assert result["pt[0]"].tolist()[::2] == [3, 1]
    assert np.isnan(result["pt[0]"]).tolist() == [False, True, False, True]
    assert np.isnan(result["pt[1]"]).tolist() == [False, True, True, True]
    assert result["pt[2]"].tolist()[2] == 5


def test_other_types(dataset_of):
    columns = {
        "flag": [True, None, False],
        "whole": pa.array([1, None, 3], pa.int64()),
        "word": ["a", "b", None],
        "day": pa.array([1, 2, 3], pa.date32()),
        "nested": [[[1.0]], [[2.0]], [[3.0]]],
        "nothing": pa.nulls(3),
        "fixed": pa.array([[1.0, 2.0], None, [3.0, 4.0]], pa.list_(pa.float64(), 2)),
    }
    layout, result = opened(dataset_of(columns))
    assert layout.texts == ("word",)
    assert set(layout.left_out) == {"day", "nested", "nothing"}
    assert layout.left_out["day"] == "it holds date32[day]"
    assert result["flag"].tolist()[::2] == [1, 0]
    assert np.isnan(result["whole"]).tolist() == [False, True, False]
    assert np.isnan(result["fixed[1]"]).tolist() == [False, True, False]
    assert result["fixed[1]"].tolist()[::2] == [2, 4]


@pytest.fixture
def experiment():
    return parse_experiment(
        {
            "data": {"files": ["toy.csv"], "weight": "w", "identity": ["event"]},
            "inputs": {
                "jets": {"kind": "four-vectors", "columns": "p4", "at_most": 1},
                "x": {"kind": "numeric", "columns": ["a", "b"], "missing": [-999], "unit": "GeV", "log": ["b"]},
            },
            "targets": {"y": {"kind": "binary", "column": "label"}, "m": {"kind": "regression", "column": "mass"}},
        }
    )


@pytest.fixture
def columns():
    return {
        "p4": P4,
        "a": np.array([1.0, -999.0, 3.0]),
        "b": np.array([1.0, 2.0, 3.0]),
        "w": np.ones(3),
        "event": np.arange(3),
        "label": np.array([0, 1, 0]),
        "mass": np.array([4.0, 5.0, 6.0]),
        "unused": np.zeros(3),
    }


@pytest.mark.parametrize(
    ("vectors", "units"),
    [
        ({"columns": "p4", "basis": "E,pt,eta,phi", "properties": ["tag"]}, ["GeV", "GeV", "", "rad"]),
        ({"columns": ["a", "b", "c", "d"], "basis": "pt,eta,phi,m", "unit": "MeV"}, ["MeV", "", "rad", "MeV"]),
        ({"columns": ["a_{i}", "b_{i}", "c_{i}", "d_{i}"], "properties": ["t_{i}"]}, ["GeV", "GeV", "GeV", "GeV"]),
    ],
)
def test_angles_are_not_in_gev(dataset_of, vectors, units):
    names = [one.replace("{i}", "0") for one in vectors["columns"] if len(vectors["columns"]) == 4] or ["p4"]
    properties = [one.replace("{i}", "0") for one in vectors.get("properties", [])]
    columns = {"p4": P4, **dict.fromkeys([*names, *properties, "y"], np.array([0.0, 1.0, 2.0]))} | {"p4": P4}
    content = {
        "data": {"files": ["toy.csv"]},
        "inputs": {"jets": {"kind": "four-vectors", "at_most": 1, **vectors}},
        "targets": {"y": {"kind": "regression", "column": "y"}},
    }
    dataset = dataset_of(columns)
    features = layout_of(dataset, scope_of_experiment(parse_experiment(content), dataset)).features
    of_column = {f.name: f.unit for f in features if f.column in names}
    assert list(of_column.values()) == units
    assert {f.unit for f in features if f.column in properties} <= {""}


def test_an_experiment_says_what_columns_are_for(dataset_of, experiment, columns):
    dataset = dataset_of(columns)
    scope = scope_of_experiment(experiment, dataset)
    assert dict(scope.roles) == {
        **dict.fromkeys(("p4", "a", "b"), "input"),
        "label": "target",
        "mass": "target",
        "w": "weight",
        "event": "identity",
    }
    assert (list(scope.unused), scope.transformed, scope.heads) == (["unused"], ("b",), {"y": "label", "m": "mass"})
    layout, result = opened(dataset, scope)
    assert [name for name in result if name.startswith("p4")] == ["p4[0].E", "p4[0].px", "p4[0].py", "p4[0].pz"]
    assert np.isnan(result["a"]).tolist() == [False, True, False]
    by_name = {f.name: f for f in layout.features}
    assert (by_name["a"].declared, by_name["a"].unit, by_name["p4[0].E"].unit) == (True, "GeV", "GeV")
    assert by_name["mass"].declared is False


@pytest.mark.parametrize(
    ("column", "where"), [("a", "inputs.x"), ("label", "targets.y"), ("w", "data.weight"), ("event", "data.identity")]
)
def test_a_column_that_is_not_there(dataset_of, experiment, columns, column, where):
    del columns[column]
    with pytest.raises(DataError, match=rf"{where}: toy.csv has no column {column}\. Choose from"):
        scope_of_experiment(experiment, dataset_of(columns))


def test_names_alone(dataset_of):
    columns = {"event": np.arange(3), "truth_pt": np.ones(3), "x": np.ones(3), "weigth": np.ones(3), "y": np.ones(3)}
    dataset = dataset_of(columns)
    scope = scope_of_files(dataset, target="y", weight="weigth")
    assert list(scope.roles.values()) == ["identity", "other", "input", "weight", "target"]
    with pytest.raises(DataError, match=r'--target: toy.csv has no column yy\. Did you mean "y"\?'):
        scope_of_files(dataset, target="yy")
    with pytest.raises(DataError, match=r'--weight: toy.csv has no column weight\. Did you mean "weigth"\?'):
        scope_of_files(dataset, weight="weight")


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr("netwright.inspection.stream.VALUES_AT_ONCE", 35)
    table = pa.concat_tables([pa.table({"x": np.arange(10.0) + 10 * k, "y": np.arange(10) % 3}) for k in range(5)])
    dataset = Dataset(table, ())
    return dataset, layout_of(dataset, scope_of_files(dataset))


@pytest.mark.parametrize("kept", [None, np.arange(50), np.array([0, 3, 18, 19, 20, 48]), np.array([49])])
def test_chunks_are_the_rows_in_their_order(many, kept):
    dataset, layout = many
    updates = []
    rows = RowStream(dataset, layout, kept)
    result = list(chunks(rows, "Looking", lambda *a: updates.append(a)))
    values = np.concatenate([chunk.values for chunk in result], axis=1)
    expected = np.arange(50.0) if kept is None else np.arange(50.0)[kept]
    assert values[0].tolist() == expected.tolist()
    assert [k for chunk in result for k in range(chunk.rows.start, chunk.rows.stop)] == list(range(len(rows)))
    assert updates[-1] == ("Looking", 50, 50)


def test_a_column_that_counts_in_some_rows_is_left_out_in_others(many):
    dataset, layout = many
    counting = np.arange(50) % 2 == 0
    rows = RowStream(dataset, layout, None, {"y": counting})
    values = np.concatenate([chunk.values for chunk in chunks(rows, "Looking")], axis=1)
    assert (np.isnan(values[1]) == ~counting).all()
    assert not np.isnan(values[0]).any()
    positions, subset = subset_of(rows, 1)
    assert (np.isnan(subset[1]) == ~counting[positions]).all()


@pytest.mark.parametrize("kept", [None, np.arange(3, 45)])
def test_a_subset_is_drawn_once_and_for_all(many, kept, monkeypatch):
    monkeypatch.setattr("netwright.inspection.stream.SUBSET_ROWS", 12)
    dataset, layout = many
    rows = RowStream(dataset, layout, kept)
    positions, values = subset_of(rows, 1)
    assert len(set(positions.tolist())) == 12
    assert (np.diff(positions) > 0).all()
    expected = positions if kept is None else kept[positions]
    assert values[0].tolist() == expected.tolist()
    again, _ = subset_of(rows, 1)
    other, _ = subset_of(rows, 2)
    assert positions.tolist() == again.tolist() != other.tolist()


def test_the_subset_is_everything_where_it_fits(many):
    dataset, layout = many
    positions, values = subset_of(RowStream(dataset, layout), 1)
    assert positions.tolist() == list(range(50))
    assert values.shape == (2, 50)
