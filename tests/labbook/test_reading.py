"""All runs of a folder: compared with their parents, also where one is damaged or still being written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from tests.labbook.conftest import history_line

from netwright.errors import RunError
from netwright.labbook import (
    add_note,
    as_csv,
    chosen,
    flat_settings,
    in_order,
    lab_page,
    read_entries,
    read_settings,
    run_state,
    table_row,
    write_lab_page,
)
from netwright.labbook.settings import _block


@pytest.fixture
def folder(run_of, tmp_path: Path) -> Path:
    run_of(tmp_path, "a", seed=0)
    run_of(tmp_path, "b", started="2026-11-28T17:10:00+00:00", seed=2, training={"learning_rate": 0.01})
    run_of(tmp_path, "c", started="2026-11-28T17:20:00+00:00", seed=1, parent="../a", training={"epochs": 7, "seed": 3})
    return tmp_path


def names(entries) -> list[str]:
    return [entry.name for entry in entries]


def test_a_run_is_compared_with_its_parent_or_the_most_similar_before(folder: Path) -> None:
    first, second, third = read_entries(folder)
    assert (first.what, first.parent) == ("the first run of this name", None)
    assert (second.parent, second.inferred, second.what) == ("a", True, "training.learning_rate: 0.001 → 0.01")
    assert (third.parent, third.inferred) == ("a", False)
    assert third.what == "training.epochs: 100 → 7; training.seed: 1 → 3"
    assert table_row(third)[4:7] == ("roc auc of is_signal 0.760 ± 0.020", "check: overtraining", "1 min 30 s")


def test_a_parent_outside_of_the_folder_is_compared_with(run_of, tmp_path: Path) -> None:
    data = {"files": ["/data/toy.csv"]}
    run_of(tmp_path / "old", "p", data=data)
    run_of(tmp_path / "new", "q", parent="../../old/p", data=data, training={"epochs": 7})
    run_of(tmp_path / "new", "r", parent="../gone", data=data, training={"epochs": 7})
    entries = read_entries(tmp_path / "new")
    assert (entries[0].parent, entries[0].what) == ("p", "training.epochs: 100 → 7")
    assert (entries[1].parent, entries[1].what) == ("gone", "unknown: the parent run is missing")


def test_runs_are_sorted_and_chosen(folder: Path) -> None:
    entries = read_entries(folder)
    assert names(in_order(entries, "-metric")) == ["b", "c", "a"]
    assert names(in_order(entries, "training.epochs")) == ["c", "a", "b"]
    assert names(in_order(entries, "inputs.x.columns")) == ["a", "b", "c"]  # lists
    assert names(chosen(entries, ["metric>0.755"])) == ["b", "c"]
    assert names(chosen(entries, ["learning_rate=1e-2"])) == ["b"]
    assert names(chosen(entries, ["verdict~OVER", "epochs!=7", "metric<0.77"])) == ["a"]
    assert not chosen(entries, ["note~dropout"])
    for condition, message in {
        "metric": r"--filter metric: expected KEY=VALUE",
        "metric>x": r"only numbers are compared by < and >\. Received: 'x'\. Compare text by = or ~",
        "metrc=1": r"--filter metrc: is no column .* Did you mean \"metric\"\?",
        "kind=x": r"--filter kind: is the end of several keys: inputs\.x\.kind, .* Name one",
    }.items():
        with pytest.raises(RunError, match=message):
            chosen(entries, [condition])


def test_notes_are_appended_with_the_time(folder: Path) -> None:
    assert add_note(folder / "a", "no\n help ").endswith(": no help")
    (folder / "a" / "notes.md").write_text("# Notes\nmine, without an end")
    assert add_note(folder / "a", "half a \udcff \x1b[2Jcharacter").endswith(": half a [2Jcharacter")
    add_note(folder / "a", "second")
    lines = (folder / "a" / "notes.md").read_text().splitlines()
    assert lines[1] == "mine, without an end"
    assert len(read_entries(folder)[0].notes) == 3
    with pytest.raises(RunError, match=r"A note has 1 to 10,000 characters\. Received: 0"):
        add_note(folder / "a", " ")
    with pytest.raises(RunError, match=r"notes\.md: the note cannot be written .* Check the disk"):
        add_note(folder / "gone", "x")


def test_the_page_is_markdown_that_one_can_commit(folder: Path) -> None:
    add_note(folder / "b", "a larger [rate](x) <b>")
    page = lab_page(read_entries(folder))
    assert "## b\n- Date: 2026-11-28 17:10\n- What, against a: training.learning\\_rate: 0.001 → 0.01\n- Why: " in page
    assert r"a larger \[rate\](x) \<b\>" in page
    assert "- Found: roc auc of is\\_signal 0.770 ± 0.020, check: overtraining, 1 min 30 s" in page
    path = write_lab_page(folder, read_entries(folder))
    assert write_lab_page(folder, read_entries(folder)).read_text() == page
    path.write_text("my own lab book")
    with pytest.raises(RunError, match=r"lab\.md: was not written by netwright lab, so it is not overwritten"):
        write_lab_page(folder, [])
    path.unlink()
    path.mkdir()
    with pytest.raises(RunError, match=r"lab\.md: cannot be read \(Is a directory\)\. Check its permissions"):
        write_lab_page(folder, [])


def test_csv_has_every_digit(folder: Path) -> None:
    lines = as_csv(read_entries(folder)).splitlines()
    assert lines[0].startswith("started,run,state,parent,changed,head,metric,value,uncertainty")
    assert ",is_signal,roc_auc,0.77,0.02,check: overtraining,90.000," in lines[2]


def test_a_run_that_is_being_written_is_read(folder: Path) -> None:
    for name in ("report.html", "training.json", "evaluation.json"):
        (folder / "b" / name).unlink()
    (folder / "b" / "findings.json").write_text('{"findings": [')
    (folder / "b" / ".lock").write_text("")
    with (folder / "b" / "history.jsonl").open("a") as file:
        file.write('{"member": 0, "epo')
    entry = read_entries(folder)[1]
    assert (entry.state, entry.value, entry.seconds, entry.verdict) == ("training", None, 90.0, "")
    assert table_row(entry)[5] == "training"


@pytest.mark.parametrize(
    ("teams", "workers", "took"), [([[0, 1, 2]], 1, 90), ([[0], [1], [2]], 1, 270), ([[0], [1], [2]], 2, 180)]
)
def test_the_time_of_a_run_is_that_of_all_members(
    folder: Path, teams: list[list[int]], workers: int, took: int
) -> None:
    """Members that follow one another count from their own first step each."""
    lines = [history_line(epoch, member=member) for member in range(3) for epoch in (1, 2, 3)]
    (folder / "b" / "history.jsonl").write_text("".join(lines))
    (folder / "b" / "plan.json").write_text(json.dumps({"teams": teams, "workers": workers}))
    assert read_entries(folder)[1].seconds == took


def test_damaged_runs_are_said_and_the_others_shown(folder: Path) -> None:
    (folder / "a" / "experiment.yaml").write_text("name: [")
    (folder / "b" / "experiment.yaml").write_text("- list")
    (folder / "c" / "experiment.yaml").write_bytes(b"#" * (2**20 + 1))
    (folder / "notes").mkdir()
    problems = {entry.name: entry.problem for entry in read_entries(folder)}
    assert "a/experiment.yaml: cannot be read (while parsing" in problems["a"]
    assert "b/experiment.yaml: is no experiment file" in problems["b"]
    assert "longer than a megabyte" in problems["c"]
    assert {entry.state for entry in read_entries(folder)} == {"unreadable"}


def test_a_run_of_another_version_is_read(folder: Path) -> None:
    (folder / "b" / "experiment.yaml").write_text(
        "name: toy\nfuture: {knob: 3}\ntargets: {y: {kind: quantum, column: y}}\n"
    )
    (folder / "b" / "environment.json").unlink()
    entry = next(one for one in read_entries(folder) if one.name == "b")
    assert (entry.value, entry.state) == (None, "complete")
    assert any(str(one) == "future.knob: not set → 3" for one in entry.changed)


def test_no_runs_and_no_folder(tmp_path: Path) -> None:
    assert read_entries(tmp_path) == []
    with pytest.raises(RunError, match=r"nothing does not exist\. Name a folder of runs, or make"):
        read_entries(tmp_path / "nothing")
    (tmp_path / "runs").mkdir()
    with pytest.raises(RunError, match=r"rnus does not exist\. Did you mean \"runs\"\?"):
        read_entries(tmp_path / "rnus")
    (tmp_path / "notes.md").write_text("")
    with pytest.raises(RunError, match=r"notes\.md is not a folder\. Name a folder of runs"):
        read_entries(tmp_path / "notes.md")


def test_one_run_and_those_of_a_scan(run_of, tmp_path: Path) -> None:
    run = run_of(tmp_path / "x-scan", "training")
    assert names(read_entries(run)) == ["training"]
    (run / "training.json").unlink()
    assert run_state(run) == "incomplete"
    (tmp_path / "x-scan" / "scan.json").write_text("{}")
    (entry,) = read_entries(tmp_path)
    assert (entry.name, entry.state) == ("x-scan/training", "complete")


def test_a_search_is_listed_with_the_best_that_it_trained_anew(run_of, tmp_path: Path) -> None:
    data = {"files": ["/data/toy.csv"]}
    search = run_of(tmp_path, "x-search", data=data)
    (search / "batches" / "0001").mkdir(parents=True)
    run_of(search, "best-3", started="2026-11-28T17:10:00+00:00", data=data, training={"learning_rate": 0.01})
    (search / "best-4").mkdir()
    assert names(read_entries(tmp_path)) == ["x-search", "x-search/best-3"]
    assert names(read_entries(search)) == ["x-search", "best-3"]
    assert [entry.what for entry in read_entries(search)] == ["a search", "the first run of this name"]
    assert run_state(search) == "complete"
    (search / "report.html").unlink()
    assert run_state(search) == "incomplete"
    (search / "batches" / "0001" / ".lock").write_text("")
    assert run_state(search) == "training"


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\nb: {c: 2}\n",
        "# first\na: |\n  b: 1\n  c\nd:\n- 1\n- 2\n",
        "---\na: 1\nb: 2\n",
        "a: &x {k: 1}\nb: *x\n",
        "a: {\nb: 1}\nc: 2\n",
        "files: ['/data/*.csv', a & b]\na: 1\na: 2\n",
        'a: "x\n\n  b: 1"\nc: "d: e"\n',
    ],
)
def test_settings_that_are_read_key_by_key_are_those_of_the_whole_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "experiment.yaml").write_text(text)
    assert read_settings(tmp_path) == yaml.safe_load(text)


def test_thousands_of_runs_are_read_at_once(tmp_path: Path) -> None:
    """A tenth of 10,000; benchmarks/many_runs.py takes the time of all."""
    for number in range(1_000):
        (tmp_path / str(number)).mkdir()
        text = f"name: x\ntraining: {{seed: {number}}}\n" + "".join(f"k{key}: {{a: 1}}\n" for key in range(60))
        (tmp_path / str(number) / "experiment.yaml").write_text(text)
    _block.cache_clear()
    entries = read_entries(tmp_path)
    assert _block.cache_info().misses < 1_100  # of 61,000 keys: what runs have in common is parsed once
    assert len(entries) == 1_000
    assert all(len(entry.changed) == 1 for entry in entries[1:])


def test_aliases_cannot_fill_the_memory(folder: Path) -> None:
    levels = "".join(f"l{i}: &l{i} {{{', '.join(f'k{j}: *l{i - 1}' for j in range(9))}}}\n" for i in range(1, 9))
    (folder / "a" / "experiment.yaml").write_text(f"l0: &l0 {{k: 1}}\n{levels}")
    assert len(read_entries(folder)[0].settings) == 20_000
    assert flat_settings({"a": {}}) == {}


def test_the_environment_says_when_a_run_began(folder: Path) -> None:
    (folder / "a" / "environment.json").write_text(json.dumps({"started": 3}))
    assert len(next(entry for entry in read_entries(folder) if entry.name == "a").started) == 16
