"""All findings of a run are in one file: on its files, its experiment, its training and its result."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.data import weighted_moments
from netwright.errors import RunError
from netwright.finding import worst_first
from netwright.inspection import compute_inspection
from netwright.workflow.findings.inputs import _encodings, _encodings_in_short
from netwright.workflow.findings.of_run import record_findings
from netwright.workflow.inspections.of_experiment import request_of_experiment

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 300


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nw.Run:
    """Two members, whose rows are down-sampled, of a file that has an array of another length."""
    folder = tmp_path_factory.mktemp("findings")
    random = np.random.default_rng(2)
    x, y = random.normal(size=ROWS), np.arange(ROWS) % 3 // 2
    np.savez(folder / "rows.npz", x=x + y, y=y, event=np.arange(ROWS), names=np.arange(7))
    content = {
        "data": {"files": [str(folder / "rows.npz")], "identity": ["event"]},
        "inputs": {"f": {"kind": "numeric", "columns": ["x"], "missing": True}},
        "targets": {"y": {"kind": "binary", "column": "y", "balance": "down-sampling"}},
        "model": {"body": {"kind": "dense", "units": [4], "dropout": 0.6}},
        "ensemble": {"members": 2},
        "training": {"epochs": 1, "batch_size": 64},
    }
    return nw.train(nw.parse_experiment(content), run=folder / "run")


def test_findings_come_from_every_stage(run: nw.Run) -> None:
    result = {finding.symptom: finding for finding in run.findings}
    assert "names" in result["how files were read"].evidence
    assert result["encoding of missing values"].where == ("inputs.f",)
    assert result["high dropout"].where == ("model.body",)
    assert "down-sampling" in result["training"].evidence
    assert result["training"].where == ()  # both members have the same rows
    assert result["difference between train and test"].where == ("y",)
    assert list(run.findings) == sorted(run.findings, key=worst_first)


def test_they_are_shown_in_the_report(run: nw.Run) -> None:
    page = " ".join((run.path / "report.html").read_text(encoding="utf-8").split())
    for one in run.findings:
        assert f'<th scope="row">{one.symptom}</th>' in page
    assert "Look closer" in page
    assert re.search(r"\b\d+ other findings? to look at\.", page)


def test_writing_them_again_changes_nothing(run: nw.Run) -> None:
    before = (run.path / "findings.json").read_bytes()
    record_findings(run)
    assert (run.path / "findings.json").read_bytes() == before


def test_a_remark_of_some_members_names_them(run: nw.Run, tmp_path: Path) -> None:
    copy = nw.Run(Path(shutil.copytree(run.path, tmp_path / "copy")))
    training = copy.read_json("training.json")
    training["members"][1]["remarks"].append("The learning rate was halved 2 times: the loss was not finite.")
    copy.write_json("training.json", training)
    record_findings(copy)
    (finding,) = (one for one in copy.findings if "halved" in one.evidence)
    assert finding.where == ("member 1",)


def test_a_run_that_was_not_trained_has_none(run: nw.Run, tmp_path: Path) -> None:
    (tmp_path / "experiment.yaml").write_bytes((run.path / "experiment.yaml").read_bytes())
    with pytest.raises(RunError, match=r"training\.json cannot be read"):
        record_findings(nw.Run(tmp_path))


def test_negative_weights_that_cancel_the_spread_of_an_input_are_said(tmp_path: Path) -> None:
    far = np.arange(ROWS) % 3 == 0
    x = np.where(far, 10.0, 1.0) * np.random.default_rng(3).normal(size=ROWS)
    np.savez(tmp_path / "rows.npz", x=x, w=np.where(far, -1.0, 1.0), y=np.arange(ROWS) / 7)
    content = {
        "data": {"files": [str(tmp_path / "rows.npz")], "weight": "w"},
        "inputs": {"f": {"kind": "numeric", "columns": ["x"]}},
        "targets": {"y": {"kind": "regression", "column": "y"}},
    }
    (finding,) = (
        one for one in nw.check(nw.parse_experiment(content)).findings if one.symptom == "weights that cancel"
    )
    assert finding.where == ("x",)
    assert "inputs.f: negative weights nearly cancel the others for x." in finding.sentence


@pytest.mark.parametrize(("rows", "warned"), [(60, 1), (62, 0)])
def test_up_to_two_rows_for_each_number_are_said_wherever_data_are_looked_at(
    tmp_path: Path, rows: int, warned: int
) -> None:
    random = np.random.default_rng(3)
    numbers = random.normal(size=(rows, 28))
    level, kind, y = np.arange(rows) // 2 % 5, np.arange(rows) // 2 % 3, np.arange(rows) % 2
    np.savez(tmp_path / "rows.npz", x=numbers, a=random.normal(size=rows), level=level, kind=kind, y=y)
    experiment = nw.parse_experiment(
        {
            "data": {"files": [str(tmp_path / "rows.npz")]},
            "inputs": {
                "f": {"kind": "numeric", "columns": [*(f"x[{i}]" for i in range(28)), "a", "level"]},
                "codes": {"kind": "categorical", "columns": ["level", "kind"]},
            },
            "targets": {"y": {"kind": "binary", "column": "y"}},
        }
    )
    for findings in (nw.check(experiment).findings, compute_inspection(request_of_experiment(experiment)).findings):
        said = [one.evidence.partition(":")[0] for one in findings if one.symptom == "rows and columns"]
        assert said == ["60 rows with 30 numbers each"] * warned


def test_of_particles_only_features_that_are_missing_somewhere_have_a_place() -> None:
    values = np.array([[1.0, 2.0], [2.0, np.nan], [4.0, 3.0]])
    moments = weighted_moments("tracks", ["d0", "z0"], values, np.ones(3))
    assert list(_encodings(moments, only_missing=True)) == ["z0"]
    assert list(_encodings(moments, only_missing=False)) == ["d0", "z0"]
    whole = weighted_moments("tracks", ["d0", "z0"], np.nan_to_num(values), np.ones(3))
    assert _encodings(whole, only_missing=True) == {}


def test_massless_particles_and_equal_numbers_of_them_are_nothing_to_warn_of(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    pt, eta, phi = random.exponential(30, (60, 3)), random.normal(size=(60, 3)), random.uniform(-3, 3, (60, 3))
    for one in (pt, eta, phi):
        one[::2, 2] = 0
    momenta = {f"{part}_{i}": one[:, i] for part, one in (("pt", pt), ("eta", eta), ("phi", phi)) for i in range(3)}
    np.savez(tmp_path / "rows.npz", **momenta, **{f"m_{i}": np.zeros(60) for i in range(3)}, y=np.arange(60) % 2)
    group = {"kind": "four-vectors", "columns": [f"{part}_{{i}}" for part in ("pt", "eta", "phi", "m")], "at_most": 3}
    content = {
        "data": {"files": [str(tmp_path / "rows.npz")]},
        "inputs": {
            "muons": group | {"basis": "pt,eta,phi,m", "features": ["objects"]},
            "leading": group | {"basis": "pt,eta,phi,m", "features": ["objects"], "at_most": 1},
            "two": group | {"basis": "pt,eta,phi,m", "features": ["objects", "jet"], "at_most": 2},
        },
        "targets": {"y": {"kind": "binary", "column": "y"}},
    }
    assert not [
        finding for finding in nw.check(nw.parse_experiment(content)).findings if finding.symptom == "constant columns"
    ]


def test_particles_that_are_left_out_and_absent_ones_are_said(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    lengths = np.arange(60) % 4 + 1
    jets = {name: [random.uniform(1, 3, length) for length in lengths] for name in ("pt", "eta", "phi", "m")}
    pq.write_table(pa.table(jets | {"y": np.arange(60) % 2}), tmp_path / "jets.parquet")
    momenta = {"columns": ["pt", "eta", "phi", "m"], "basis": "pt,eta,phi,m", "features": ["objects"]}
    group = {"kind": "particles", "four_vectors": momenta, "at_most": 2}
    content = {
        "data": {"files": [str(tmp_path / "jets.parquet")]},
        "inputs": {"jets": group, "hardest": group | {"sort_by": "pt", "at_most": 3}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
    }
    checked = nw.check(nw.parse_experiment(content)).findings
    found = {one.symptom: one for one in checked}
    assert found["encoding of missing values"].evidence.startswith("Absent particles are encoded")
    cut = found["particles left out"]
    assert (cut.severity, cut.where) == ("WARN", ("inputs.jets", "inputs.hardest"))  # 45 and 15 of 150
    assert "30.0% of inputs.jets (first 2), 10.0% of inputs.hardest (first 3 by pt)." in cut.evidence
    assert "inputs.jets: lists are not in the order of pT" in cut.evidence
    assert "some that are left out have more than others, in 50.0% of the rows" in cut.evidence
    assert cut.remedy.endswith("inputs.jets.sort_by: pt.")


def test_places_of_many_kinds_are_said_in_short() -> None:
    findings_by_column = {
        f"inputs.{name}": {f"inputs.{name} ({kind})": {f"{name}_pt": -3.0, f"{name}_{kind}": 4.5} for kind in "ab"}
        for name in ("jet", "mu", "tau", "el")
    }
    assert _encodings_in_short(findings_by_column) == (
        " 3.0 to 4.5 standard deviations from the mean, in 16 features of inputs.jet "
        "(jet_pt -3.0), inputs.mu (mu_pt -3.0), inputs.tau (tau_pt -3.0) and 1 more. The page of netwright inspect "
        "has all."
    )
