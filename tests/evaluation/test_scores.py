"""Scores part by part: the same wherever parts end, and in memory that does not grow with the rows."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pyarrow as pa
import pytest

from netwright.config import BinaryTarget, parse_experiment
from netwright.data import HeadRows, divide, prepare
from netwright.errors import DataError
from netwright.evaluation import (
    Scores,
    available_heads,
    evaluate_by_part,
    measure_members,
    score_columns,
    score_table,
    score_tables,
    scored_rows,
)
from netwright.evaluation import by_part as of_judged
from netwright.evaluation import chunks as scored_chunks
from netwright.models import combine, ensemble, make_forward

ROWS = 60
EXPERIMENT = {
    "data": {"files": ["toy.csv"], "identity": ["event"], "derived": {"double": "2 * a"}},
    "inputs": {"x": {"kind": "numeric", "columns": ["a", "double"]}},
    "targets": {
        "t": {"kind": "binary", "column": "t"},
        "f": {"kind": "multiclass", "column": "f", "classes": {"u": 0, "s": 1, "b": 2}},
    },
}
CROSS = {"split": {"kind": "cross", "folds": 3}, "ensemble": {"members": 2}}


def network(seed):
    x = keras.Input((2,), name="x")
    first = keras.layers.Dense(8, activation="tanh", kernel_initializer=keras.initializers.HeNormal(seed=seed))(x)
    t = keras.layers.Dense(1, activation="sigmoid", name="t")(first)
    f = keras.layers.Dense(3, activation="softmax", name="f")(first)
    return keras.Model({"x": x}, {"t": t, "f": f})


@pytest.fixture(scope="module")
def case(dataset_of):
    """Return data, and an experiment and a network for shares and for cross-validation."""
    random = np.random.default_rng(3)
    columns = {"a": random.normal(size=ROWS), "event": np.arange(ROWS), "t": np.arange(ROWS) % 2}
    dataset = dataset_of(columns | {"f": np.arange(ROWS) % 3})
    alone, crossed = parse_experiment(EXPERIMENT), parse_experiment(EXPERIMENT | CROSS)
    together = ensemble([network(seed) for seed in range(6)], crossed.targets, "mean", {})
    return dataset, {"shares": (alone, network(7)), "cross": (crossed, together)}


@pytest.mark.parametrize("kind", ["shares", "cross"])
@pytest.mark.parametrize(("at_once", "derived_at_once"), [(7, 100), (20, 20)])
def test_parts_change_nothing(case, kind, at_once, derived_at_once, monkeypatch):
    dataset, kinds = case
    experiment, model = kinds[kind]
    table, scores = score_table(model, experiment, dataset), scored_rows(model, experiment, dataset)[0]
    monkeypatch.setattr(scored_chunks, "rows_at_once", lambda _: at_once)
    monkeypatch.setattr(scored_chunks, "_DERIVED_AT_ONCE", derived_at_once)
    updates = []
    parts = list(score_tables(model, experiment, dataset, progress=lambda *args: updates.append(args[:3])))
    assert [part.num_rows for part in parts[:-1]] == [at_once] * (len(parts) - 1)
    assert updates[-1] == ("Scoring", ROWS, ROWS)
    whole = pa.concat_tables(parts)
    assert whole.schema.equals(table.schema)
    spread = ["t_spread", "f_u_spread", "f_s_spread", "f_b_spread"] if kind == "cross" else []
    assert set(whole.column_names) == {"event", "t", "f_u", "f_s", "f_b", *spread}
    assert whole["event"].equals(table["event"])
    for name in whole.column_names:
        np.testing.assert_allclose(whole[name].to_numpy(), table[name].to_numpy(), rtol=1e-5, atol=1e-6)
    again = scored_rows(model, experiment, dataset)[0]
    np.testing.assert_array_equal(again.member_mask, scores.member_mask)
    for head in ("t", "f"):
        np.testing.assert_allclose(again.members[head], scores.members[head], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(again.heads[head], scores.heads[head], rtol=1e-5, atol=1e-6)
        assert scores.members[head].shape == (ROWS, 6 if kind == "cross" else 1, 1 if head == "t" else 3)


def test_no_rows_have_no_scores(case):
    dataset, kinds = case
    experiment, model = kinds["cross"]
    assert score_table(model, experiment, dataset.slice(0, 0)).num_rows == 0


def test_a_row_that_cannot_be_scored_is_that_of_the_file(case, dataset_of, monkeypatch):
    dataset, kinds = case
    experiment, model = kinds["shares"]
    values = dataset.column("a").copy()
    values[41] = np.nan
    monkeypatch.setattr(scored_chunks, "rows_at_once", lambda _: 10)
    tables = score_tables(model, experiment, dataset_of({"a": values, "event": np.arange(ROWS)}))
    assert sum(next(tables).num_rows for _ in range(4)) == 40
    with pytest.raises(DataError, match=r"inputs.x: column a, toy.csv, row 41: nan is not a finite number"):
        next(tables)


def test_a_row_without_a_value_is_not_said_to_be_selected(case, dataset_of):
    _, kinds = case
    experiment, model = kinds["shares"]
    changed = experiment.model_copy(update={"data": experiment.data.model_copy(update={"selection": "other > 2"})})
    columns = {"a": np.ones(3), "event": np.arange(3), "other": [3.0, np.nan, 1.0]}
    (table,) = score_tables(model, changed, dataset_of(columns), mark_selected=True)
    assert table["selected"].to_pylist() == [True, None, False]


@pytest.mark.parametrize("kind", ["shares", "cross"])
def test_every_part_of_a_division_is_judged_by_its_members(case, kind, monkeypatch):
    dataset, kinds = case
    experiment, model = kinds[kind]
    rows = prepare(dataset.derive(experiment.data.derived), experiment)
    division = divide(rows.identity, experiment.split)
    members = experiment.ensemble.members
    monkeypatch.setattr(of_judged, "rows_at_once", lambda _: 11)
    updates = []
    parts = evaluate_by_part(model, rows, division, members, progress=lambda *args: updates.append(args[:3]))
    assert updates[-1] == ("Scoring", ROWS, ROWS)
    outputs = make_forward(model)(rows.inputs)
    for name, part in parts.items():
        folds = division.folds_of(name)
        np.testing.assert_array_equal(part.numbers, np.flatnonzero(folds.any(axis=1)))
        member_mask = np.repeat(folds[part.numbers], members, axis=1)
        np.testing.assert_array_equal(part.scores.member_mask, member_mask)
        of_part = {head: values[part.numbers] for head, values in outputs.items()}
        heads, spread = combine(model, of_part, member_mask)
        for head in heads:
            np.testing.assert_allclose(part.scores.members[head], of_part[head], rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(part.scores.heads[head], heads[head], rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(part.scores.spread[head], spread[head], rtol=1e-4, atol=1e-6)


MEASURE = """
    import re, sys, threading
    import numpy as np, pyarrow.parquet as pq
    import netwright, keras
    from netwright.config import parse_experiment
    from netwright.data import read
    from netwright.evaluation import score_tables

    def anonymous():
        return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024

    path, out = sys.argv[1:]
    experiment = parse_experiment({
        "data": {"files": [path], "derived": {"one": "p4[1][1]"}}, "targets": {"t": {"kind": "binary", "column": "t"}},
        "inputs": {
            "x": {"kind": "four-vectors", "columns": "p4", "at_most": 200},
            "y": {"kind": "numeric", "columns": ["one"]},
        },
    })
    x, y = keras.Input((200, 4), name="x"), keras.Input((1,), name="y")
    together = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling1D()(x), y])
    model = keras.Model({"x": x, "y": y}, {"t": keras.layers.Dense(1, name="t")(together)})
    dataset = read(path)
    list(score_tables(model, experiment, dataset.slice(0, 5000)))
    before = peak = anonymous()
    done = threading.Event()

    def watch():
        global peak
        while not done.wait(0.002):
            peak = max(peak, anonymous())

    watching = threading.Thread(target=watch)
    watching.start()
    writer, rows = None, 0
    for table in score_tables(model, experiment, dataset):
        writer = writer or pq.ParquetWriter(out, table.schema)
        writer.write_table(table)
        rows += table.num_rows
    writer.close()
    done.set()
    watching.join()
    print(rows, peak - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is told by Linux only")
def test_scoring_takes_bounded_memory(tmp_path):
    p4 = np.zeros((40_000, 200, 4), dtype=np.float32)
    p4[:, :3] = np.random.default_rng(2).uniform(1, 9, (40_000, 3, 4))
    p4[:, :3, 0] = 30
    np.savez(tmp_path / "jets.npz", p4=p4)
    command = [sys.executable, "-c", textwrap.dedent(MEASURE), str(tmp_path / "jets.npz"), str(tmp_path / "out")]
    environment = dict(os.environ) | {"NETWRIGHT_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    rows, peak = done.stdout.split()
    assert int(rows) == 40_000
    assert int(peak) < 80e6  # of 128 MB of inputs, 13 MB at once


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_no_number_is_refused_with_its_head(value):
    predicted = np.array([0.5, value, 0.25], np.float32)
    scores = Scores({"y": predicted}, {"y": predicted}, {"y": predicted[:, None, None]}, np.ones((3, 1), bool))
    with pytest.raises(DataError, match=r"targets\.y: the network gives \[(nan|inf)\] for a row, which is not"):
        score_columns("y", BinaryTarget(kind="binary", column="y"), scores)


def test_rows_without_some_of_several_classes_are_judged(case, dataset_of):
    """A file of some processes has no row of the others; of two classes, one alone says nothing."""
    experiment = case[1]["shares"][0]
    there, absent = available_heads(experiment, dataset_of({"t": np.zeros(4, int), "f": np.array([0, 1, 1, 0])}))
    assert there["f"].values.tolist() == [0, 1, 1, 0]
    assert absent == {"t": "targets.t: class signal (t = 1) has no rows in toy.csv. t has 0."}


def test_other_files_have_the_protected_column_or_the_reason_why_not(case, dataset_of):
    """`evaluate RUN FILES` said nothing of a protected column, derived or not, that the files have."""
    head = EXPERIMENT["targets"]["t"] | {"protected": {"column": "double"}}
    experiment = parse_experiment(EXPERIMENT | {"targets": {"t": head}})
    there, absent = available_heads(experiment, case[0])
    assert not absent
    np.testing.assert_allclose(there["t"].protected, 2 * case[0].column("a"), rtol=1e-6)
    there, absent = available_heads(experiment, dataset_of({"t": np.array([0, 1])}))
    assert there["t"].protected is None
    assert 'there is no column "a"' in absent["t.protected"]


def test_rows_without_the_identity_that_picks_their_networks_are_refused_with_the_reason(case, dataset_of):
    experiment, model = case[1]["cross"]
    with pytest.raises(
        DataError, match=r'no column "event".* After split\.kind: cross, the identity of a row \(event\)'
    ):
        score_table(model, experiment, dataset_of({"a": np.arange(3.0)}), None)


def test_members_without_rows_of_a_class_do_not_keep_the_others_from_being_measured():
    truth = HeadRows(np.array([0, 1, 0, 1, 1, 1]), np.ones(6, np.bool_))
    mask = np.repeat(np.eye(3, dtype=np.bool_), 2, axis=0)  # the last member has signal alone
    predicted = np.tile(np.array([0.1, 0.9, 0.6, 0.4, 0.8, 0.7])[:, None, None], (1, 3, 1))
    scores = Scores({"t": predicted[:, 0, 0]}, {}, {"t": predicted}, mask)
    target = BinaryTarget(kind="binary", column="t")
    measured = measure_members("t", target, scores, truth, np.ones(6))
    assert measured["roc_auc"].value == 0.875
    assert measured["roc_auc"].spread == pytest.approx(np.std([1.0, 0.0], ddof=1))
