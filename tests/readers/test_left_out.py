"""What is left out: kept with the table, joined over files, and said in one sentence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netwright.data.cache.join import joined_tables
from netwright.data.dataset import Dataset
from netwright.data.source import Source
from netwright.errors import DataError
from netwright.readers import left_out as _left_out


def dataset(tmp_path, *tables):
    paths = [tmp_path / f"{place}.root" for place in range(len(tables))]
    sources = tuple(Source(path, table.num_rows) for path, table in zip(paths, tables, strict=True))
    return Dataset(joined_tables(paths, list(tables)), sources)


def table(columns, left_out=(), remarks=()):
    return pa.table(columns).replace_schema_metadata(_left_out.metadata(dict(left_out), remarks))


def test_hundreds_of_columns_are_one_sentence(tmp_path):
    reasons = {f"track{i}": "it holds raw bytes" for i in range(600)}
    reasons |= {f"odd{i}": f"reason {i}" for i in range(8)}
    data = dataset(tmp_path, table({"x": [1.0]}, reasons))
    (remark,) = data.remarks
    assert remark.startswith(
        "608 columns are left out: track0, track1, track2 and 597 more (it holds raw bytes); odd0 (reason 0); "
    )
    assert remark.endswith("and 4 for other reasons; an error names the reason when you use such a column")
    assert len(remark) < 400
    with pytest.raises(DataError, match=r'0\.root: "odd7" is left out: reason 7\. Choose another column'):
        data.column("odd7")


def test_details_are_said_where_they_are_the_same_for_all(tmp_path):
    reasons = {
        "a": "not decoded (TH1F)",
        "b": "not decoded (TH1F)",
        "c": "not (yet) known",
        "d": "odd (3)",
        "e": "odd (4)",
    }
    (remark,) = dataset(tmp_path, table({"x": [1.0]}, reasons)).remarks
    assert remark == "5 columns are left out: a, b (not decoded: TH1F); d, e (odd); c (not (yet) known)"


def test_expressions_say_why_a_column_is_left_out(tmp_path):
    data = dataset(tmp_path, table({"x": [1.0], "p-t": [2.0]}, {"hits": "it is of a class"}))
    with pytest.raises(DataError, match=r"'hits \+ 1' cannot be computed: hits is left out: it is of a class\."):
        data.derive({"y": "hits + 1"})
    with pytest.raises(DataError, match=r'no column "p". Do you mean "p-t"\? SQL takes such a name in double quotes'):
        data.derive({"y": "p-t"})
    assert data.derive({"y": '"p-t" + 1'}).column("y") == [3.0]


def test_a_column_that_one_file_leaves_out_is_left_out_of_all(tmp_path):
    first = table({"x": [1.0], "hits": [2.0], "trigger": [3]})
    second = table({"x": [1.0], "trigger": [3]}, {"hits": "it is of a class"})
    data = dataset(tmp_path, first, second)
    assert data.names == ["x", "trigger"]
    assert data.left_out == {"hits": "in 1.root it is of a class"}
    data = dataset(tmp_path, second, first)
    assert data.rows == 2
    assert data.names == ["x", "trigger"]


def test_a_column_that_one_file_lacks_without_a_reason_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"has other columns than .*hits in 0\.root but not in 1\.root"):
        dataset(tmp_path, table({"x": [1.0], "hits": [2.0]}), table({"x": [1.0]}, {"other": "it is of a class"}))


def test_remarks_are_said_once_and_stay(tmp_path):
    one = table({"x": [1.0]}, remarks=["the newest of 2 cycles is read"])
    result = dataset(tmp_path, one, one, table({"x": [1.0]})).derive({"y": "x + 1"}).head(2)
    assert result.remarks == ["0.root and 1 more: the newest of 2 cycles is read"]
    assert dataset(tmp_path, pa.table({"x": [1.0]})).remarks == []


def test_a_group_is_asked_for_by_its_members(tmp_path):
    data = dataset(tmp_path, table({f"jet.{name}": np.zeros(1) for name in ("pt", "eta")}))
    with pytest.raises(DataError, match=r'"jet" is read as its members: jet\.pt, jet\.eta\. Use these'):
        data.column("jet")
