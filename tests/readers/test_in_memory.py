"""Data in memory are columns of the types that files give."""

from __future__ import annotations

import awkward as ak
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from netwright.errors import DataError
from netwright.readers import columns_in_memory, left_out_of

PT, N = np.array([30.0, 45.0, np.nan]), np.array([1, 2, 3], np.int32)


@pytest.mark.parametrize(
    "data",
    [
        {"pt": PT, "n": N},
        {"pt": PT.tolist(), "n": pa.array(N)},
        {"pt": PT.astype(">f8"), "n": pd.Series(N)},
        pa.table({"pt": PT, "n": N}),
        pd.DataFrame({"pt": PT, "n": N}),
        np.array(list(zip(PT, N, strict=True)), dtype=[("pt", "f8"), ("n", "i4")]),
        ak.Array({"pt": PT, "n": N}),
    ],
    ids=["arrays", "lists", "other arrays", "Arrow", "pandas", "records", "Awkward"],
)
def test_every_kind_of_table_has_the_same_columns(data: object) -> None:
    table = columns_in_memory(data)
    assert {field.name: str(field.type) for field in table.schema} == {"pt": "double", "n": "int32"}
    np.testing.assert_array_equal(table["pt"].to_numpy(), PT)
    np.testing.assert_array_equal(table["n"].to_numpy(), N)


def test_lists_arrays_texts_and_structures() -> None:
    jets = ak.Array([{"jet": [{"pt": 1.0, "eta": 2.0}]}, {"jet": []}])
    columns = {
        "jet": jets.jet,
        "p4": np.zeros((2, 3, 4), np.float32),
        "word": np.array(["a", "b"], object),
        "kind": pd.Series(["x", "y"], dtype="category"),
        "bytes": [b"\x00", b"\xff"],
    }
    table = columns_in_memory(columns)
    assert table["jet.pt"].to_pylist() == [[1.0], []]
    assert table["word"].to_pylist() + table["kind"].to_pylist() == ["a", "b", "x", "y"]
    assert table.schema.field("p4").type == pa.list_(pa.list_(pa.float32(), 4), 3)
    assert left_out_of(table.schema) == {"bytes": "it holds raw bytes, neither numbers nor text"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((5, 2)), r"columns with names .* ndarray of shape \(5, 2\)\. Name the columns: \{.pt.: x\[:, 0\]"),
        ("events.csv", r"Received: str\. .* Files are read by netwright\.read"),
        ({"a": [1.0], "b": [1.0, 2.0]}, r"same number of rows\. Received: \{'a': 1, 'b': 2\}\. Take the same rows"),
        ({"a": 3.0}, r'column "a" must have one value for each row\. Received: 3\.0'),
        ({"a": [1.0, "x"]}, r'column "a" cannot be a column: .* Give numbers, texts, or lists'),
        ({"a": np.zeros(2, complex)}, r'"a" cannot be a column: it holds complex128'),
    ],
)
def test_what_is_no_table_is_refused(data: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        columns_in_memory(data)
