"""Classes as files have them: numbers, words, flags, one-hot arrays, conditions, and several values for one class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netwright.data.rows.prepare import target_rows
from netwright.errors import DataError, ExperimentError

NAN = float("nan")
INPUTS = {"x": {"kind": "numeric", "columns": ["pt"]}}


def read(dataset_of, experiment_of, columns: dict[str, Any], classes: Any, column: str | None = None, **keys: Any):
    """Return the class of each row, by name; none where the head leaves it out."""
    head = {"kind": "multiclass", "classes": classes, **({} if column is None else {"column": column}), **keys}
    target = experiment_of(inputs=INPUTS, targets={"t": head}).targets["t"]
    rows = target_rows(dataset_of(columns), "t", target)
    names = list(target.labels)
    return [names[place] if counts else None for place, counts in zip(rows.values, rows.counts, strict=True)]


@pytest.mark.parametrize(
    ("columns", "classes", "column", "expected"),
    [
        ({"y": [0, 1, 1]}, {"b": 0, "s": 1}, "y", "bss"),
        ({"y": [0.0, 1.0, NAN]}, {"b": 0.0, "s": 1.0}, "y", "bs-"),
        ({"y": [False, True, None]}, {"b": False, "s": True}, "y", "bs-"),
        ({"y": [-1, 1, 0]}, {"b": -1, "s": 1}, "y", "bs-"),
        ({"y": ["qcd", "top", None]}, {"b": "qcd", "s": "top"}, "y", "bs-"),
        ({"y": [0, 2, 1]}, {"b": 0, "s": [1, 2]}, "y", "bss"),
        ({"sample": ["ttbar", "ttH", "qcd"]}, {"b": "qcd", "s": ["ttbar", "ttH"]}, "sample", "ssb"),
        ({"y": np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], np.float32)}, {"b": 0, "s": 2}, "y", "bs-"),
        ({"y": np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], bool)}, {"b": 0, "s": [1, 2]}, "y", "bss"),
        ({"is b": [1, 0, 0], "l.s": [0.0, 1.0, NAN]}, {"b": "is b", "s": "l.s"}, None, "bs-"),
        ({"is_b": [True, False, None], "s": [0, 1, 0]}, {"b": "is_b", "s": "s"}, None, "bs-"),
        ({"s1": [1, 0, 0], "s2": [1, 1, 0], "b": [0, 0, 1]}, {"b": "b", "s": ["s1", "s2"]}, None, "ssb"),
        ({"f": [0, -4, 5]}, {"b": "f = 0", "s": "abs(f) = 4"}, None, "bs-"),
        ({"f": [0, 4, np.nan]}, {"b": "f < 2", "s": "f >= 2"}, None, "bs-"),
        ({"f": [0, None, 4]}, {"b": "f = 0", "s": "f = 4"}, None, "b-s"),
        ({"f": [0, 0, 4], "is_b": [1, 0, 0]}, {"b": "is_b", "s": "f = 4"}, None, "b-s"),
    ],
)
def test_labels_as_they_come(dataset_of, experiment_of, columns, classes, column, expected):
    data = read(dataset_of, experiment_of, columns, classes, column)
    assert "".join(name or "-" for name in data) == expected


def test_rows_that_fulfil_two_classes_are_refused_unless_where_leaves_them_out(dataset_of, experiment_of):
    columns = {"b": [1, 0, 1], "s": [0, 1, 1]}
    match = r"targets.t: toy.csv, row 2 belongs to two classes, A \(b\) and B \(s\)\. .*targets.t.where"
    with pytest.raises(DataError, match=match):
        read(dataset_of, experiment_of, columns, {"A": "b", "B": "s"})
    assert read(dataset_of, experiment_of, columns, {"A": "b", "B": "s"}, where="b + s < 2") == ["A", "B", None]


@pytest.mark.parametrize(
    ("columns", "classes", "column", "match"),
    [
        ({"b": [0, 5], "s": [1, 0]}, {"B": "b", "S": "s"}, None, "flag column b, toy.csv, row 1: 5 is neither 0 nor 1"),
        ({"b": np.ones((2, 2))}, {"B": "b", "S": "s"}, None, r"flag column b has shape \(2,\) in each row.* b\[0\]\."),
        ({"b": [1, 0]}, {"B": "b", "S": "label"}, None, 'there is no column "label"'),
        ({"b": [1, 0]}, {"B": "b", "S": "b + 1"}, None, "targets.t.classes: 'b [+] 1' must be true or false"),
        ({"b": [1, 0]}, {"B": "b = 1", "S": "c = 1"}, None, "targets.t.classes: 'c = 1' cannot be computed"),
        ({"y": np.eye(2)}, {"B": 0, "S": 2}, "y", "column y has 2 numbers in each row, but a class is 2.*from 0 to 1"),
        ({"y": np.eye(2)}, {"B": "b", "S": "s"}, "y", "but a class is 'b'"),
        ({"y": np.eye(2) * 3}, {"B": 0, "S": 1}, "y", "column y, place 0, toy.csv, row 0: 3.0 is neither 0 nor 1"),
    ],
)
def test_definitions_that_do_not_fit_the_columns(dataset_of, experiment_of, columns, classes, column, match):
    with pytest.raises(DataError, match=match):
        read(dataset_of, experiment_of, columns, classes, column)


@pytest.mark.parametrize(
    ("target", "match"),
    [
        ({"kind": "binary"}, "column is missing: the classes .* are values of a column.*flag column"),
        ({"classes": {"A": [0, 1], "B": 1}, "column": "y"}, "every class needs a different value"),
        ({"classes": {"A": [0, "x"], "B": 1}, "column": "y"}, "whole numbers or words, not both"),
        ({"classes": {"A": [], "B": 1}, "column": "y"}, "every class needs at least one value"),
    ],
)
def test_definitions_that_cannot_be_meant(experiment_of, target, match):
    with pytest.raises(ExperimentError, match=match):
        experiment_of(targets={"t": {"kind": "multiclass", **target}})


def test_no_input_gives_the_class_away(experiment_of):
    head = {"kind": "binary", "classes": {"A": "abs(f) = 5", "B": "flag"}}
    for column in ("f", "flag", "is_c"):
        inputs = {"x": {"kind": "numeric", "columns": [column]}}
        data = {"files": ["f.csv"], "derived": {"is_c": "f = 4"}}
        with pytest.raises(ExperimentError, match=f"the network may not see column {column}: .*defines a class"):
            experiment_of(inputs=inputs, data=data, targets={"t": head})
