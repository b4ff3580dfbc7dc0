"""Single numbers of columns that hold an array a row, as columns: X[0], X[1] and so on; one-hot labels."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import netwright as nw
from netwright.config import parse_experiment
from netwright.data import Dataset
from netwright.data.rows.prepare import prepare
from netwright.errors import DataError, ExperimentError
from netwright.inspection.guess.experiment import guess_experiment


@pytest.fixture
def arrays(tmp_path):
    def written(**columns):
        np.savez(tmp_path / "a.npz", **columns)
        return nw.read(tmp_path / "a.npz", cache=tmp_path / "cache")

    return written


def test_an_element_is_a_column(arrays):
    values = np.arange(12, dtype=np.float32).reshape(4, 3)
    data = arrays(X=values, c=np.zeros((4, 2, 3)))
    for place in range(3):
        np.testing.assert_array_equal(data.column(f"X[{place}]"), values[:, place])
        np.testing.assert_array_equal(data.take([2, 0]).column(f"X[{place}]"), values[[2, 0], place])
    assert data.has("X[2]")
    assert not data.has("X[3]")
    assert data.column("c[1]").shape == (4, 2)
    for name in ("X[3]", "Z[0]", "X[-1]", "X[0][0]"):
        with pytest.raises(DataError, match="there is no column"):
            data.column(name)


def proposed(data, target="y"):
    content, result = guess_experiment(data, target, ["a.npz"], "a")
    experiment = parse_experiment(content)
    return experiment, prepare(data.derive(experiment.data.derived), experiment), result


def test_init_proposes_the_numbers_of_a_matrix(arrays):
    values = np.random.default_rng(1).normal(size=(20, 3))
    values[:, 1] = 7.0
    experiment, rows, result = proposed(arrays(X=values, y=np.arange(20).reshape(20, 1) % 2, event=np.arange(20)))
    assert experiment.inputs["features"].columns == ["X[0]", "X[2]"]
    np.testing.assert_array_equal(rows.inputs["features"], values[:, [0, 2]].astype(np.float32))
    np.testing.assert_array_equal(rows.heads["y"].values, np.arange(20) % 2)
    assert result[0].sentence == "X[1] is left out: it has only one value (7)."


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "u1", "?"])
def test_one_hot_labels_are_classes(arrays, dtype):
    labels = np.array([0, 2, 2, 0, 1, 0])
    experiment, rows, _ = proposed(arrays(x=np.arange(6.0), y=np.eye(3)[labels].astype(dtype)))
    assert experiment.targets["y"].kind == "multiclass"
    assert experiment.targets["y"].classes == {"class_0": 0, "class_1": 1, "class_2": 2}
    np.testing.assert_array_equal(rows.heads["y"].values, labels)


def test_one_hot_labels_of_two_classes_and_odd_names(arrays):
    labels = np.array([0, 1, 1, 0])
    data = arrays(**{"x": np.arange(4.0), "a label": np.eye(2)[labels]})
    experiment, rows, _ = proposed(data, "a label")
    assert experiment.targets["a_label"].kind == "binary"
    np.testing.assert_array_equal(rows.heads["a_label"].values, labels)
    experiment, rows, _ = proposed(arrays(x=np.arange(4.0), y=np.eye(4)[[0, 3, 3, 0]]))
    np.testing.assert_array_equal(rows.heads["y"].values, labels)


@pytest.mark.parametrize("labels", [[[0.5, 0.5], [1, 0]], [[1, 1], [0, 1]], [[0, 0], [1, 0]], [[1, 0], [1, 0]]])
def test_other_arrays_are_no_target(arrays, labels):
    with pytest.raises(DataError, match=r"--target y: it holds double of shape \(2,\)"):
        proposed(arrays(x=np.arange(2.0), y=np.array(labels, float)))


def test_an_element_of_the_target_is_no_input():
    content = {
        "data": {"files": ["a.npz"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["y[0]"]}},
        "targets": {"t": {"kind": "regression", "column": "y"}},
    }
    with pytest.raises(ExperimentError, match=r"inputs\.x: the network may not see column y"):
        parse_experiment(content)


def test_classes_may_be_numbers_of_an_array_with_inputs(arrays):
    """As in hls4ml's jets, whose last columns are flags of the five classes."""
    labels = np.arange(30) % 3
    jets = np.concatenate([np.random.default_rng(1).normal(size=(30, 2)), np.eye(3)[labels], np.zeros((30, 1))], axis=1)
    data = arrays(jets=jets)
    with pytest.raises(DataError, match=r"Flags of which one is 1 in each row: --target 'jets\[2:5\]'"):
        proposed(data, None)
    experiment, rows, _ = proposed(data, "jets[2:5]")
    assert experiment.inputs["features"].columns == ["jets[0]", "jets[1]"]
    assert experiment.targets["label"].classes == {f"jets_{place}": f"jets[{place}]" for place in (2, 3, 4)}
    np.testing.assert_array_equal(rows.heads["label"].values, labels)
    experiment, rows, _ = proposed(data, "jets[4]")
    assert experiment.inputs["features"].columns == ["jets[0]", "jets[1]"]  # other flags tell whether it is 1
    np.testing.assert_array_equal(rows.heads["jets_4"].values, labels == 2)
    with pytest.raises(
        DataError, match=r"jets\[1\] is .* in a\.npz, row 0; flags of classes are 0 or 1\. .*jets\[2:5\]"
    ):
        proposed(data, "jets[1:3]")
    with pytest.raises(DataError, match=r"jets has 6 numbers in each row, counted from 0\. Name two or more"):
        proposed(data, "jets[4:9]")


@pytest.mark.usefixtures("without_figures")
def test_inspection_looks_at_elements(arrays, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = np.random.default_rng(1).normal(size=(200, 3))
    arrays(X=values, y=(values[:, 0] > 0).astype(int))
    content, _ = guess_experiment(nw.read("a.npz"), "y", ["a.npz"], "a")
    result = nw.inspect(parse_experiment(content, folder=tmp_path)).found
    assert {feature.name for feature in result.features} >= {"X[0]", "X[1]", "X[2]"}


@pytest.mark.parametrize("size", [-1, 3], ids=["lists", "arrays"])
def test_an_element_of_arrays_of_particles_is_a_list(size):
    values = np.arange(24.0).reshape(4, 3, 2)
    rows = [values[0], None, values[1][: size if size > 0 else 2], values[2], values[3]]
    kind = pa.list_(pa.list_(pa.float64(), 2), size)
    data = Dataset(pa.table({"Tau": pa.array([None if row is None else row.tolist() for row in rows], kind)}), ())
    expected = [None if row is None else row[:, 1].tolist() for row in rows]
    assert data.arrow("Tau[1]").to_pylist() == expected
    assert data.slice(2, 4).arrow("Tau[1]").to_pylist() == expected[2:4]
    assert data.type_of("Tau[1]") == data.arrow("Tau[1]").type == pa.list_(pa.float64(), size)
    assert not data.has("Tau[2]")
