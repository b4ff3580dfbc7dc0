"""Text tables as people and programs write them: what is written in any dialect is read back, or refused."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.config import csv_section
from netwright.data.reading import read
from netwright.errors import DataError, ExperimentError
from netwright.readers import Request, TextFormat, reader_for
from netwright.readers._convert import convert
from netwright.readers.csv import reader as csv_reader
from netwright.readers.csv.dialect import find_dialect
from netwright.readers.csv.lines import BLANKS


@pytest.fixture
def table(tmp_path):
    def written(text: str | bytes, name: str = "t.csv", **options):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read(path, cache=tmp_path / "cache", csv=options)

    return written


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


GEANT4 = (
    "#class tools::wcsv::ntuple\n#title hits\n#separator 44\n#vector_separator 59\n"
    "#column double pt\n#column int eta\n#column int y\n"
)
PLAIN = {"pt": [1.5, 2.5], "eta": [2, 3], "y": [0, 1]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pt;eta;y\n1.5;2;0\n2.5;3;1\n", "semicolons between values"),
        ("pt\teta\ty\n1.5\t2\t0\n2.5\t3\t1\n", "tabs between values"),
        ("pt|eta|y\n1.5|2|0\n2.5|3|1\n", "vertical bars between values"),
        ("  pt  eta y\n 1.5   2\t0\n2.5 3 1  \n\n", "blanks between values"),
        ('pt "eta" y\n1.5 "2" 0\n2.5 3 1\n', "blanks between values"),
        ("pt;eta;y\n1,5;2;0\n2,5;3;1\n", "decimal commas"),
        ("\ufeffsep=;\r\npt;eta;y\r\n1,5;2;0\r\n2,5;3;1\r\n", "semicolons between values"),
        ("pt eta y\n1,5 2 0\n2,5 3 1\n", "decimal commas"),
        ("pt;eta;y\n1,500;2,000;0\n2,500;0003,000;1\n", "decimal commas"),  # no thousands begin with a 0
        ("pt\teta\ty\n1,5\t2\t0\n2,5\t3\t1\n", "decimal commas"),
        ("# made by x\npt,eta,y\n1.5,2,0\n# half\n2.5,3,1\n# end", 'lines that begin with "#" left out'),
        ("# pt,eta,y\n1.5,2,0\n2.5,3,1\n", "names from the comment line above the rows"),
        ("# a table\n#pt eta y\n1.5 2 0\n2.5 3 1\n", "names from the comment line"),
        ("#pt, eta, y\n1.5, 2, 0\n2.5, 3, 1\n", "names from the comment line"),
        ("% a table\n% pt eta y\n%-----\n1.5 2 0\n2.5 3 1\n", 'lines that begin with "%" left out'),
        ("! a table\n# pt eta y\n! run 5\n1.5 2 0\n2.5 3 1\n", 'lines that begin with "!" or "#" left out'),
        ("! pt eta y\n1.5 2 0\n2.5 3 1\n", "names from the comment line"),
        ("// made by x\npt,eta,y\n1.5,2,0\n2.5,3,1\n", 'lines that begin with "/" left out'),
        (GEANT4 + "1.5,2,0\n2.5,3,1\n", "names from the comment lines above the rows"),
        ("pt;eta;y\nGeV;1;\n1.5;2;0\n2.5;3;1\n", r"units below the header (GeV, 1, ) left out"),
        ("pt\teta\ty\n[GeV]\t[1]\t[-]\n1,5\t2\t0\n2,5\t3\t1\n", "units below the header"),
        ('pt,eta,y\n"1,5",2,0\n"2,5",3,1\n', "decimal commas"),
        ("pt eta y\n0.15D+01 2 0\n25.d-1 3 1\n", "blanks between values"),
        ("pt,eta,y\r\n\r\n1.5,2,0\r\n   \r\n2.5,3,1\r\n", None),
        ("pt,eta,y\r1.5,2,0\r2.5,3,1\r", None),
        ("pt,eta,y,\n1.5,2,0,\n2.5,3,1,\n", None),
        ("pt,eta,y\n1.5,2,0,\n2.5,3,1,\n", None),
        ("\ufeffpt,eta,y\n1.5,2,0\n2.5,3,1\n", None),
        ("pt,eta,y\n1.5,2,0\n2.5,3,1\n".encode("utf-16"), "encoding utf-16"),
        ("pt,eta,y\n1.5,2,0\n2.5,3,1\n".encode("utf-16-be"), "encoding utf-16-be"),
        ("pt;eta;y\n1,5;2;0\n2,5;3;1\n".encode("utf-32"), "encoding utf-32"),
    ],
)
def test_the_dialect_is_found_and_said(table, text, said):
    data = table(text)
    assert data.table.to_pydict() == PLAIN
    if said is None:
        assert data.remarks == []
    else:
        assert said in data.remarks[0]
        assert "data.csv" in data.remarks[0]


@pytest.mark.parametrize("separator", [" ", "\t", ","])
@pytest.mark.parametrize("labels", [("1", "2"), ('"Mazda RX4"', '"Fiat 128"')])
def test_names_of_rows_without_a_name(table, separator, labels):
    """As R's write.table writes them."""
    lines = [['"pt"', '"eta"', '"y"'], [labels[0], "1.5", "2", "0"], [labels[1], "2.5", "3", "1"]]
    data = table("".join(separator.join(line) + "\n" for line in lines))
    assert data.names == ["index", *PLAIN]
    assert [str(label) for label in data.arrow("index").to_pylist()] == [label.strip('"') for label in labels]
    assert {name: data.column(name).tolist() for name in PLAIN} == PLAIN


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt", ".dat"])
@pytest.mark.parametrize(
    ("packed", "pack"),
    [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstd)],
)
def test_every_ending_and_compression(table, ending, packed, pack):
    data = table(pack(b"pt\teta\ty\n1.5\t2\t0\n2.5\t3\t1\n"), f"t{ending}{packed}")
    assert data.table.to_pydict() == PLAIN


@pytest.mark.parametrize(("packed", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress), (".zst", zstd)])
def test_a_packed_file_that_ends_early_is_refused(table, packed, pack):
    content = pack(b"a,b\n" + b"".join(b"%d,2\n" % i for i in range(5000)))
    with pytest.raises(DataError, match=r"t\.csv.*(truncated|cannot be read)"):
        table(content[:-5], f"t.csv{packed}")


def test_a_packed_file_may_not_grow_without_bound(table, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_MAX_BYTES", "1000000")
    with pytest.raises(DataError, match=r"over the limit of"):
        table(gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000), "t.csv.gz")


def test_texts_of_a_folder_are_not_taken_unasked(tmp_path):
    (tmp_path / "README.txt").write_text("about these files")
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert read(tmp_path, cache=tmp_path / "cache").rows == 1


def test_odd_nans_and_infinities_of_windows(table):
    data = table("pt,y\n1.0,0\n-1.#IND,1\n1.#QNAN,0\n-1.#IND00,0\n1.#INF,1\n-1.#INF00,1\n-,0\nNA,0\n")
    np.testing.assert_array_equal(data.column("pt"), [1, np.nan, np.nan, np.nan, np.inf, -np.inf, np.nan, np.nan])


def test_whole_numbers_that_no_type_holds_stay_exact(table):
    data = table("ev,small,big\n-1,1,1\n0,+2,2\n18446744073709551615,-3,18446744073709551616\n")
    assert data.table["ev"].to_pylist() == ["-1", "0", "18446744073709551615"]
    assert data.table["small"].to_pylist() == [1, 2, -3]
    assert data.table["big"].to_pylist() == ["1", "2", "18446744073709551616"]
    assert any("ev is read as text: no 64-bit type" in remark for remark in data.remarks)


def test_latin_1_is_assumed_and_said(table):
    data = table("größe;y\n1,5;ä\n".encode("latin-1"))
    assert data.table.to_pydict() == {"größe": [1.5], "y": ["ä"]}
    assert "encoding latin-1" in data.remarks[0]
    assert table("a,y\n1,\u20ac\n".encode("cp1252")).table["y"].to_pylist() == ["€"]


def test_names_for_a_file_without_header(table):
    data = table("1.5 2 0\n2.5 3 1\n", names=["pt", "eta", "y"])
    assert data.table.to_pydict() == PLAIN
    assert data.names == ["pt", "eta", "y"]
    renamed = table("a,b\n1,2\n", names=["pt", "eta"])
    assert renamed.table.to_pydict() == {"pt": [1], "eta": [2]}
    assert "the header's names replaced" in renamed.remarks[0]
    with pytest.raises(DataError, match=r"data\.csv\.names must give one name per column: 2 names for 3 values"):
        table("1,2,3\n", names=["a", "b"])


def test_what_the_user_says_is_not_guessed(table):
    assert table("a;b\n1,500;2\n", decimal=",").table.to_pydict() == {"a": [1.5], "b": [2]}
    assert table("a;b\n1,500;2\n", decimal=".").table.to_pydict() == {"a": [1500.0], "b": [2]}
    assert table("a;b\n1.5;2,5\n", decimal=",").table.to_pydict() == {"a": ["1.5"], "b": [2.5]}
    assert table("a b;c\n1 2;3\n", separator=" ").names == ["a", "b;c"]
    assert table("tag,y\n#b,0\nc,1\n", comment="").table["tag"].to_pylist() == ["#b", "c"]
    assert table("% x\na,y\n1,0\n", comment="%").table.to_pydict() == {"a": [1], "y": [0]}
    np.testing.assert_array_equal(table("a\n1\n-999\n", missing=["-999"]).column("a"), [1, np.nan])
    assert table("µ,y\n1,0\n".encode("cp1252"), encoding="latin-1").names == ["µ", "y"]


def test_another_dialect_is_another_entry_of_the_cache(table):
    assert table("a,b\n1,2\n").names == ["a", "b"]
    assert table("a,b\n1,2\n", separator=";").names == ["a,b"]
    assert table("a,b\n1,2\n").names == ["a", "b"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seperator": ";"}, r"csv.seperator: Extra inputs .* Known: separator, decimal, comment, encoding"),
        ({"separator": "ab"}, r"csv.separator: Input should be"),
        ({"encoding": "utf-99"}, r"csv.encoding: .*there is no encoding 'utf-99'"),
        ({"encoding": "hex"}, r"there is no encoding 'hex'"),
        ({"names": ["a", "a"]}, r"csv.names: .*every column needs a different name; rename .* Received: \['a', 'a'\]"),
    ],
)
def test_what_csv_may_not_say(table, options, message):
    with pytest.raises(DataError, match=message):
        table("a\n1\n", **options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n" * 1 + "3,4,\n", r"row 1: must have 2 values, one per column, but has 3"),
        ("a,b\n" + "1,2,\n" * 400 + "3,4,5\n", r"row 400: has the value '5' after the last column"),
        ("a,b\n1,2\n" + "3,4\n" * 400 + "#x\n", None),
        (
            "a,b\n" + "1,2\n" * 300_000 + "# end\n",
            r'has 1 .*If that line is a comment, set data\.csv: \{comment: "#"\}',
        ),
    ],
)
def test_what_comes_late_is_not_overlooked(table, text, message):
    if message is None:
        assert table(text).rows == 401
        return
    with pytest.raises(DataError, match=message):
        table(text)


def test_commas_of_later_rows_are_decimal_too(table, monkeypatch):
    monkeypatch.setattr(csv_reader, "_BLOCK_BYTES", 4096)
    data = table("a;b\n" + "1;2\n" * 3000 + "1,25;3\n")
    np.testing.assert_array_equal(data.column("a"), [1.0] * 3000 + [1.25])


@st.composite
def written_tables(draw):
    """Return the bytes of a table in any dialect, and its columns."""
    separator = draw(st.sampled_from([",", ";", "\t", "|", BLANKS]))
    decimal = draw(st.sampled_from(".," if separator != "," else "."))
    rows = draw(st.integers(2, 6))
    number = st.floats(-1e6, 1e6).map(lambda x: round(x, 3) + 0.0001)  # four digits: no mistake for thousands
    columns = {
        "pt": draw(st.lists(number, min_size=rows, max_size=rows)),
        "n": draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=rows, max_size=rows)),
        "eta 1": draw(st.lists(number, min_size=rows, max_size=rows)),
        "word": draw(st.lists(st.sampled_from(["e", "mu", "tau x", "π"]), min_size=rows, max_size=rows)),
    }
    file = io.StringIO()
    end = draw(st.sampled_from(["\n", "\r\n"]))
    if draw(st.booleans()):
        file.write(f"# made by a program{end}")
    writer = csv.writer(file, delimiter=separator, lineterminator=end)
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([f"{x:.4f}".replace(".", decimal) if isinstance(x, float) else x for x in row])
        if draw(st.integers(0, 9)) == 0:
            file.write(end)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]))
    return file.getvalue().encode(encoding), columns


@settings(max_examples=60, deadline=None)
@given(written_tables())
def test_any_dialect_reads_back(tmp_path_factory, written):
    content, columns = written
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    convert(reader_for(path), Request(path), path.with_suffix(".arrow"))
    with pa.memory_map(str(path.with_suffix(".arrow"))) as source:
        table = pa.ipc.open_file(source).read_all().to_pydict()
    assert list(table) == list(columns)
    assert table["n"] == columns["n"]
    assert table["word"] == columns["word"]
    for name in ("pt", "eta 1"):
        np.testing.assert_allclose(table[name], columns[name], rtol=0, atol=1e-4)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='ab1,;. \t"#\n-', min_size=1, max_size=40))
def test_a_guess_is_made_or_refused(text):
    try:
        dialect = find_dialect(text, TextFormat(), complete=True)
    except DataError as error:
        assert str(error)  # noqa: PT017
        return
    assert dialect.names
    assert len(set(dialect.names)) == len(dialect.names)


@pytest.mark.parametrize("text", ["{names: [a, a]}", "names: [", "just words", "{seperator: ';'}"])
def test_what_the_option_csv_may_not_say(text):
    with pytest.raises(ExperimentError, match=r"--csv must be a mapping such as \{names: \[pt, eta\], decimal: ','\}"):
        csv_section(text)


@pytest.mark.parametrize(
    "text",
    [
        "a;b;n\n1.234,5;7,25;3.456\n-2,5;0,125;12\n",
        'a,b,n\n"1,234.5",7.25,"3,456.0"\n-2.5,0.125,12\n',
        'a,b,n\n"1.234,5","7,25","3.456"\n"-2,5","0,125",12\n',
    ],
)
def test_marks_between_thousands_are_no_part_of_numbers(table, text):
    assert table(text).table.to_pydict() == {"a": [1234.5, -2.5], "b": [7.25, 0.125], "n": [3456.0, 12.0]}


def test_no_thousands_begin_with_a_zero(table, tmp_path):
    """0.567 was 567 beside 1.234,5, and where data.csv says that commas are decimal."""
    with pytest.raises(DataError, match=r'column "a" has decimal commas and column "b" decimal points'):
        table("a;b\n1.234,5;0.567\n2.345,5;1.567\n")
    assert table("a;b\n1,234.5;1\n0,567;2\n").table["a"].to_pylist() == ["1,234.5", "0,567"]
    path = tmp_path / "said.csv"
    path.write_text("a;b\n1,5;0.567\n2,5;1.234\n")
    with pytest.raises(DataError, match='column "b" holds numbers as text'):
        read(path, csv={"decimal": ","}, cache=tmp_path).column("b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 1:0.5 7:1\n-1 2:0.5\n", r"t\.csv: is in LIBSVM's format .*load_svmlight_file"),
        ("*****\n* Row * pt *\n*****\n* 0 * 1.5 *\n", r"t\.csv: is what TTree::Scan prints.*Name the ROOT file"),
        (
            "pt & y \\\\\n\\hline\n1.5 & 0 \\\\\n2.5 & 1 \\\\\n",
            r"t\.csv: is a table of LaTeX.* grep '&' FILE \| sed 's/ \*\\\\\\\\\.",
        ),
        (
            "a b\n" + "3 y\n" * 300 + "1 x  # bad channel\n",
            r"row 300: must have 2 .*If what follows # is a comment, remove it",
        ),
        (
            "pt eta y\n -1.5E+00-2.5E-01  1\n -2.5E+00-1.5E-01  0\n",
            r"t\.csv: the first line has 3 names \(pt, eta, y\) .* the rows have 2 values\. .*pandas\.read_fwf",
        ),
        ("pt eta\n 1.5E+00 2.5E-01\n 2.5E+00-1.5E-01\n", r"t\.csv, row 1: must have 2 .* has 1 .*pandas\.read_fwf"),
        ("1;2;j,3,4\n2;3;j,3,4;b,1,2\n3;1\n4;1;2;3;4\n", r"t\.csv: has lines with different numbers of values \("),
    ],
)
def test_texts_that_are_no_tables_are_refused(table, text, message):
    with pytest.raises(DataError, match=message):
        table(text)


def test_quoted_commas_that_may_be_anything_are_asked_about(tmp_path):
    path = tmp_path / "q.csv"
    path.write_text('pt,n,y\n"1,500","a,b",0.5\n"2,250","c",1.5\n')
    with pytest.raises(
        DataError, match=r"text '1,500' there.*If its commas are decimal, set data\.csv: {decimal: \",\"}"
    ):
        read(path, cache=tmp_path).column("pt")
    with pytest.raises(DataError, match=r"'a,b' there\. Correct it, or declare the column as categorical\.$"):
        read(path, cache=tmp_path).column("n")
    assert read(path, csv={"decimal": ","}, cache=tmp_path).column("pt").tolist() == [1.5, 2.25]


@pytest.mark.parametrize("mark", ["#", "##", "//"])
def test_names_in_a_comment(table, mark):
    assert table(f"{mark} pt eta\n1 2\n3 4\n").names == ["pt", "eta"]


@pytest.mark.parametrize("separator", [" ", ",", "\t"])
def test_comments_behind_values_are_left_out(table, separator):
    rows = ["pt_eta # GeV", "1.5_2 # forward, odd", "3_4", "5_6\t# x", '7_8 # 5" gun', "# no row", "9_10"]
    data = table("\n".join([*rows, *rows[1:]]).replace("_", separator))
    assert data.names == ["pt", "eta"]
    assert data.column("pt").tolist() == [1.5, 3, 5, 7, 9] * 2
    assert data.column("eta").tolist() == [2, 4, 6, 8, 10] * 2
    assert 'comments behind values, from "#" on, left out' in data.remarks[0]


def test_comments_behind_words_are_left_out(table):
    data = table("x boson\n1.5 W\n2.5 Z  # seen twice, kept\n3.5 W\n")
    assert data.column("x").tolist() == [1.5, 2.5, 3.5]
    assert data.arrow("boson").to_pylist() == ["W", "Z", "W"]
