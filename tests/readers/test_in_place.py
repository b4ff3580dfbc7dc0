"""Record batches written as one, each number to its place."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.readers._contract import Block, Part
from netwright.readers._in_place import fits, write_in_place

KINDS = {
    "small": pa.int8(),
    "whole": pa.uint64(),
    "single": pa.float32(),
    "double": pa.float64(),
    "day": pa.date32(),
    "time": pa.timestamp("us", "UTC"),
    "pair": pa.list_(pa.int16(), 2),
    "vectors": pa.list_(pa.list_(pa.float32(), 4), 3),
}


def column(kind: pa.DataType, rows: int, random: np.random.Generator) -> pa.Array:
    if pa.types.is_fixed_size_list(kind):
        return pa.FixedSizeListArray.from_arrays(column(kind.value_type, rows * kind.list_size, random), type=kind)
    numbers = pa.array(random.integers(0, 100, rows))
    return (numbers.cast(pa.int32()) if kind == pa.date32() else numbers).cast(kind)


def as_parts(batches: list[pa.RecordBatch], together: int = 1) -> list[Part]:
    """Return some columns of each batch as a part of its own, last rows first."""
    starts = np.cumsum([0, *(batch.num_rows for batch in batches)]).tolist()
    return [
        lambda start=start, batch=batch, first=first: iter(
            [Block(start, batch.select(batch.schema.names[first : first + together]))]
        )
        for start, batch in reversed(list(zip(starts, batches, strict=False)))
        for first in range(0, batch.num_columns, together)
    ]


@given(sizes=st.lists(st.integers(0, 50), min_size=1, max_size=5), cut=st.integers(0, 7), seed=st.integers(0, 99),
       together=st.integers(1, 8))  # fmt: skip
def test_blocks_of_any_sizes_are_what_arrow_reads(tmp_path_factory, sizes, cut, seed, together):
    random = np.random.default_rng(seed)
    schema = pa.schema(list(KINDS.items()), metadata={"a": "b"})
    whole = [
        pa.record_batch([column(kind, cut + size, random) for kind in KINDS.values()], names=list(KINDS))
        for size in sizes
    ]
    batches = [batch.slice(cut) for batch in whole]  # numbers that do not begin where their memory does
    path = tmp_path_factory.mktemp("in-place") / "rows.arrow"
    assert fits(schema)
    if sum(sizes) == 0:
        return
    assert write_in_place(path, schema, as_parts(batches, together), sum(sizes)) == sum(sizes)
    with pa.memory_map(str(path)) as source:
        result = pa.ipc.open_file(source).read_all()
    result.validate(full=True)
    assert result.schema.equals(schema, check_metadata=True)
    assert all(one.num_chunks == 1 for one in result.columns)
    assert result.equals(pa.Table.from_batches(batches))


@pytest.mark.parametrize(
    "kind",
    [pa.bool_(), pa.string(), pa.list_(pa.float32()), pa.null(), pa.list_(pa.bool_(), 2), pa.list_(pa.string(), 2)],
)
def test_what_has_no_place_does_not_fit(kind):
    assert not fits(pa.schema([("x", pa.float32()), ("y", kind)]))


@pytest.mark.parametrize(
    "values", [pa.array([1.0, None]), pa.array([[1.0, None], [1.0, 2.0]], pa.list_(pa.float64(), 2)),
               pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2))]
)  # fmt: skip
def test_a_missing_value_has_no_place(tmp_path, values):
    batch = pa.record_batch([values], names=["x"])
    assert write_in_place(tmp_path / "rows.arrow", batch.schema, as_parts([batch]), 2) is None


@pytest.mark.parametrize("times", [1, 3])
def test_other_rows_than_expected_are_counted(tmp_path, times):
    batch = pa.record_batch([pa.array([1.0, 2.0])], names=["x"])
    assert write_in_place(tmp_path / "rows.arrow", batch.schema, as_parts([batch] * times), 4) == 2 * times


def test_the_first_part_that_fails_is_what_is_said(tmp_path):
    batch = pa.record_batch([pa.array([1.0, 2.0])], names=["x"])

    def fail(message):
        raise DataError(message)
        yield

    parts = [lambda: iter([Block(0, batch)]), lambda: fail("the second"), lambda: fail("the third")]
    with pytest.raises(DataError, match="the second"):
        write_in_place(tmp_path / "rows.arrow", batch.schema, parts, 2)


def test_nothing_is_written_outside_of_a_column(tmp_path):
    batch = pa.record_batch([pa.array([1.0, 2.0])], names=["x"])
    parts = [lambda start=start: iter([Block(start, batch)]) for start in (-1, 1)]
    assert write_in_place(tmp_path / "rows.arrow", batch.schema, parts, 2) == 4
