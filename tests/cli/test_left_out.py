"""What files hold and columns cannot: said once on the screens of init, check, inspect and train."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from typer.testing import CliRunner

from netwright.cli._app import app
from netwright.errors import DataError, ExperimentError
from netwright.lab import open_run

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 200
NAMES = ["we/ird", 'say "pt"', "größe", "null", "{i}", "$x: #1", "pt"]
NOTE = "401 columns are left out: raw0, raw1, raw2 and 398 more (it holds raw bytes, neither numbers nor text)"


@pytest.fixture(autouse=True)
def collisions(tmp_path, monkeypatch):
    """A file with 401 columns that cannot be read, structures, and names of any kind."""
    random = np.random.default_rng(3)
    columns = {name: random.normal(size=ROWS).astype("f4") for name in NAMES}
    columns |= {f"raw{i}": pa.array([b"raw"] * ROWS) for i in range(400)}
    columns["label"] = pa.array((columns["pt"] > 0).astype("i4"))
    jets = [{"p4": {"pt": float(pt), "m": 1.0 + abs(float(pt))}, "hash": b"raw"} for pt in columns["pt"]]
    columns["jet"] = pa.array(jets)
    pq.write_table(pa.table(columns), tmp_path / "events.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "2000")


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_one_note_on_every_screen():
    small = ("--set", "training.epochs=1", "--set", "model.body.units=[2]")
    for arguments in (
        ("init", "events.parquet", "--target", "label"),
        ("check", "experiment.yaml"),
        ("inspect", "experiment.yaml", "--out", "seen"),
        ("train", "experiment.yaml", "--run", "first", *small),
    ):
        answer = run(*arguments)
        assert answer.exit_code in {0, 1}, answer.output
        notes = [line for line in answer.output.splitlines() if line.strip().startswith("NOTE")]
        assert sum(NOTE in note for note in notes) == 1, (arguments[0], notes)
        assert len(notes) < 5
    (features,) = yaml.safe_load(Path("experiment.yaml").read_text())["inputs"].values()
    assert features["columns"] == [*NAMES, "jet.p4.m"]  # jet.p4.pt equals another
    assert "raw0" in Path("seen/inspection.html").read_text()
    assert "jet.hash" in json.loads(Path("seen/inspection.json").read_text())["left_out"]
    assert open_run(Path("first")).evaluation["test"]["label"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("targets.label.column=raw7", r'"raw7" is left out: it holds raw bytes'),
        ("inputs.features.columns=[pt, jet.hash]", r'"jet\.hash" is left out: it holds raw bytes'),
        (
            "inputs.features.columns=[pt, jet]",
            r'"jet" is read as its members: jet\.p4\.pt, jet\.p4\.m\. Use these names',
        ),
        ("data.weight=raw3", r'"raw3" is left out: it holds raw bytes'),
        ("data.selection=raw3 = 1", r"raw3 is left out: it holds raw bytes"),
        ('data.derived={new: "jet.hash + 1"}', r"jet\.hash is left out: it holds raw bytes"),
    ],
)
def test_what_is_asked_for_by_name_gives_its_reason(change, message):
    run("init", "events.parquet", "--target", "label")
    with pytest.raises((DataError, ExperimentError), match=message):
        run("check", "experiment.yaml", "--set", change)


def test_a_target_that_is_left_out_gives_its_reason():
    with pytest.raises(DataError, match=r'"raw7" is left out: it holds raw bytes'):
        run("init", "events.parquet", "--target", "raw7")
    with pytest.raises(DataError, match=r"has no column raw7\. It is left out: it holds raw bytes"):
        run("inspect", "events.parquet", "--target", "raw7")
