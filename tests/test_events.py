"""Events as users have them: jets of which some are missing, flags, negative weights, three classes, one whole way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.workflow import export, train

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 3000
ABSENT = -99999.0


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four jets in pT, eta, phi and mass, two flags, a missing mass, weights of both signs, three processes."""
    random = np.random.default_rng(8)
    process = random.integers(0, 3, ROWS)
    number = np.minimum(random.poisson(1.5 + process), 4)
    columns: dict[str, np.ndarray] = {"process": process, "event": np.arange(ROWS)}
    for jet in range(4):
        exists = number > jet
        columns[f"pt{jet}"] = np.where(exists, 25 + random.exponential(40 + 15 * process) / (jet + 1), ABSENT)
        columns[f"eta{jet}"] = np.where(exists, random.normal(scale=1.5, size=ROWS), ABSENT)
        columns[f"phi{jet}"] = np.where(exists, random.uniform(-np.pi, np.pi, ROWS), ABSENT)
        columns[f"m{jet}"] = np.where(exists, random.uniform(3, 15, ROWS), ABSENT)
    columns["channel"] = random.integers(0, 3, ROWS)
    columns["charge"] = random.choice([-1, 1], ROWS)
    columns["met"] = 20 + random.exponential(30 + 10 * process)
    columns["mass"] = np.where(number > 1, random.normal(80 + 10 * process, 15), -999.0)
    columns["weight"] = random.choice([1.0, -1.0], ROWS, p=[0.85, 0.15]) * random.uniform(0.5, 2, ROWS)
    path = tmp_path_factory.mktemp("events") / "events.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.fixture(scope="module")
def experiment(events: Path) -> Path:
    path = events.with_name("experiment.yaml")
    path.write_text(
        """
name: processes
data: {files: [events.parquet], identity: [event], weight: weight}
inputs:
  jets:
    {kind: four-vectors, columns: ["pt{i}", "eta{i}", "phi{i}", "m{i}"], basis: "pt,eta,phi,m", at_most: 4,
     missing: [-99999], features: [objects, jet, pairs]}
  flags: {kind: categorical, columns: [channel, charge], encoding: embedding}
  event_shape: {kind: numeric, columns: [met, mass], log: [met], missing: [-999], indicator: true, unit: GeV}
targets:
  process: {kind: multiclass, column: process, classes: {ttbar: 0, ttZ: 1, ttH: 2}, balance: weights}
model: {body: {kind: residual, units: [32, 32], activation: silu, dropout: 0.1}}
training: {epochs: 8, batch_size: 128, learning_rate: 0.005}
""",
        encoding="utf-8",
    )
    return path


@pytest.mark.optimised
def test_it_trains_and_gives_the_same_scores_in_onnx(experiment: Path, tmp_path: Path) -> None:
    run = train(experiment, run=tmp_path / "run")
    assert run.evaluation["test"]["process"]["roc_auc"]["value"] > 0.65
    assert export(run, tmp_path / "model.onnx").largest_difference <= 1e-5
    ort = pytest.importorskip("onnxruntime")
    session = ort.InferenceSession(tmp_path / "model.onnx")
    table = pq.read_table(experiment.with_name("events.parquet")).to_pandas()
    jets = np.stack([table[[f"{c}{i}" for c in ("pt", "eta", "phi", "m")]].to_numpy(np.float32) for i in range(4)], 1)
    inputs = {
        "jets": jets,
        "flags": table[["channel", "charge"]].to_numpy(np.int32),
        "event_shape": table[["met", "mass"]].to_numpy(np.float32),
    }
    answers = session.run(["process"], inputs)[0]
    scores = run.predict(nw.read(experiment.with_name("events.parquet"))).to_pandas()
    expected = scores[["process_ttbar", "process_ttZ", "process_ttH"]].to_numpy()
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-5)


def test_it_passes_inspection(experiment: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["inspect", str(experiment), "--out", str(tmp_path / "look")])
    assert result.exit_code == 0, result.output
    assert "FAIL" not in result.output
    assert (tmp_path / "look" / "inspection.html").is_file()
    results = json.loads((tmp_path / "look" / "inspection.json").read_text())
    places = {feature["column"]: feature["missing_encoded_at"] for feature in results["features"]}
    assert abs(places["mass"]) >= 3
    assert places["met"] is not None
    assert places["channel"] is None


def test_check_says_what_comes_along(experiment: Path) -> None:
    arguments = ["check", str(experiment), "--set", "model.body.activation=selu"]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "1000"})
    assert result.exit_code == 0, result.output
    assert "selu comes with LeCun-normal initial weights, and AlphaDropout for its dropout" in result.output
    text = result.output.partition(" are encoded, in standard deviations, in ")[2]
    assert "inputs.event_shape at log_met" in text
    assert "inputs.jets (pairs) at" in text
