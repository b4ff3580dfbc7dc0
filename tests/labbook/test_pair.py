"""Two runs compared on the same test rows, or told apart where they cannot be."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.html_pages import check_page

import netwright as nw
from netwright.errors import RunError
from netwright.lab import open_run
from netwright.labbook import compare_runs
from netwright.workflow import compare


@pytest.fixture
def two(run_of, tmp_path: Path):
    one = run_of(tmp_path, "one", seed=1, noise=1.5)
    other = run_of(tmp_path, "other", seed=2, noise=0.7, training={"learning_rate": 0.01})
    return open_run(one), open_run(other)


def changed_table(run: nw.Run, change) -> None:
    path = run.path / "predictions.parquet"
    pq.write_table(change(pq.read_table(path)), path)


def test_a_better_network_is_called_better_and_a_worse_one_worse(two) -> None:
    pair = compare_runs(*two)
    assert [str(one) for one in pair.changed] == ["training.learning_rate: 0.001 → 0.01"]
    assert (pair.data, pair.versions, pair.reason, pair.remark) == ((), (), "", "")
    methods = {metric.metric: metric.method for metric in pair.metrics}
    assert methods.pop("roc_auc") == "DeLong"
    assert set(methods.values()) <= {"paired bootstrap"}
    assert len(methods) + 1 == len(pair.metrics)  # one answer for each metric
    area = pair.metrics[0]
    assert area.verdict == "better"
    assert area.gain.value == pytest.approx(area.other - area.one, abs=1e-12)
    assert area.p_value == pytest.approx(math.erfc(area.sigma / math.sqrt(2)))
    back = compare_runs(*reversed(two)).metrics[0]
    assert (back.verdict, back.sigma) == ("worse", pytest.approx(-area.sigma))


def test_the_same_scores_are_no_difference(two) -> None:
    pair = compare_runs(two[0], two[0])
    assert {metric.verdict for metric in pair.metrics} == {"no clear difference"}
    assert pair.remark.startswith("No setting differs")


def test_rows_in_another_order_are_the_same_rows(two) -> None:
    before = compare_runs(*two).metrics[0]
    changed_table(two[1], lambda table: table.take(np.random.default_rng(0).permutation(table.num_rows)))
    after = compare_runs(*two).metrics[0]
    assert after.gain.value == pytest.approx(before.gain.value, abs=1e-12)


def test_other_test_rows_are_not_compared(two) -> None:
    changed_table(two[1], lambda table: table.slice(5))
    pair = compare_runs(*two)
    assert pair.reason == (
        "Their test rows differ: 340 and 335, 335 of them in common. Give both the same data, selection and split."
    )
    assert pair.metrics == ()


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("weight", np.full(400, 2.0), "test rows have different weights"),
        ("is_signal_true", np.zeros(400, int), "different truths in head is_signal"),
    ],
)
def test_other_weights_or_truths_are_other_rows(two, column, values, reason) -> None:
    changed_table(two[1], lambda table: table.set_column(table.column_names.index(column), column, pa.array(values)))
    assert reason in compare_runs(*two).reason


def test_other_heads_and_names_of_rows(run_of, tmp_path: Path, two) -> None:
    target = {"is_signal": {"kind": "binary", "column": "y", "classes": {"a": 0, "b": 1}}}
    assert "no head of the same name" in compare_runs(two[0], open_run(run_of(tmp_path, "x", targets=target))).reason
    assert (
        "identified by different columns (data.identity)"
        in compare_runs(two[0], open_run(run_of(tmp_path, "z", identity=False))).reason
    )


def test_without_identity_columns_the_fingerprint_decides(run_of, tmp_path: Path) -> None:
    one, other = (open_run(run_of(tmp_path, name, seed=at, identity=False)) for at, name in enumerate("ab"))
    assert compare_runs(one, other).metrics
    split = json.loads((other.path / "split.json").read_text())
    split["data"] |= {"content": "other", "files": [{"name": "new.csv", "rows": 7, "sha256": "cd" * 32}]}
    (other.path / "split.json").write_text(json.dumps(split))
    pair = compare_runs(one, other)
    assert "without data.identity a row is identified by its inputs" in pair.reason
    assert pair.data == (
        f"toy.csv (400 rows, SHA-256 {'ab' * 6}) is only in the first.",
        f"new.csv (7 rows, SHA-256 {'cd' * 6}) is only in the second.",
        "The fingerprints of their rows differ: identities, weights, targets or inputs.",
    )


def test_more_than_one_change_is_said(run_of, tmp_path: Path, two) -> None:
    other = run_of(tmp_path, "many", training={"epochs": 3, "seed": 9})
    (other / "environment.json").write_text(json.dumps({"netwright": "0.3", "git_commit": None, "seed": 1}))
    pair = compare_runs(two[0], open_run(other))
    assert pair.remark.startswith("2 settings differ (training.epochs, training.seed)")
    assert [str(version) for version in pair.versions] == ["netwright: 0.2 → 0.3"]


def test_the_page_shows_all_of_it(two, run_of, tmp_path: Path) -> None:
    third = run_of(tmp_path, "third", seed=3)
    result = compare([*two, third])
    assert result.path == tmp_path / "compare-one-other-third.html"
    page = result.path.read_text()
    check_page(page)
    assert page.count("<img") == 3
    for words in ("training.learning_rate", "DeLong", "better", "The same files and rows", "other, third against one"):
        assert words in page
    with pytest.raises(RunError, match=r"Name two or more different runs\. Received: .*one, .*one"):
        nw.compare([two[0], two[0].path])
    with pytest.raises(RunError, match=r"Name two or more different runs\. Received: .*one\."):
        nw.compare(str(two[0].path))  # each of its letters was taken for a run


def test_runs_with_intervals_are_compared_by_their_medians(run_of, tmp_path: Path) -> None:
    """Five quantiles less one truth ended with an error of NumPy."""
    runs = []
    for seed in (1, 2):
        targets = {"q": {"kind": "quantiles", "column": "y"}}
        run = open_run(run_of(tmp_path, f"run-{seed}", seed=seed, targets=targets))
        truth = np.linspace(1, 2, len(pq.read_table(run.path / "predictions.parquet")))
        median = truth + 0.1 * np.random.default_rng(seed).normal(size=len(truth))
        ends = {"q_low_68": -0.1, "q_high_68": 0.1, "q_low_95": -0.2, "q_high_95": 0.2}
        columns = {"q_median": median, **{name: median + shift for name, shift in ends.items()}, "q_true": truth}
        for name, values in columns.items():
            changed_table(run, lambda table, name=name, values=values: table.append_column(name, pa.array(values)))
        runs.append(run)
    result = compare(runs)
    assert [metric.metric for metric in result.pairs[0].metrics] == ["resolution", "interval_width_68"]
    assert "Residuals of q" in result.path.read_text()
