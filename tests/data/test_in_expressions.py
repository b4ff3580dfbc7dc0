"""What messages say to derive can be taken as it stands, whatever the column is called and holds."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
import yaml

from netwright.data.in_expressions import derived_text, in_sql


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("pt", [6.0, 7.0]),
        ("jet pt/GeV", [6.0, 7.0]),
        ("order", [6.0, 7.0]),
        ("X[1]", [7.0, 9.0]),
        ("hits", [[6.0], [7.0, 8.0]]),
        ("Tau[1]", [[7.0], []]),
    ],
)
def test_a_derived_column_has_the_changed_values(column, values, dataset_of):
    numbers, pairs = [6.0, 7.0], pa.list_(pa.float64(), 2)
    columns = {name: pa.array(numbers) for name in ("pt", "jet pt/GeV", "order")}
    columns["X"] = pa.array([[6.0, 7.0], [8.0, 9.0]], pairs)
    columns["hits"] = pa.array([[6.0], [7.0, 8.0]])
    columns["Tau"] = pa.array([[[6.0, 7.0]], []], pa.list_(pairs))
    dataset = dataset_of(columns)
    line = derived_text(column, "shifted", "- 5", dataset.schema)
    ((name, expression),) = yaml.safe_load(line)["data.derived"].items()
    assert re.fullmatch(r"[A-Za-z]\w*_shifted", name)
    result = dataset.derive({name: expression}).arrow(name).to_pylist()
    assert result == [np.subtract(value, 5).tolist() for value in values]


def test_an_element_is_counted_from_1_in_expressions(dataset_of):
    dataset = dataset_of({"w": pa.array([[1.0, float("nan")], [1.0, 2.0]], pa.list_(pa.float64(), 2))})
    condition = f"isfinite({in_sql('w[1]', dataset.schema)})"
    assert dataset.condition(condition, "selection").tolist() == [False, True]
