"""`netwright inspect` as a stranger uses it: files or an experiment, tables on the screen, a page and numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from netwright.cli._app import app
from netwright.errors import DataError, ExperimentError

ROWS = 2_000


@pytest.fixture
def toy(tmp_path, monkeypatch):
    random = np.random.default_rng(3)
    for number in range(2):
        label = random.integers(0, 2, ROWS // 2)
        np.savez(
            tmp_path / f"toy_{number}.npz",
            x=random.normal(size=ROWS // 2) + label,
            y=random.normal(size=ROWS // 2),
            pt=np.where(label == 1, random.exponential(30, ROWS // 2) + 20, 0.0),
            weight=np.where(random.uniform(size=ROWS // 2) < 0.1, -1.0, 1.0),
            event=np.arange(ROWS // 2) + number * ROWS,
            label=label,
            unused=np.zeros(ROWS // 2),
        )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def experiment(**changes):
    content = {
        "name": "toy",
        "data": {"files": ["toy_*.npz"], "weight": "weight", "identity": ["event"], "derived": {"z": "x + y"}},
        "inputs": {"numbers": {"kind": "numeric", "columns": ["x", "y", "z"]}},
        "targets": {
            "is_signal": {"kind": "binary", "column": "label"},
            "energy": {"kind": "regression", "column": "pt", "where": "label = 1", "unit": "GeV"},
        },
    }
    for path, value in changes.items():
        *above, last = path.split("__")
        place = content
        for key in above:
            place = place[key]
        place[last] = value
    Path("experiment.yaml").write_text(yaml.safe_dump(content))


def run(*arguments: str):
    return CliRunner().invoke(app, ["inspect", *arguments], catch_exceptions=False)


def numbers(folder: str):
    return json.loads(Path(folder, "inspection.json").read_text(encoding="utf-8"))


def test_files_without_an_experiment(toy):
    answer = run("toy_0.npz", "toy_1.npz", "--target", "label", "--weight", "weight", "--out", "seen")
    assert answer.exit_code == 0, answer.output
    for words in ("column", "deviation", "event", "identity", "PASS", "drift between files", "2,000 rows, 7 features"):
        assert words in answer.output, words
    assert "Not judged: rows in two parts of a split, because there is no experiment" in answer.output
    assert "\x1b" not in answer.output
    found = numbers("seen")
    assert found["files"] == [{"name": "toy_0.npz", "rows": 1000}, {"name": "toy_1.npz", "rows": 1000}]
    assert [head["column"] for head in found["heads"]] == ["label"]
    assert found["weight"]["negative_rows"] == pytest.approx(0.1, abs=0.03)
    page = Path("seen/inspection.html").read_text(encoding="utf-8")
    assert page.count("<img ") == len(list(Path("seen/figures").glob("*.png"))) >= 4
    assert {p.stem for p in Path("seen/figures").glob("*.pdf")} == {p.stem for p in Path("seen/figures").glob("*.png")}


def test_without_target_and_weight_it_says_what_it_cannot_judge(toy):
    answer = run("toy_0.npz")
    assert answer.exit_code == 0, answer.output
    assert "features that give the answer, because no column was named with --target" in answer.output
    found = numbers("inspections/toy_0")
    assert found["heads"] == []
    assert found["weight"]["column"] is None
    assert "drift between files" in found["skipped"]


def test_an_experiment(toy):
    experiment()
    answer = run("experiment.yaml")
    assert answer.exit_code == 0, answer.output
    found = numbers("inspections/toy")
    assert [part["name"] for part in found["parts"]] == ["train", "valid", "test"]
    assert {f["name"]: f["role"] for f in found["features"]} == {
        "x": "input",
        "y": "input",
        "z": "input",
        "label": "target",
        "pt": "target",
        "weight": "weight",
        "event": "identity",
    }
    assert found["left_out"] == {"unused": "the experiment does not use it"}
    pt = next(f for f in found["features"] if f["name"] == "pt")
    assert (pt["minimum"] >= 20, pt["missing"], pt["unit"]) == (True, 0, "GeV")  # only rows that the head learns from
    assert pt["count"] == found["heads"][0]["classes"][1]["rows"]
    assert {"rows in two parts of the split", "drift between parts of the split"} <= {
        f["name"] for f in found["findings"]
    }


def test_a_selection_leaves_out_rows(toy):
    experiment(data__selection="label = 1 OR x > 0", data__identity=[])
    assert run("experiment.yaml").exit_code == 0
    columns = [np.load(f"toy_{k}.npz", allow_pickle=False) for k in range(2)]
    kept = sum(((c["label"] == 1) | (c["x"] > 0)).sum() for c in columns)
    found = numbers("inspections/toy")
    assert found["rows"] == kept == sum(part["rows"] for part in found["parts"])
    assert found["copies"]["across"]["split"] == 0
    experiment(data__selection="x > 1000")
    with pytest.raises(DataError, match=r"selection: 'x > 1000' leaves none of 2000 rows\. Loosen it\."):
        run("experiment.yaml")


@pytest.mark.parametrize(
    ("split", "names"),
    [
        ({"kind": "folds", "folds": 2}, ["group 1", "group 2", "group 3"]),
        ({"kind": "cross", "folds": 3}, ["group 1", "group 2", "group 3"]),
    ],
)
def test_every_group_of_a_cross_validation_is_a_part(toy, split, names):
    experiment(split=split)
    assert run("experiment.yaml").exit_code == 0
    assert [part["name"] for part in numbers("inspections/toy")["parts"]] == names


def test_a_split_by_files_with_the_same_rows_in_two_of_them(toy):
    np.savez("toy_2.npz", **np.load("toy_1.npz", allow_pickle=False))
    split = {"kind": "files", "train": ["toy_0.npz"], "valid": ["toy_1.npz"], "test": ["toy_2.npz"]}
    experiment(split=split)
    answer = run("experiment.yaml")
    assert answer.exit_code == 1
    assert "2,000 of 3,000 rows hold the same inputs as a row in another part" in " ".join(answer.output.split())


def test_what_has_to_be_mended_leaves_with_1(toy):
    experiment(inputs__numbers__columns=["x", "event"], data__identity=[])
    answer = run("experiment.yaml")
    assert answer.exit_code == 1
    assert "identifiers" in answer.output
    assert Path("inspections/toy/inspection.html").is_file()


def test_a_value_that_no_input_may_have_is_a_finding_and_no_crash(toy):
    content = dict(np.load("toy_1.npz", allow_pickle=False))
    content["x"][5] = np.nan
    np.savez("toy_1.npz", **content)
    experiment(data__identity=[], inputs__numbers__columns=["x", "y"])
    answer = run("experiment.yaml")
    assert answer.exit_code == 1
    assert "x: up to 1 of 2,000 values are missing" in answer.output
    assert "the rows cannot be split (inputs.numbers: column x, toy_1.npz, row 5" in answer.output


def test_options_that_an_experiment_answers_itself(toy):
    experiment()
    with pytest.raises(ExperimentError, match=r"experiment.yaml says itself what target, weight and key are"):
        run("experiment.yaml", "--target", "label")


def test_names_are_no_markup(toy):
    np.savez("odd.npz", **{"[red]x[/red]": np.arange(50.0) ** 2, "[bold]": np.ones(50)})
    answer = run("odd.npz")
    assert "[red]x[/red]" in answer.output
    assert "[bold]: every row has the same value" in " ".join(answer.output.split())


def test_lists_are_shown_by_their_first_values(toy):
    np.savez("lists.npz", v=np.random.default_rng(1).normal(size=(100, 30)))
    answer = run("lists.npz", "--out", "lists")
    assert "v[3]" in answer.output
    assert "v[4]" not in answer.output
    assert len(numbers("lists")["features"]) == 30
    assert Path("lists/figures/profile-v.png").is_file()
