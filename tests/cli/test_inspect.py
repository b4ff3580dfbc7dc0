"""`netwright inspect` as a stranger uses it: files or an experiment, tables on the screen, a page and numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from netwright.cli._app import app
from netwright.errors import ExperimentError

ROWS = 600


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    """One file of rows of two classes, in the working directory."""
    random = np.random.default_rng(3)
    label = random.integers(0, 2, ROWS)
    np.savez(
        tmp_path / "toy.npz",
        x=random.normal(size=ROWS) + label,
        v=random.normal(size=(ROWS, 6)),
        weight=np.where(random.uniform(size=ROWS) < 0.1, -1.0, 1.0),
        event=np.arange(ROWS),
        label=label,
    )
    monkeypatch.chdir(tmp_path)


def experiment(columns):
    content = {
        "name": "mine",
        "data": {"files": ["toy.npz"], "weight": "weight"},
        "inputs": {"numbers": {"kind": "numeric", "columns": columns}},
        "targets": {"is_signal": {"kind": "binary", "column": "label"}},
    }
    Path("experiment.yaml").write_text(yaml.safe_dump(content))


def run(*arguments: str):
    return CliRunner().invoke(app, ["inspect", *arguments], catch_exceptions=False)


def numbers(folder: str):
    return json.loads(Path(folder, "inspection.json").read_text(encoding="utf-8"))


def test_files_without_an_experiment():
    answer = run("toy.npz", "--target", "label", "--weight", "weight", "--output", "seen")
    assert answer.exit_code == 0, answer.output
    for words in ("column", "deviation", "event", "identity", "PASS", "classes of label", "600 rows, 10 features"):
        assert words in answer.output, words
    assert "Not checked: rows in two parts of a split, because there is no experiment" in answer.output
    assert "\x1b" not in answer.output
    assert "v[3]" in answer.output
    assert "v[4]" not in answer.output  # lists are shown by their first values, and are complete in the page
    result = numbers("seen")
    assert result["files"] == [{"name": "toy.npz", "rows": ROWS}]
    assert [head["column"] for head in result["heads"]] == ["label"]
    assert result["weight"]["negative_rows"] == pytest.approx(0.1, abs=0.05)
    page = Path("seen/inspection.html").read_text(encoding="utf-8")
    figures = {path.stem for path in Path("seen/figures").glob("*.png")}
    assert figures == {"classes", "targets", "distributions-1", "profile-v", "correlations", "pairs"}
    assert figures == {path.stem for path in Path("seen/figures").glob("*.pdf")}
    assert page.count("<img ") == len(figures)


def test_an_experiment_that_has_to_be_mended_leaves_with_1():
    experiment(["x", "event"])
    answer = run("experiment.yaml")
    assert answer.exit_code == 1
    assert "identifiers" in answer.output
    assert numbers("inspections/mine")["severity"] == "FAIL"
    assert Path("inspections/mine/inspection.html").is_file()


def test_without_a_target_it_says_what_it_cannot_judge_and_names_are_no_markup():
    np.savez("odd.npz", **{"[red]x[/red]": np.arange(50.0) ** 2, "[bold]": np.ones(50)})
    answer = run("odd.npz")
    assert answer.exit_code == 0, answer.output
    assert "[red]x[/red]" in answer.output
    assert "[bold]: every row has the same value" in " ".join(answer.output.split())
    assert "features that give the answer, because no column was named with --target" in answer.output
    assert numbers("inspections/odd")["heads"] == []


def test_options_that_an_experiment_answers_itself():
    experiment(["x"])
    with pytest.raises(ExperimentError, match=r"the experiment already names target, weight, key and csv"):
        run("experiment.yaml", "--target", "label")


def test_samples_are_shown_with_their_yields():
    toy = dict(np.load("toy.npz", allow_pickle=False))
    del toy["label"]  # files with a label would be one data set
    for name in ("one", "more"):
        np.savez(f"{name}.npz", **toy)
    answer = run("one.npz", "more.npz")
    assert answer.exit_code == 0, answer.output
    assert "600 of 600" in answer.output
    page = Path("inspections/one/inspection.html").read_text(encoding="utf-8")
    assert "Samples: selected rows" in page
    assert [one["sample"] for one in numbers("inspections/one")["samples"]] == ["one", "more"]
