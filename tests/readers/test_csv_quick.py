"""Text tables read in one pass: the same as in two, whatever the values are."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.errors import DataError
from netwright.readers import Request, TextFormat, reader_for
from netwright.readers._convert import convert
from netwright.readers.csv import reader
from netwright.readers.csv.quick import first_row
from netwright.readers.csv.ranges import ranges_of

WORDS = [
    "0", "1", "-7", "+7", "007", "0x1f", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "1.5", "1.0", "-.5", "1e3", "1e400", "nan", "NaN", "NAN", "-nan", "inf", "-Infinity", "",
    "NA", "-", "null", " 2", "2 ", "\t2", "\u00a02", "1.#IND", "1,5", "1,234", "true", "False", "TRUE", "tRUE", "a b",
    "\u00b5", '"q"', '"a\nb"', "#3", "2026-01-01", "99",
]  # fmt: skip


@pytest.fixture
def small(monkeypatch) -> None:
    """Few first values, and blocks of some lines."""
    monkeypatch.setattr(reader, "_GLANCE_BYTES", 24)
    monkeypatch.setattr("netwright.readers.csv.ranges._RANGE_BYTES", 32)
    monkeypatch.setattr("netwright.readers.csv.ranges._RANGE_BYTES_PER_COLUMN", 1)


def outcome(path: Path, asked: TextFormat, *, careful: bool) -> pa.Table | str:
    """Return the table, or what is said instead."""
    request = Request(path, csv=asked, careful=careful)
    try:
        convert(reader_for(path), request, path.with_suffix(".arrow"))
    except DataError as error:
        return str(error)
    with pa.OSFile(str(path.with_suffix(".arrow"))) as source:
        return pa.ipc.open_file(source).read_all()


@st.composite
def tables(draw) -> tuple[bytes, TextFormat]:
    columns, separator = draw(st.integers(1, 3)), draw(st.sampled_from(",;\t|"))
    likely = [st.sampled_from(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=2))) for _ in range(columns)]
    values = [draw(st.lists(one | st.sampled_from(WORDS) if draw(st.booleans()) else one, min_size=8, max_size=8))
              for one in likely]  # fmt: skip
    end = draw(st.sampled_from(["\n", "\r\n", "\n", "\r"]))
    lines = [separator.join(f"x{number}" for number in range(columns))]
    lines += [separator.join(row) for row in zip(*values, strict=True)]
    if draw(st.integers(0, 5)) == 0:
        lines.insert(draw(st.integers(0, 8)), draw(st.sampled_from(["", "1", separator * 5])))
    text = end.join(lines) + draw(st.sampled_from(["", end, end + end]))
    asked = TextFormat(
        separator=separator,
        decimal=draw(st.sampled_from([None, ".", ","])),
        missing=draw(st.sampled_from([["99"], []])),
    )
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf"])) + text.encode(), asked


@settings(max_examples=150, deadline=None)
@given(tables())
def test_one_pass_gives_what_two_give(tmp_path_factory, written):
    content, asked = written
    path = tmp_path_factory.getbasetemp() / "quick.csv"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_GLANCE_BYTES", 24)
        patch.setattr("netwright.readers.csv.ranges._RANGE_BYTES", 32)
        patch.setattr("netwright.readers.csv.ranges._RANGE_BYTES_PER_COLUMN", 1)
        quick, careful = (outcome(path, asked, careful=way) for way in (False, True))
    if isinstance(careful, str):
        assert quick == careful
        return
    assert quick.schema.equals(careful.schema, check_metadata=True)
    assert all(map(same, quick.columns, careful.columns))


def same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    """Compare bit by bit, so that what is not a number equals itself."""
    as_bits = [column.combine_chunks() for column in (one, other)]
    if one.type == pa.float64():
        as_bits = [column.view(pa.int64()) for column in as_bits]
    return as_bits[0].equals(as_bits[1])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("text", "quick"),
    [
        ("x,y,w\n" + "1.5,2,a\n" * 20, True),
        ("x,y\n" + "1.5,\n" * 20, True),
        ('"x","y"\n' + "1.5,2\n" * 20, True),
        ("x,y\n" + '1.5,"2"\n' * 20, False),
        ("x,y\n" + "1.5,\t2\n" * 20, False),
        ("x,y\n# a comment\n" + "1.5,2\n" * 20, False),
        ("x,y\n" + "1.5,18446744073709551616\n" * 20, False),
    ],
)
def test_what_is_read_in_one_pass(tmp_path, text, quick):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with reader_for(path).open(Request(path)) as result:
        assert bool(result.parts) == quick
        assert sum(batch.num_rows for batch in result.batches) == result.rows == 20


@pytest.mark.usefixtures("small")
def test_a_later_value_of_another_kind_is_read_with_care(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "1\n" * 100 + "0.5\n")
    with reader_for(path).open(Request(path)) as result:
        assert result.schema.types == [pa.int64()]
    table = outcome(path, TextFormat(), careful=False)
    assert isinstance(table, pa.Table)
    assert table["x"].to_pylist() == [1.0] * 100 + [0.5]


def test_a_line_without_end_is_not_divided(tmp_path, monkeypatch):
    monkeypatch.setattr("netwright.readers.csv.ranges._LONGEST_LINE", 2**10)
    monkeypatch.setattr("netwright.readers.csv.ranges.cpu_count", lambda: 2)
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "1" * 3000)
    assert ranges_of(path, 2, ",", 1, lambda *_: None) is None
    assert first_row(b"x,y", header=True) is None
