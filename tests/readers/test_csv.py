"""The CSV reader: types from all rows, missing values, and lines that do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.data.reading import read
from netwright.errors import DataError
from netwright.readers.csv import reader as csv_reader


@pytest.fixture
def table(tmp_path):
    def written(text: str):
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read(path, cache=tmp_path)

    return written


def test_types_come_from_all_rows(table, monkeypatch):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", 4096)
    rows = 3000
    lines = ["whole,number,late,text,flag,big"]
    lines += [
        f"{i},{i}.5,{i if i < rows - 1 else 'oops'},t{i},{'true' if i % 2 else 'False'},{2**63 + i}"
        for i in range(rows)
    ]
    data = table("\n".join(lines))
    assert [str(kind) for kind in data.table.schema.types] == ["int64", "double", "string", "string", "bool", "uint64"]
    np.testing.assert_array_equal(data.column("whole"), np.arange(rows))
    np.testing.assert_array_equal(data.column("big"), 2**63 + np.arange(rows, dtype=np.uint64))
    assert data.column("flag").sum() == rows // 2
    with pytest.raises(DataError, match=r"t\.csv, row 2999: column \"late\" must hold numbers.*text 'oops'"):
        data.column("late")


def test_numbers_as_people_write_them(table):
    data = table("x,y\n 1.5 , 7\n-2e3,8 \n.5,9\n1.,10\n+5,11\ninf,12\n")
    np.testing.assert_array_equal(data.column("x"), [1.5, -2000, 0.5, 1, 5, np.inf])
    assert data.column("y").dtype == np.int64


def test_missing_values_are_nan_in_numbers_and_text_in_text(table):
    data = table("x,n,t\n1.5,1,a\n,NA,\nNaN,3,NA\n")
    np.testing.assert_array_equal(data.column("x"), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(data.column("n"), [1, np.nan, 3])
    assert data.table["t"].to_pylist() == ["a", "", "NA"]


def test_a_column_without_values_is_all_missing(table):
    np.testing.assert_array_equal(table("x,y\n1,\n2,\n").column("y"), [np.nan, np.nan])


def test_quotes_line_ends_and_a_byte_order_mark(table):
    data = table('\ufeffname,x\r\n"a, b",1\r\n"two\nlines",2\r\n"say ""hi""",3\r\n')
    assert data.table["name"].to_pylist() == ["a, b", "two\nlines", 'say "hi"']
    np.testing.assert_array_equal(data.column("x"), [1, 2, 3])


def test_a_header_with_a_number_among_its_names(table):
    data = table("pt,|eta|,7,kind\n1.5,-999,3,e\n2.5,0.1,4,mu\n")
    assert data.names == ["pt", "|eta|", "7", "kind"]
    np.testing.assert_array_equal(data.column("7"), [3, 4])


def test_row_labels_of_pandas(table):
    data = table(",x\n10,1\n11,2\n")
    assert data.names == ["index", "x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.5,2\n3,4\n", r'first line must be a header with names, but holds the number "1\.5"'),
        ("e,mu,1.5\nmu,e,2.5\n", r'first line must be a header with names, but holds the number "1\.5"'),
        ("a,a\n3,4\n", r'two columns have the name "a" in the header\. .* --csv "\{names: \[a, a_2\]\}"'),
        ("a,\n3,4\n", r"column 2 has no name in the header"),
        ("index,x,\n3,4,5\n", r"column 3 has no name"),
        ("a,b\n1,2\n3\n", r"t\.csv, row 1: must have 2 values, one per column, but has 1 \(separator ','\)"),
        ("a,b\n1,2\n3,4,5\n", r"t\.csv, row 1: must have 2 values, one per column, but has 3 "),
        ("a b\n1 2\n3 4 5\n", r"t\.csv, row 1: must have 2 values, one per column, but has 3 \(separator ' '\)"),
        ("a,b\n1,2\n#3,4\n", r"t\.csv: the line '#3,4' may be a comment or a row\. Set data\.csv"),
        ("a,b\n", r"t\.csv: has no rows"),
        ("", r"t\.csv: is empty"),
        ("#\n\n", r"t\.csv: holds no lines besides comments"),
        (
            b"a,b\n1,\x00\n2,3\n",
            r"t\.csv: cannot be read as CSV: it contains bytes that are never part of text.*Copy it again",
        ),
        ("a,b\n1,2\n".encode("utf-16")[:-1], r"t\.csv: cannot be read as CSV.*truncated"),
        ("a;b\n1,5;2.5\n2,5;3.5\n", r't\.csv: column "a" has decimal commas and column "b" decimal points'),
        ("a;b\n1,500;2\n2,750;3\n", r't\.csv: column "a" has commas that may be decimal marks or thousands separators'),
        ("a\n1,5\n2,5\n", r"must have 1 values, one per column, but has 2"),
        ("1,5\n2,6\n", r"must be a header.*give its 2 names in data\.csv: \{names:"),
        ("# a b\n# GeV rad\n1 2\n", r"has no header, and 2 comments could be one: a, b; GeV, rad: give its 2 names"),
        ("a,b,\n1,2,\n3,4,5\n", r"column 3 has no name"),
    ],
)
def test_files_that_are_no_table(table, text, message):
    with pytest.raises(DataError, match=message):
        table(text)


def test_a_key_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(
        DataError, match=r"a CSV file is one table and takes no key. Received: --key x \(in Python key="
    ):
        read(tmp_path / "t.csv", key="x", cache=tmp_path)


def test_a_question_mark_is_missing_and_words_have_no_blanks(table):
    data = table("a, b, c\n1.5, x y, ?\n?, ?, 2\n")
    assert data.table.to_pydict() == {"a": [1.5, None], "b": ["x y", "?"], "c": [None, 2]}
    data = table("a, b\n" + "1.5, x\n" * 20)  # in one pass
    assert set(data.table["b"].to_pylist()) == {"x"}
