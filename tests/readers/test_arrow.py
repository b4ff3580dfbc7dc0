"""Arrow's own files: the file format, compressed too, and the stream."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers import reader_for

TABLE = pa.table(
    {
        "x": np.arange(9.0),
        "jet": pa.array([{"pt": [1.0] * (row % 3), "n": row} for row in range(9)]),
        "kind": pa.array(["a", "b", "a"] * 3).dictionary_encode(),
    }
)


@pytest.mark.parametrize(("made", "packed"), [(pa.ipc.new_file, "zstd"), (pa.ipc.new_stream, None)])
def test_files_and_streams(tmp_path, contents, made, packed):
    path = tmp_path / "t.arrow"
    with made(str(path), TABLE.schema, options=pa.ipc.IpcWriteOptions(compression=packed)) as writer:
        writer.write_table(TABLE, max_chunksize=4)
    result, table = contents(path)
    assert table.column_names == ["x", "jet.pt", "jet.n", "kind"]
    assert table["jet.pt"].to_pylist() == [[1.0] * (row % 3) for row in range(9)]
    assert table["kind"].to_pylist() == ["a", "b", "a"] * 3
    if made is pa.ipc.new_file:
        blocks = pa.Table.from_batches(result.ranges.read(["jet.n"], 2, 7))
        assert blocks.to_pydict() == {"jet.n": [2, 3, 4, 5, 6]}
        return
    assert result.ranges is None
    path.write_bytes(path.read_bytes()[:-8])  # at the end of a batch
    with pytest.raises(DataError, match=r"t\.arrow: cannot be read as Arrow: .*nor the end of a stream"):
        read(path, cache=tmp_path)


def test_the_first_version_of_feather_is_named(tmp_path):
    (tmp_path / "old.feather").write_bytes(b"FEA1" + bytes(20))
    with pytest.raises(DataError, match=r"old\.feather: is of Feather's first version\. Write it again, with pyarrow"):
        read(tmp_path / "old.feather", cache=tmp_path)
    assert reader_for(tmp_path / "a.parq").name == "parquet"
