"""Conversion: whatever the format, values that are not what their types say are refused with column and rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netwright.errors import DataError
from netwright.readers import Request, reader_for
from netwright.readers._convert import check_values, convert


def text(words: bytes, offsets: list[int]) -> pa.Array:
    return pa.StringArray.from_buffers(
        len(offsets) - 1, pa.py_buffer(np.array(offsets, np.int32)), pa.py_buffer(words), None
    )


def lists(offsets: list[int], values: list[float]) -> pa.Array:
    buffers = [None, pa.py_buffer(np.array(offsets, np.int32))]
    return pa.Array.from_buffers(pa.list_(pa.float64()), len(offsets) - 1, buffers, children=[pa.array(values)])


@pytest.mark.parametrize(
    "column",
    [
        lists([0, 8758, 2], [1.0, 2.0]),
        lists([0, 2, 1], [1.0, 2.0]),
        lists([0, -4, 2], [1.0, 2.0]),
        text(b"a\xbf", [0, 1, 2]),
        text(b"ab", [0, 99, 2]),
        pa.ListArray.from_arrays(pa.array([0, 1, 2], pa.int32()), text(b"a\xff", [0, 1, 2])),
    ],
    ids=["outside", "backwards", "negative", "not UTF-8", "text outside", "not UTF-8 in lists"],
)
def test_what_would_end_the_process_later_is_refused(tmp_path, column):
    batch = pa.record_batch([pa.array([1, 2]), column], names=["x", "v"])
    with pytest.raises(DataError, match=r'a\.root: column "v" is damaged in the rows 100 to 101 \(.*Copy the file'):
        check_values(tmp_path / "a.root", batch, 100)


def test_text_that_is_not_utf8_in_parquet(tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"s": text(b"abc\xbf", [0, 3, 4])}), path)
    with pytest.raises(DataError, match=r't\.parquet: .*"s" .*(UTF-?8)'):
        convert(reader_for(path), Request(path), tmp_path / "part")
