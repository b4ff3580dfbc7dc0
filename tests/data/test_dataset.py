"""Data sets: columns, places in files, derived columns, selections, and files read together."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.data.dataset import Dataset
from netwright.data.reading import read
from netwright.data.source import Source
from netwright.errors import DataError, UnusableFilesError
from netwright.readers.expressions import compute as _sql
from netwright.readers.expressions import rows as _sql_rows
from netwright.readers.expressions.syntax import Checked, connect


def made(columns, **options) -> Dataset:
    table = pa.table(columns)
    return Dataset(table, (Source(Path("made.npz"), table.num_rows),), **options)


@pytest.fixture
def muons() -> Dataset:
    return made(
        {
            "px": [3.0, 0.0, -6.0, 1.0],
            "py": [4.0, 2.0, 8.0, 1.0],
            "charge": pa.array([1, -1, 1, -1], pa.int32()),
            "kind": ["GG", "GT", "GG", "TT"],
            "p4": pa.FixedSizeListArray.from_arrays(pa.array(np.arange(16.0)), 4),
            "hits": pa.array([[1.5], [], [2.5, 3.5, 4.5], [5.5]]),
            "quality": [1.0, None, 3.0, 4.0],
            "E": [1, 2, 3, 4],
            "e": [5, 6, 7, 8],
        }
    )


# columns


def test_rows_and_names(muons):
    assert muons.rows == 4
    assert muons.names[:3] == ["px", "py", "charge"]


def test_an_unknown_column_gets_a_hint(muons):
    with pytest.raises(DataError, match=r'made\.npz: there is no column "chrage"\. Did you mean "charge"\?'):
        muons.column("chrage")


def test_a_column_of_text_is_no_array(muons):
    with pytest.raises(DataError, match=r'made\.npz, row 0: column "kind" must hold numbers.*the text \'GG\''):
        muons.column("kind")


def test_the_first_text_that_is_no_number_is_named():
    texts = [str(i / 4) for i in range(1000)]
    texts[777] = "n.a."
    texts[900] = "later"
    with pytest.raises(DataError, match=r"made\.npz, row 777: .* the text 'n\.a\.'"):
        made({"x": pa.chunked_array([texts[:500], texts[500:]])}).column("x")


def test_numbers_as_text_say_how_they_become_numbers():
    with pytest.raises(DataError, match=r'made\.npz: column "x" holds numbers as text.*CAST\("x" AS DOUBLE\)'):
        made({"x": ["-1", "18446744073709551615"]}).column("x")


@given(st.lists(st.booleans(), min_size=1, max_size=40).filter(any))
def test_finding_the_first_text_agrees_with_a_search_one_by_one(is_bad):
    data = made({"x": ["oops" if bad else "1.5" for bad in is_bad]})
    row = is_bad.index(True)
    with pytest.raises(DataError, match=rf"made\.npz, row {row}:"):
        data.column("x")


def test_times_and_lists_are_no_arrays(muons):
    with pytest.raises(DataError, match=r'column "hits" has the type list<.*Use padded\(name, at_most\)'):
        muons.column("hits")
    with pytest.raises(DataError, match=r'column "t" has the type timestamp.*Derive a number'):
        made({"t": pa.array([0], pa.timestamp("s"))}).column("t")


def test_missing_whole_numbers_and_flags():
    data = made({"n": [1, None, 3], "b": [True, None, False], "void": pa.nulls(3)})
    np.testing.assert_array_equal(data.column("n"), [1, np.nan, 3])
    np.testing.assert_array_equal(data.column("b"), [1, np.nan, 0])
    np.testing.assert_array_equal(data.column("void"), [np.nan] * 3)
    with pytest.raises(DataError, match=r'made\.npz: column "n" has missing values, and a whole number is too large'):
        made({"n": [2**53 + 1, None]}).column("n")


def test_a_missing_list_is_refused_with_its_row():
    data = made({"p4": pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2)), "l": [[1.0], None]})
    with pytest.raises(DataError, match=r'made\.npz, row 1: column "p4" holds no list there'):
        data.column("p4")
    with pytest.raises(DataError, match=r'made\.npz, row 1: column "l" holds no list there'):
        data.padded("l", 2)


def test_missing_values_in_lists_are_nan():
    data = made({"p": pa.array([[1.0, None], [3.0, 4.0]], pa.list_(pa.float32(), 2))})
    np.testing.assert_array_equal(data.column("p"), np.array([[1, np.nan], [3, 4]], np.float32))


def test_sliced_and_chunked_columns():
    whole = np.arange(60, dtype=np.float32).reshape(10, 3, 2)
    nested = pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(pa.array(whole.ravel()), 2), 3)
    chunked = pa.chunked_array([nested.slice(0, 4), nested.slice(4, 0), nested.slice(4, 6)])
    data = made({"x": chunked, "f": pa.chunked_array([[True] * 3, [False] * 7])})
    np.testing.assert_array_equal(data.column("x"), whole)
    np.testing.assert_array_equal(data.slice(2, 7).column("x"), whole[2:7])
    np.testing.assert_array_equal(data.slice(2, 5).column("f"), [True, False, False])
    assert data.head(0).column("x").shape == (0, 3, 2)
    assert data.head(0).column("x").dtype == np.float32


# lists of any length


@given(
    st.lists(st.lists(st.floats(width=32, allow_nan=False), max_size=5), min_size=1, max_size=8),
    st.integers(1, 6),
    st.integers(0, 3),
)
def test_padded_agrees_with_a_loop(lists, at_most, start):
    column = pa.chunked_array([pa.array(lists, pa.list_(pa.float32())), pa.array(lists[::-1], pa.list_(pa.float32()))])
    rows = (lists + lists[::-1])[start:]
    expected = np.zeros((len(rows), at_most), np.float32)
    for row, values in enumerate(rows):
        expected[row, : len(values)] = values[:at_most]
    result = made({"x": column}).slice(start, len(column)).padded("x", at_most)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, expected)


def test_padded_takes_fixed_lists_and_whole_numbers(muons):
    np.testing.assert_array_equal(muons.padded("p4", 2)[3], [12, 13])
    assert made({"n": [[1], [2, 3]]}).padded("n", 2).dtype == np.float64


def test_padded_refuses_what_is_no_list(muons):
    with pytest.raises(DataError, match=r'column "px" has the type double, not lists of numbers'):
        muons.padded("px", 3)
    with pytest.raises(DataError, match=r"at_most must be at least 1\. Received: 0"):
        muons.padded("hits", 0)
    with pytest.raises(DataError, match=r"not lists of numbers"):
        made({"x": [["a"], []]}).padded("x", 1)


# places


def test_rows_are_located_in_their_files():
    data = Dataset(pa.table({"x": np.arange(6.0)}), (Source(Path("d/a.npz"), 2), Source(Path("d/b.h5"), 4)))
    assert [data.locate(row) for row in (0, 1, 2, 5)] == ["a.npz, row 0", "a.npz, row 1", "b.h5, row 0", "b.h5, row 3"]
    some = data.select("x > 0.5").take([4, 1, 0])
    assert [some.locate(row) for row in range(3)] == ["b.h5, row 3", "b.h5, row 0", "a.npz, row 1"]
    for row in (-1, 3):
        with pytest.raises(DataError, match=rf"row must be from 0 to 2\. Received: {row}"):
            some.locate(row)
    with pytest.raises(DataError, match=r"row 0 is from none of 1 files"):
        Dataset(data.table, (Source(Path("a"), 2),), np.full(6, 9)).locate(0)


def test_taking_rows_out_of_range_is_refused(muons):
    for rows in ([0, 4], [-1]):
        with pytest.raises(DataError, match=r"rows must be from 0 to 3\. Received"):
            muons.take(rows)
    assert muons.take([]).rows == 0
    assert muons.head(99).rows == 4
    np.testing.assert_array_equal(muons.take([2, 0]).column("px"), [-6, 3])


def test_sources_in_words(muons):
    assert muons.named_sources() == "made.npz"
    two = Dataset(muons.table, (Source(Path("a"), 2), Source(Path("b"), 2)))
    assert two.named_sources() == "a and 1 more"


# derived columns


def test_derived_columns(muons):
    data = muons.derive({"pt": "sqrt(px*px + py*py)", "hard": "pt > 4.5", "p0": "p4[1]", "n": "len(hits)"})
    np.testing.assert_allclose(data.column("pt"), np.hypot(muons.column("px"), muons.column("py")), rtol=1e-15)
    np.testing.assert_array_equal(data.column("hard"), [True, False, True, False])
    np.testing.assert_array_equal(data.column("p0"), [0, 4, 8, 12])
    np.testing.assert_array_equal(data.column("n"), [1, 0, 3, 1])
    assert data.names[-4:] == ["pt", "hard", "p0", "n"]
    assert muons.names[-1] == "e"


def test_missing_values_stay_missing_and_decimals_become_numbers(muons):
    data = muons.derive({"q": "quality * 2", "d": "charge * 1.25", "l": "list_transform(hits, lambda h: h * 2)"})
    np.testing.assert_array_equal(data.column("q"), [2, np.nan, 6, 8])
    np.testing.assert_array_equal(data.column("d"), [1.25, -1.25, 1.25, -1.25])
    np.testing.assert_array_equal(data.padded("l", 1)[:, 0], [3, 0, 5, 11])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "px + pz",
            r'derived column "new": \'px \+ pz\' cannot be computed: there is no column "pz". Choose from',
        ),
        ("PX + py", r'Did you mean "px"\? Case matters'),
        (
            "px +",
            r"'px \+' cannot be computed: it does not end as an expression: a value or a bracket is missing there",
        ),
        ("sin((px)", r"does not end as an expression"),
        ("px)", r"or there is one bracket too many"),
        ("px py", r'syntax error at or near "py"'),
        ("px; DROP TABLE rows", r"syntax error|cannot be computed"),
        ("px) FROM (rows", r"one expression, not a query"),
        ("px), (py", r"one expression, not a query"),
        ("sum(px)", r"sum looks at other rows"),
        ("AVG(px) OVER ()", r"window function looks at other rows"),
        ("px / (SELECT max(px) FROM rows)", r"subquery looks at other rows"),
        ("(SELECT content FROM read_text('/etc/passwd'))", r"subquery"),
        ("*", r"a star stands for no single column"),
        ("COLUMNS('p.')", r"a star stands for no single column"),
        ("random()", r"random does not depend on the row alone"),
        ("now()", r"now does not depend on the row alone"),
        ("E + e", r"SQL cannot tell E and e apart, which differ only in case"),
        ("kind * 2", r"cannot be computed: (Conversion|Binder) Error"),
        ("{'a': px}", r"gives the type struct.*It must give numbers"),
        ("charge << 80", r"cannot be computed"),
        ("getenv('HOME')", r"cannot be computed"),
        ("?", r"a parameter has no value here"),
        ("", r"it is empty"),
        ("unnest(hits) > 2", r"unnest changes the number of rows. For the list of a row there are .*list_filter"),
        ("hits.unnest()", r"unnest changes the number of rows"),
        ("generate_subscripts(hits, 1)", r"generate_subscripts changes the number of rows"),
        ("regexp_split_to_table(kind, 'G')", r"regexp_split_to_table changes the number of rows"),
        ("read_text('/etc/passwd')", r"read_text changes the number of rows"),
        ("wavg(px, py)", r"wavg looks at other rows. For the list of a row"),
        ("count(*)", r"count_star looks at other rows"),
        ("grouping(px)", r"GROUPING_FUNCTION is not allowed in an expression of one row"),
        ("format_type(1, 2)", r"format_type looks at other rows"),
        ("current_date > DATE '2020-01-01'", r"current_date does not depend on the row alone"),
        ("current_localtime()", r"current_localtime does not depend on the row alone"),
        ("ago(INTERVAL 1 DAY)", r"ago does not depend on the row alone"),
        ("epoch(age(TIMESTAMP '2020-01-01'))", r"age of one time depends on today's date"),
        ("pg_sleep(100)", r"pg_sleep does not depend on the row alone"),
        ("rows.px", r'there is no column "rows.px"'),
        ("list_count(list_filter(hits, lambda PX: px > 2))", r"SQL cannot tell PX and px apart, which differ only in"),
        ("+".join(["px"] * 400), r"cannot be computed: it is nested too deeply"),
        ("abs(" * 5000 + "px" + ")" * 5000, r"it is nested too deeply.*Divide it into several derived columns"),
        ("px + '\ud800'", r"'.ud800' is half of a character \(a surrogate\)"),
        ("list_filter(hits, v -> v > 2)", r"is written lambda v: v > 20, not v -> v > 20"),
    ],
)
def test_expressions_that_cannot_be_computed(muons, expression, message):
    with pytest.raises(DataError, match=message):
        muons.derive({"new": expression})


def test_names_with_dots_need_no_quotes():
    data = made({"p4.px": np.arange(4.0), "x": np.arange(4)})
    np.testing.assert_array_equal(data.derive({"y": "p4.px * 2 + x % 2"}).column("y"), [0, 3, 4, 7])
    np.testing.assert_array_equal(data.select("p4.px BETWEEN 1 AND 2").column("x"), [1, 2])


def test_names_of_the_values_of_a_list_are_no_columns(muons):
    data = muons.derive({"n": "list_count(list_filter(hits, lambda px: px > 2)) + px"})
    np.testing.assert_array_equal(data.column("n"), np.add(muons.column("px"), [0, 0, 3, 1]))


def test_times_do_not_depend_on_the_zone_of_the_machine(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    data = made({"t": np.array([0])}).derive({"hour": "date_part('hour', to_timestamp(t))"})
    assert data.column("hour")[0] == 0


def test_a_derived_column_replaces_none(muons):
    with pytest.raises(DataError, match=r'derived column "px": there is already a column of this name'):
        muons.derive({"px": "py"})


def test_sql_cannot_reach_files_or_settings(tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with connect() as connection:
        connection.register("rows", pa.table({"x": [1]}))
        for query in (f"FROM '{tmp_path}/secret.csv'", f"COPY rows TO '{tmp_path}/out.csv'"):
            with pytest.raises(duckdb.PermissionException, match="disabled by configuration"):
                connection.execute(query)
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            connection.execute("SET enable_external_access = true")
        table = pa.table({"x": [1]})
        with pytest.raises(duckdb.CatalogException, match="does not exist"):
            connection.execute("SELECT * FROM table_of_python")
        assert table.num_rows == 1
    assert not (tmp_path / "out.csv").exists()


def test_the_order_of_millions_of_rows_is_kept():
    rows = 3_000_000
    data = made({"x": pa.chunked_array([np.arange(rows // 3) + part * (rows // 3) for part in range(3)])})
    np.testing.assert_array_equal(data.derive({"y": "x + 1"}).column("y"), np.arange(rows) + 1)
    np.testing.assert_array_equal(data.select("x % 7 = 3").column("x"), np.arange(3, rows, 7))


def test_rows_that_come_back_in_another_order_are_put_right():
    rows = pa.table({"x": [3.0, 1.0, 2.0], "number": [2, 0, 1]})
    result = _sql_rows.from_bytes(_sql_rows.compute("x * 2", _sql_rows.as_bytes(rows)))
    assert result["value"].to_pylist() == [2, 4, 6]


@pytest.mark.parametrize("name", ["netwright row", "Netwright Row", "netwright row_", "rows", "value", "select"])
def test_columns_of_any_name_have_their_own_values(name):
    data = made({name: np.array([3, 1, 2])})
    np.testing.assert_array_equal(data.derive({"double": f'2 * "{name}"'}).column("double"), [6, 2, 4])


def test_messages_show_no_endless_expressions(muons):
    for expression in ("x" * 100_000, f"px = '{'x' * 100_000}'", "px + " + "1" * 100_000):
        with pytest.raises(DataError, match=r'derived column "new": .* letters') as error:
            muons.derive({"new": expression})
        assert len(str(error.value)) < 1200
    with pytest.raises(DataError, match="letters") as error:
        muons.select(f"px > 1{' ' * 5000}AND px < 0")
    assert len(str(error.value)) < 1200


def test_one_value_a_row_or_none_at_all(muons, monkeypatch):
    monkeypatch.setattr(_sql, "checked", lambda *_, **__: Checked("unnest(hits)", ["hits"]))
    with pytest.raises(DataError, match=r'"new": .* cannot be computed: it gives 5 values for 4 rows\.'):
        muons.derive({"new": "unnest(hits)"})


def test_an_expression_that_does_not_end_is_given_up(muons, monkeypatch):
    monkeypatch.setattr(_sql, "_SECONDS", 1.0)
    expression = "levenshtein(repeat('a', 30000) || px, repeat('b', 30000))"
    with pytest.raises(DataError, match=r"it takes over 1 s of processor time for 4 rows; write a simpler one\."):
        muons.derive({"new": expression})
    assert muons.derive({"new": "px + 1"}).column("new")[0] == muons.column("px")[0] + 1


def test_an_expression_that_wants_all_memory_is_refused(muons):
    with pytest.raises(DataError, match=r"(?i)cannot be computed: .*memory"):
        muons.derive({"new": "list_sum(range(400000000)) + px"})
    assert muons.derive({"new": "px + 1"}).column("new")[0] == muons.column("px")[0] + 1


def test_only_the_columns_of_the_expression_are_read(monkeypatch):
    read = []

    def noted(columns, rows):
        read.append(set(columns))
        return _sql_rows.with_row_numbers(columns, rows)

    monkeypatch.setattr(_sql, "with_row_numbers", noted)
    data = made({f"c{i}": [float(i)] for i in range(9)})
    assert data.derive({"x": "c3 + c8"}).column("x")[0] == 11
    assert read == [{"c3", "c8"}]


# selections


def test_selections_keep_the_order(muons):
    data = muons.select("charge < 0 OR kind = 'GG'").select("px < 2")
    np.testing.assert_array_equal(data.column("px"), [0, -6, 1])
    np.testing.assert_array_equal(data.origin, [1, 2, 3])
    np.testing.assert_array_equal(muons.condition("px > 0.5"), [True, False, False, True])


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("px > 1000", r"selection: 'px > 1000' selects none of 4 rows"),
        ("px", r"must be true or false for each row, but gives double"),
        (
            "quality > 2",
            r"made\.npz, row 1: the selection 'quality > 2' is neither true nor false.*\(quality > 2\) IS TRUE",
        ),
        ("nothing > 2", r'selection: \'nothing > 2\' cannot be computed: there is no column "nothing"'),
    ],
)
def test_selections_that_cannot_be_made(muons, where, message):
    with pytest.raises(DataError, match=message):
        muons.select(where)


def test_a_selection_can_say_what_to_do_with_missing_values(muons):
    assert muons.select("(quality > 2) IS TRUE").rows == 2


def test_nan_in_a_condition_is_missing_as_null_is():
    """Rows without a value passed x > 2: for DuckDB NaN is larger than every number."""
    lists = pa.array([[3.0], [np.nan], [1.0]], pa.list_(pa.float64()))
    data = made({"x": np.array([3, np.nan, 1], np.float32), "v": lists})
    for where in ("x > 2", "v[1] > 2"):
        with pytest.raises(DataError, match=r"row 1: .* because a value is missing.*IS TRUE"):
            data.condition(where)
        assert data.condition(f"({where}) IS TRUE").tolist() == [True, False, False]
    assert data.condition("x > 2 OR isnan(x)").tolist() == [True, True, False]
    assert data.condition("x > 0.5 AND isfinite(x)").tolist() == [True, False, True]


def test_what_cannot_be_computed_is_missing_in_a_condition():
    """Rows with E < p passed sqrt(E * E - p * p) > 2, as its NaN is larger than every number for DuckDB."""
    data = made({"E": [3.0, 1.0, 2.0], "p": [1.0, 2.0, 1.0], "p4.E": [9.0, -1.0, 1.0], "s": ["nan", "a", "b"]})
    one_in_another = "CASE WHEN E < p THEN sqrt(p4.E) ELSE E - p END > 1"
    many_in_another = "CASE WHEN E > 0 AND p > 0 AND E < 9 AND p < 9 THEN sqrt(E * E - p * p) ELSE 0 END > 2"
    for condition in (
        "sqrt(E * E - p * p) > 2",
        "sqrt(p4.E) BETWEEN 2 AND 9",
        "ln(p4.E) >= (E - p) / 4",
        one_in_another,
        many_in_another,
    ):
        assert data.condition(f"({condition}) IS TRUE").tolist() == [True, False, False]
    with pytest.raises(DataError, match=r"row 1: .* because a value is missing or cannot be computed"):
        data.condition("sqrt(E * E - p * p) > 2")
    assert data.condition("isnan(sqrt(p4.E)) OR sqrt(p4.E) > 2").tolist() == [True, True, False]
    others = made({"x": [3.0, 4.0, 5.0], "y": [3.0, np.nan, 1.0]})
    derived = others.derive({"above": "y > 2", "chosen": "CASE WHEN y > 2 THEN x ELSE -x END"})  # as in conditions
    assert derived.table["above"].to_pylist() == [True, None, False]
    assert derived.column("chosen").tolist() == [3, -4, -5]
    assert others.condition("(isfinite(x) AND y > 2) IS TRUE").tolist() == [True, False, False]  # y is not asked for
    assert data.condition("lower(s) = 'nan'").tolist() == [True, False, False]
    any_word = "CASE WHEN E > 0 AND p > 0 AND E < 9 AND p < 9 THEN s ELSE lower(s) END = 'nan'"
    assert data.condition(any_word).tolist() == [True, False, False]


@pytest.mark.parametrize("power", ["^", "**"])
def test_powers_that_formulas_and_sql_read_differently_are_refused(power):
    data = made({"x": np.array([-2.0, 3.0])})
    for formula in ("exp(-x {} 2)", "1 + -2 {} 2", "x*- x {} 2"):
        with pytest.raises(DataError, match=r"-x \^ 2 is \(-x\) \^ 2 in SQL. Write -\(x \^ 2\)"):
            data.derive({"y": formula.format(power)})
    with pytest.raises(DataError, match=r"x \^ y \^ z is \(x \^ y\) \^ z in SQL"):
        data.derive({"y": f"2 {power} x {power} 2"})
    clear = {"a": "(-x) ^ 2", "b": "1 - x ^ 2", "c": "-(x ^ 2)", "d": "(x ^ 2) ^ 2", "e": "abs(-x) ^ 2", "f": "x ^ -1"}
    derived = data.derive({name: formula.replace("^", power) for name, formula in clear.items()})
    x = np.array([-2.0, 3.0])
    expected = {"a": x**2, "b": 1 - x**2, "c": -(x**2), "d": x**4, "e": x**2, "f": 1 / x}
    for name, values in expected.items():
        np.testing.assert_allclose(derived.column(name), values)


def test_small_whole_numbers_do_not_overflow():
    data = made({"n": np.array([3, 250], np.uint8), "i": np.array([2**30, -5], np.int32)})
    result = data.derive({"less": "n - 5", "product": "n * n", "four": "4 * i", "minus": "-n"})
    for name, values in {"less": [-2, 245], "product": [9, 62500], "four": [2**32, -20], "minus": [-3, -250]}.items():
        assert result.column(name).tolist() == values
    lists = made({"l": pa.array([[3, 4], [250]], pa.list_(pa.uint8()))})
    assert lists.derive({"first": "l[1] - 5"}).column("first").tolist() == [-2, 245]


# files read together


def write(path: Path, **columns) -> Path:
    np.savez(path, **columns)
    return path


@pytest.fixture
def parts(tmp_path) -> Path:
    for number in (3, 1, 2):
        write(tmp_path / f"part_{number}.npz", x=np.full(number, float(number)))
    return tmp_path


@pytest.mark.parametrize("as_text", [True, False])
def test_patterns_folders_and_lists_of_files(parts, tmp_path, as_text):
    cache = tmp_path / "cache"
    kind = str if as_text else Path
    by_number = [1, 2, 2, 3, 3, 3]
    (parts / "notes.md").write_text("not data")
    assert read(kind(parts / "part_*.npz"), cache=cache).column("x").tolist() == by_number
    assert read(kind(parts), cache=cache).column("x").tolist() == by_number
    assert read(kind(parts / "**" / "*_[12].npz"), cache=cache).column("x").tolist() == [1, 2, 2]
    files = [kind(parts / "part_3.npz"), kind(parts / "*.npz"), kind(parts / "part_3.npz")]
    data = read(files, cache=cache)
    assert data.column("x").tolist() == [3, 3, 3, 1, 2, 2]
    assert [source.path.name for source in data.sources] == ["part_3.npz", "part_1.npz", "part_2.npz"]
    assert data.locate(4) == "part_2.npz, row 0"


def test_a_name_with_brackets_is_a_name(tmp_path):
    write(tmp_path / "a[1].npz", x=np.zeros(2))
    assert read(tmp_path / "a[1].npz", cache=tmp_path).rows == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("prat_1.npz", r'prat_1\.npz: there is no such file\. In ".*" there is, for example: part_1\.npz'),
        ("prat_*.npz", r'no file matches ".*prat_\*\.npz"\. In ".*" there is, for example: part'),
        ("nowhere/x.npz", r'there is no such file\. There is no folder ".*nowhere" either'),
        ("no*/x.npz", r"no file matches .*Check the pattern"),
        ("empty/*.npz", r'no file matches .* The folder ".*empty" is empty'),
        ("empty", r"empty: the folder holds no file that ends with \.npz, "),
        ("notes.md", r"notes\.md: no reader for the suffix '\.md'"),
    ],
)
def test_names_that_name_nothing(parts, tmp_path, name, message):
    (parts / "empty").mkdir()
    (parts / "notes.md").write_text("not data")
    with pytest.raises(DataError, match=message):
        read(parts / name, cache=tmp_path / "cache")


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"pt": np.ones(2)}, "dict"),
        (pa.table({"a": [1]}), "Table"),
        ([np.ones(2)], "ndarray"),
        (np.ones((2, 2)), "ndarray"),
    ],
)
def test_data_in_memory_are_no_files(tmp_path, files, kind):
    with pytest.raises(DataError, match=rf"Received: {kind}\. Of data in memory, the predict of a run .* write a file"):
        read(files, cache=tmp_path)


def test_no_files_at_all(tmp_path):
    with pytest.raises(DataError, match=r"name at least one file\. Received: an empty list"):
        read([], cache=tmp_path)


def test_all_files_that_cannot_be_used_are_named_at_once(tmp_path):
    odd = write(tmp_path / "a_odd.npz", x=np.zeros(2))
    for name in "bcd":
        write(tmp_path / f"{name}.npz", x=np.zeros(2), y=np.zeros(2))
    (tmp_path / "e_empty.npz").touch()
    (tmp_path / "f_cut.npz").write_bytes(odd.read_bytes()[:100])
    with pytest.raises(UnusableFilesError) as refused:
        read(tmp_path / "*.npz", cache=tmp_path)
    lines = str(refused.value).splitlines()
    assert lines[0] == "3 of 6 files cannot be used:"
    assert "e_empty.npz: is empty (0 bytes). Leave the file out, or write it again." in lines[1]
    assert "f_cut.npz: cannot be read as npz" in lines[2]
    assert re.search(r"a_odd\.npz: has other columns than .*b\.npz: y in b\.npz but not in a_odd\.npz", lines[3])
    assert lines[4].endswith("write the names of the others to a text file, one a line, and name it as @files.txt.")
    (tmp_path / "files.txt").write_text("b.npz\ngone.npz\nlost.npz\n", encoding="utf-8")
    with pytest.raises(
        UnusableFilesError, match=r"2 of 3 files .*:\n.*gone\.npz: there is no.*\n.*lost\.npz: there is no"
    ):
        read(f"@{tmp_path / 'files.txt'}", cache=tmp_path)
    many = UnusableFilesError([f"{number}.npz: is empty" for number in range(150)], 150)
    assert str(many).splitlines()[-2:] == ["  99.npz: is empty", "  ... and 50 more"]
    for number in range(25):
        (tmp_path / f"none{number}.npz").touch()
    with pytest.raises(
        DataError, match=r"none of the first 20 of 25 files .* were not tried\.\n .*none0\.npz: is empty"
    ):
        read(tmp_path / "none*.npz", cache=tmp_path)


def test_all_files_of_other_types_than_most_are_named_at_once(tmp_path):
    for name, x in (("a", "1\nbad"), ("b", "1\n2"), ("c", "1\n2.5"), ("d", "1\n?2"), ("e", "1\n3")):
        (tmp_path / f"{name}.csv").write_text(f"x\n{x}\n", encoding="utf-8")
    with pytest.raises(UnusableFilesError) as refused:
        read(tmp_path / "*.csv", cache=tmp_path)
    kind = r'column "x" has the type string here and (int64|double) in .*[bc]\.csv\.'
    for reason, name, word in zip(refused.value.reasons, "ad", ("bad", r"\?2"), strict=True):
        assert re.search(rf"{name}\.csv: {kind} {name}\.csv, row 1 holds the text '{word}'\. Give", reason)


def test_files_of_which_none_has_rows(tmp_path):
    for name in "ab":
        write(tmp_path / f"{name}.npz", x=np.zeros(0))
    with pytest.raises(UnusableFilesError, match=r"^none of 2 files has rows: \S+a\.npz, \S+b\.npz\."):
        read(tmp_path / "*.npz", cache=tmp_path)


def test_files_of_other_columns_are_refused(tmp_path):
    one = write(tmp_path / "one.npz", x=np.zeros(2), y=np.zeros(2))
    other = write(tmp_path / "other.npz", x=np.zeros(2), z=np.zeros(2))
    fewer = write(tmp_path / "fewer.npz", x=np.zeros(2))
    with pytest.raises(
        DataError, match=r"other\.npz: has other columns than .*one\.npz: y in one\.npz but not in other"
    ):
        read([one, other], cache=tmp_path)
    with pytest.raises(
        DataError, match=r"one\.npz: has other columns than .*fewer\.npz: y in one\.npz but not in fewer"
    ):
        read([fewer, one], cache=tmp_path)
    friend = write(tmp_path / "friend.npz", z=np.zeros(2))
    with pytest.raises(DataError, match=r"Both have 2 rows.* data\.friends: \[{files: \[friend\.npz\]}\]\."):
        read([one, friend], cache=tmp_path)


def test_columns_may_stand_in_another_order(tmp_path):
    one = write(tmp_path / "one.npz", x=np.zeros(2), y=np.ones(2))
    two = write(tmp_path / "two.npz", y=np.full(1, 2.0), x=np.full(1, 3.0))
    data = read([one, two], cache=tmp_path)
    assert data.names == ["x", "y"]
    assert data.column("y").tolist() == [1, 1, 2]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("f4", "f8", "f8"), ("i4", "i8", "i8"), ("i4", "f4", "f8"), ("u1", "i4", "i4"), ("i8", "f8", "f8")],
)
def test_narrow_numbers_are_widened(tmp_path, first, second, expected):
    values = np.arange(6).reshape(3, 2)
    files = [
        write(tmp_path / f"{kind}.npz", x=values.astype(kind), y=values[:, 0].astype(kind)) for kind in (first, second)
    ]
    for pair in (files, files[::-1]):
        data = read(pair, cache=tmp_path)
        assert data.column("x").dtype == expected
        np.testing.assert_array_equal(data.column("x"), np.concatenate([values, values]))
        np.testing.assert_array_equal(data.column("y"), [0, 2, 4, 0, 2, 4])


@pytest.mark.parametrize(
    ("first", "second"),
    [(np.zeros(2), np.array(["a", "b"])), (np.zeros(2, bool), np.zeros(2)), (np.zeros((2, 3)), np.zeros((2, 4))),
     (np.zeros((2, 4)), np.zeros(2))],
    ids=["number and text", "flag and number", "shapes", "list and number"],
)  # fmt: skip
def test_files_of_other_types_or_shapes_are_refused(tmp_path, first, second):
    files = [write(tmp_path / "one.npz", x=first), write(tmp_path / "two.npz", x=second)]
    with pytest.raises(DataError, match=r'two\.npz: column "x" has the type .* here and .* in .*one\.npz'):
        read(files, cache=tmp_path)


def test_text_where_another_file_has_numbers_is_named_with_its_row(tmp_path):
    for name, last in (("a", "1.5"), ("b", "many")):
        with (tmp_path / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["x"], ["1"], ["2"], [last]])
    with pytest.raises(
        DataError, match=r"b\.csv: column \"x\" has the type string.*b\.csv, row 2 holds the text 'many'"
    ):
        read(tmp_path / "*.csv", cache=tmp_path / "cache")


def test_a_number_that_cannot_be_widened_exactly_is_refused(tmp_path):
    files = [write(tmp_path / "i.npz", x=np.array([2**53 + 1])), write(tmp_path / "f.npz", x=np.zeros(2))]
    with pytest.raises(DataError, match=r'i\.npz: column "x" has the type int64 here and double.*hold it exactly'):
        read(files, cache=tmp_path)


def test_lists_of_several_files_and_missing_columns_are_joined(tmp_path):
    pq.write_table(pa.table({"l": pa.array([[1.0]], pa.list_(pa.float32())), "v": pa.nulls(1)}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"l": [[2.0, 3.0]], "v": [1.5]}), tmp_path / "b.parquet")
    data = read(tmp_path / "*.parquet", cache=tmp_path)
    np.testing.assert_array_equal(data.padded("l", 2), [[1, 0], [2, 3]])
    np.testing.assert_array_equal(data.column("v"), [np.nan, 1.5])


def test_files_of_several_formats_are_read_together(tmp_path):
    write(tmp_path / "a.npz", x=np.arange(2.0))
    pq.write_table(pa.table({"x": [2.0, 3.0]}), tmp_path / "b.parquet")
    assert read(tmp_path, cache=tmp_path / "cache").column("x").tolist() == [0, 1, 2, 3]
