"""Rows: what goes in comes out, and every value that cannot be used is named with file, row and column."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from netwright.config import parse_experiment
from netwright.data import Dataset, event_weights, input_rows, prepare, read, target_rows
from netwright.data.rows.categories import MISSING_CATEGORY, word_number
from netwright.errors import DataError

NUMERIC = {"kind": "numeric", "columns": ["a", "b"]}
NAN, INF = float("nan"), float("inf")


@pytest.fixture(scope="session")
def rows_of(dataset_of, experiment_of):
    """Return a function from columns and sections to rows; three good rows if nothing else is said."""

    def make(columns=None, **sections):
        table = {"a": [1.0, 2.0, 3.0], "b": [4, 5, 6], "y": [0, 1, 0], "w": [1.0, -2.0, 0.5]} | (columns or {})
        return prepare(dataset_of(table), experiment_of(**sections))

    return make


def group(**changes):
    return {"inputs": {"x": NUMERIC | changes}}


def target(kind="binary", **changes):
    return {"targets": {"t": {"kind": kind, "column": "y"} | changes}}


def test_more_rows_than_row_numbers_are_refused(experiment_of):
    table = pa.table({name: pa.nulls(2**31) for name in ("a", "b", "y")})  # takes no memory
    with pytest.raises(DataError, match=r"There are 2,147,483,648 rows, and a network can use at most 2,147,483,647"):
        prepare(Dataset(table, ()), experiment_of(inputs={"x": NUMERIC}))


def test_good_rows(rows_of):
    rows = rows_of(
        inputs={"x": NUMERIC, "c": {"kind": "categorical", "columns": ["b"]}},
        targets={
            "t": {"kind": "multiclass", "column": "y", "classes": {"top": 1, "qcd": 0}, "where": "a > 1"},
            "m": {"kind": "regression", "column": "w", "where": "y = 1"},
        },
    )
    assert len(rows) == 3
    np.testing.assert_array_equal(rows.inputs["x"], np.array([[1, 4], [2, 5], [3, 6]], dtype=np.float32))
    assert (rows.inputs["x"].dtype, rows.inputs["c"].dtype) == (np.float32, np.int32)
    assert rows.heads["t"].values.tolist() == [0, 0, 1]  # places in the order of the classes
    assert rows.heads["t"].counts.tolist() == [False, True, True]
    assert rows.heads["m"].values.tolist() == [0, -2, 0]
    assert rows.heads["m"].counts.tolist() == [False, True, False]
    assert rows.numbers.tolist() == [0, 1, 2]


def test_take_keeps_everything_together(rows_of):
    rows = rows_of(data={"files": ["f"], "weight": "w"})
    some = rows.take(np.array([2, 0]))
    assert some.inputs["x"][:, 0].tolist() == [3, 1]
    assert some.heads["is_signal"].values.tolist() == [0, 0]
    assert some.weights.tolist() == [0.5, 1.0]
    assert some.numbers.tolist() == [2, 0]
    np.testing.assert_array_equal(some.identity, rows.identity[[2, 0]])


def test_missing_values_stay_nan_where_they_are_declared(rows_of):
    rows = rows_of({"a": [1.0, NAN, None]}, **group(missing=True))
    np.testing.assert_array_equal(rows.inputs["x"][:, 0], [1, NAN, NAN])


def test_markers_stay_as_they_are_and_nan_is_missing_beside_them(rows_of):
    rows = rows_of({"a": [1.0, -999, None]}, **group(missing=[-999]))
    np.testing.assert_array_equal(rows.inputs["x"][:, 0], [1, -999, NAN])


def test_words_are_kept_by_column(rows_of):
    columns = {"c": ["e", None, "mu"], "d": [1, 2, None]}
    rows = rows_of(columns, inputs={"x": NUMERIC, "k": {"kind": "categorical", "columns": ["c", "d"]}})
    assert rows.words == {"c": {"e": word_number("e"), "mu": word_number("mu")}}
    assert rows.inputs["k"].tolist() == [
        [word_number("e"), 1],
        [MISSING_CATEGORY, 2],
        [word_number("mu"), MISSING_CATEGORY],
    ]


def test_rows_that_do_not_count_may_hold_anything(rows_of):
    rows = rows_of({"v": [NAN, 5.0, INF]}, **target("regression", column="v", where="y = 1"))
    assert rows.heads["t"].values.tolist() == [0, 5, 0]
    assert rows_of({"y": [0, 1, 7]}, **target(where="y < 2")).heads["t"].values.tolist() == [0, 1, 0]


def test_identity_columns_replace_the_content(rows_of):
    by_event = rows_of({"event": [5, 5, 6]}, data={"files": ["f"], "identity": ["event"]}).identity
    assert by_event[0] == by_event[1] != by_event[2]
    assert len(set(rows_of().identity.tolist())) == 3


@pytest.mark.parametrize(
    ("columns", "sections", "match"),
    [
        ({}, group(columns=["a", "bb"]), 'toy.csv: there is no column "bb".'),
        ({}, target(column="why"), 'toy.csv: there is no column "why".'),
        ({"a": ["1", "two", "3"]}, {}, "toy.csv, row 1: column \"a\" must hold numbers, but holds the text 'two'"),
        ({"y": ["0", "1", "top"]}, {}, "toy.csv, row 2: column \"y\" must hold numbers, but holds the text 'top'"),
        ({"a": [1.0, NAN, 3.0]}, {}, "inputs.x: column a, toy.csv, row 1: nan is not a finite number .*missing: true"),
        ({"b": [4, 5, None]}, {}, "inputs.x: column b, toy.csv, row 2: nan is not a finite number .*missing: true"),
        ({"a": [INF, 2.0, 3.0]}, {}, "inputs.x: column a, toy.csv, row 0: inf is not a finite number .*selection"),
        ({"a": [1.0, 2.0, -INF]}, group(missing=True), "column a, toy.csv, row 2: -inf is not a finite number"),
        ({"a": [1.0, 1e39, 3.0]}, {}, "row 1: 1e[+]39 is not a finite number in float32"),
        ({"a": np.ones((3, 2))}, {}, r"inputs.x: column a has shape \(2,\) in each row; .*such as a\[0\]"),
        ({"y": [0, 0, 2]}, {}, r"targets.is_signal: class signal \(y = 1\) has no rows in toy.csv. y has 0, 2."),
        ({}, target(where="a > 1.5 AND a < 2.5"), r"targets.t: class background \(y = 0\) has no rows"),
        ({}, target(where="a > 5"), "targets.t.where: no row fulfils 'a > 5'"),
        ({}, target(where="a + "), "targets.t.where: 'a [+] ' cannot be computed"),
        (
            {"a": 1.7e9 + np.arange(3.0)},
            target(column="y", protected={"column": "a"}),
            r"targets.t.protected: column a is too fine for float32, .*a_shifted: '\"a\" - 1700000001\'",
        ),
        (
            {"b": [4, 5, None]},
            group(columns=["a"]) | target(column="y", protected={"column": "b"}),
            "targets.t: column b, toy.csv, row 2: nan is not a finite number .*targets.t.where",
        ),
        (
            {"y": np.ones((3, 2, 2))},
            {},
            r"targets.is_signal: column y has shape \(2, 2\) in each row; .*first: '\"y\"\[1\]\[1\]\'",
        ),
        (
            {"y": [1.0, INF, 2.0]},
            target("regression"),
            "targets.t: column y, toy.csv, row 1: inf is not a finite number .*targets.t.where",
        ),
        (
            {"y": [1.0, 1e300, 2.0]},
            target("regression"),
            "targets.t: column y, toy.csv, row 1: 1e[+]300 is not a finite number in float32",
        ),
        (
            {"y": [1e-46, 3e-46, 2e-46]},
            target("regression"),
            r"targets.t: the largest value of column y is 3e-46 in absolute value.*y_scaled: '\"y\" \* 1e\+46",
        ),
        (
            {"y": [0.0, 1.7e9, 1.7e9 + 3]},
            target("regression"),
            "targets.t: column y is too fine for float32, .* its 3 distinct values become 2, and lie in distant",
        ),
        (
            {"w": [1.0, 1e200, -1.0]},
            {"data": {"weight": "w"}},
            r"largest weight in column w is 1e\+200.*w_scaled: '\"w\" / 1e\+200'",
        ),
        (
            {"w": [0.0, 1e-200, 0]},
            {"data": {"weight": "w"}},
            "largest weight in column w is 1e-200 in absolute value, and its",
        ),
        (
            {"w": [0.0, 0.0, -0.0]},
            {"data": {"weight": "w"}},
            "column w are zero; nothing would be learnt. Name another",
        ),
        (
            {"w": [1.0, NAN, 1.0]},
            {"data": {"weight": "w"}},
            r"column w, toy.csv, row 1: nan is not a finite number. Leave such rows out: .*isfinite\(\"w\"\)",
        ),
        ({"w": np.ones((3, 2))}, {"data": {"weight": "w"}}, r"column w has shape \(2,\) in each row.* such as w\[0\]"),
        ({}, {"data": {"weight": "ww"}}, 'there is no column "ww"'),
        ({}, {"data": {"identity": ["event"]}}, 'there is no column "event"'),
        ({"event": [1, None, 2]}, {"data": {"identity": ["event"]}}, "column event has 1 missing values"),
    ],
)
def test_bad_rows_are_named(rows_of, columns, sections, match):
    if "data" in sections:
        sections = {"data": {"files": ["f"]} | sections["data"]}
    with pytest.raises(DataError, match=f"(?s){match}"):
        rows_of(columns, **sections)


def test_the_row_is_that_of_the_file_after_a_selection(dataset_of, experiment_of):
    dataset = dataset_of({"a": [1.0, 2.0, 3.0, NAN], "b": [1, 1, 1, 1], "y": [0, 1, 0, 1]}).select(
        "a > 1.5 OR isnan(a)"
    )
    with pytest.raises(DataError, match=r"toy.csv, row 3: nan"):
        prepare(dataset, experiment_of())


def test_the_file_is_named_among_several(tmp_path, experiment_of):
    (tmp_path / "good.csv").write_text("a,b,y\n1,1,0\n2,2,1\n")
    (tmp_path / "nearly.csv").write_text("a,b,y\n1,1,0\n2,inf,1\n")
    with pytest.raises(DataError, match=r"column b, nearly.csv, row 1: inf is not a finite number"):
        prepare(read([tmp_path / "good.csv", tmp_path / "nearly.csv"]), experiment_of())


def test_weights_are_one_without_a_column(dataset_of):
    assert event_weights(dataset_of({"a": [1, 2]}), None).tolist() == [1, 1]


def test_single_functions_take_sections(dataset_of):
    dataset = dataset_of({"a": [1, 2], "y": [0, 1]})
    experiment = parse_experiment(
        {
            "data": {"files": ["f"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
            "targets": {"t": {"kind": "binary", "column": "y"}},
        }
    )
    assert input_rows(dataset, experiment.inputs)["x"].shape == (2, 1)
    assert target_rows(dataset, "t", experiment.targets["t"]).values.tolist() == [0, 1]


# --- four-vectors ---------------------------------------------------------------------------------------------

JETS = {"kind": "four-vectors", "columns": "p4", "at_most": 3}


@pytest.mark.parametrize(
    ("place", "value", "match"),
    [
        ((1, 2, 3), NAN, r"inputs.x: column p4 \(particle 2, pz\), toy.csv, row 1: nan is not a finite number"),
        ((0, 0, 0), INF, r"inputs.x: column p4 \(particle 0, E\), toy.csv, row 0: inf is not"),
        ((1, 1, 0), -5.0, "inputs.x: toy.csv, row 1: particle 1 is .*-5.0.*; E must be positive .*order E,px,py,pz"),
        ((1, 1, 0), 0.0, "inputs.x: toy.csv, row 1: particle 1 is .*; E must be positive"),
    ],
)
def test_bad_four_vectors(rows_of, place, value, match):
    p4 = np.ones((3, 3, 4))
    p4[place] = value
    with pytest.raises(DataError, match=match):
        rows_of({"p4": p4}, inputs={"x": JETS})


def test_four_vectors_in_another_order_are_noticed(rows_of, shared_data):
    with np.load(shared_data / "real_jets_1000.npz") as file:
        p4 = file["constituents"][:3]
    assert rows_of({"p4": p4}, inputs={"x": JETS}).inputs["x"].shape == (3, 3, 4)
    with pytest.raises(DataError, match="Are the columns in the order E,px,py,pz"):
        rows_of({"p4": p4[..., [1, 2, 3, 0]]}, inputs={"x": JETS})
