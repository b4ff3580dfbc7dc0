"""The Parquet reader: lists, nested lists, types that become plainer, and what is refused."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netwright.data.dataset import read
from netwright.data.readers import parquet
from netwright.errors import DataError


@pytest.fixture
def table(tmp_path):
    def written(columns, **options):
        pq.write_table(pa.table(columns), tmp_path / "t.parquet", **options)
        return read(tmp_path / "t.parquet", cache=tmp_path)

    return written


def test_lists_of_fixed_and_of_any_length(table):
    numbers = np.arange(24, dtype=np.float32)
    inner = pa.FixedSizeListArray.from_arrays(pa.array(numbers), 4)
    data = table(
        {
            "p4": pa.FixedSizeListArray.from_arrays(inner, 2),
            "pt": pa.array([[1.0, 2.0], [], [3.0]], pa.large_list(pa.float32())),
            "deep": pa.array([[[1], [2, 3]], [], [[4]]]),
        },
        row_group_size=2,
    )
    np.testing.assert_array_equal(data.column("p4"), numbers.reshape(3, 2, 4))
    np.testing.assert_array_equal(data.padded("pt", 3), [[1, 2, 0], [0, 0, 0], [3, 0, 0]])
    assert data.table["deep"].to_pylist() == [[[1], [2, 3]], [], [[4]]]


def test_types_become_plainer(table):
    data = table(
        {
            "half": pa.array(np.array([1, 2], np.float16)),
            "money": pa.array([decimal.Decimal("1.25"), decimal.Decimal("2.50")]),
            "coded": pa.array(["a", "b"]).dictionary_encode(),
            "large": pa.array(["a", "b"], pa.large_string()),
            "day": pa.array([dt.date(2024, 1, 1)] * 2),
        }
    )
    kinds = [str(kind) for kind in data.table.schema.types]
    assert kinds == ["float", "double", "string", "string", "date32[day]"]
    np.testing.assert_array_equal(data.column("money"), [1.25, 2.5])


def test_missing_values_stay_missing(table):
    data = table({"x": [1.0, None], "n": [1, None], "b": [True, None]})
    for name in ("x", "n", "b"):
        np.testing.assert_array_equal(data.column(name), [1, np.nan])


@pytest.mark.parametrize(
    "values",
    [
        pa.array([{"a": 1}]),
        pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        pa.array([b"raw"]),
        pa.array([[{"a": 1}]]),
    ],
    ids=["struct", "map", "bytes", "list of structs"],
)
def test_structures_are_refused(table, values):
    with pytest.raises(DataError, match=r't\.parquet: column "bad" has the type .*Flatten it'):
        table({"x": [1], "bad": values})


def test_declared_sizes_over_the_limit(table, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_MAX_BYTES", "100000")
    monkeypatch.setattr(parquet, "_batches", None)  # the rows may not be read
    for zeros in (pa.array(np.zeros(20_000)), pa.array([[0.0] * 20_000])):  # a few bytes each, when packed
        with pytest.raises(DataError, match=r"over the limit of .*NETWRIGHT_MAX_BYTES"):
            table({"x": zeros})


def test_a_key_is_refused(tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "t.pq")
    with pytest.raises(DataError, match=r"a Parquet file is one table and takes no key"):
        read(tmp_path / "t.pq", key="x", cache=tmp_path)


def test_many_columns_are_read_in_little_memory(tmp_path):
    """Every open column holds its dictionary and a page: 800 at once took 1.6 GiB."""
    values = np.random.default_rng(1).normal(size=(3000, 300)).astype(np.float32)
    table = pa.table({f"c{i}": values[:, i] for i in range(300)} | {"jets": pa.array([[1.0, 2.0]] * 3000)})
    pq.write_table(table, tmp_path / "wide.parquet", row_group_size=1000)
    found = read(tmp_path / "wide.parquet", cache=tmp_path)
    assert found.names == table.column_names
    np.testing.assert_array_equal(np.stack([found.column(f"c{i}") for i in range(300)], axis=1), values)
    np.testing.assert_array_equal(found.padded("jets", 2), [[1.0, 2.0]] * 3000)


def test_two_columns_of_one_name_are_refused(tmp_path):
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]), tmp_path / "twice.parquet")
    with pytest.raises(DataError, match=r'twice.parquet: two columns have the name "a"'):
        read(tmp_path / "twice.parquet", cache=tmp_path)
