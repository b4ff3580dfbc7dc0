"""Particles with features, the whole way: trained in folds, predicted, exported, resumed, streamed, inspected."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.config import parse_experiment
from netwright.data import prepare, read
from netwright.plots import draw_features, of_run

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS = 300


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Events with jagged tracks and jets, whose displaced tracks and b-tags tell the classes apart."""
    folder = tmp_path_factory.mktemp("particles")
    random = np.random.default_rng(5)
    y = random.integers(0, 2, ROWS)
    tracks, jets = random.integers(0, 7, ROWS), random.integers(1, 5, ROWS)
    of_track, of_jet = np.repeat(y, tracks), np.repeat(y, jets)
    n, m = len(of_track), len(of_jet)
    columns = {
        "track_d0": (tracks, random.normal(0.2 * of_track, 0.1, n).astype("f4")),
        "track_pt": (tracks, (random.exponential(2, n) + 0.5).astype("f4")),
        "track_charge": (tracks, random.choice([-1, 1], n)),
        "track_time": (tracks, 1.7e9 + random.uniform(0, 90, n)),
        "jet_pt": (jets, random.exponential(30, m) + 20),
        "jet_eta": (jets, random.normal(0, 1, m)),
        "jet_phi": (jets, random.uniform(-3, 3, m)),
        "jet_m": (jets, random.exponential(5, m) + 1),
        "jet_tag": (jets, np.clip(random.normal(0.3 + 0.3 * of_jet, 0.2), 0, 1)),
    }
    table = {
        name: pa.ListArray.from_arrays(np.append(0, np.cumsum(k)).astype("i4"), v) for name, (k, v) in columns.items()
    }
    table |= {"y": pa.array(y), "event": pa.array(np.arange(ROWS))}
    pq.write_table(pa.table(table), folder / "events.parquet")
    return folder


def content_of(folder: Path, **more):
    jets = {
        "columns": ["jet_pt", "jet_eta", "jet_phi", "jet_m"],
        "basis": "pt,eta,phi,m",
        "features": ["objects", "jet"],
    }
    return {
        "name": "particles",
        "data": {"files": [str(folder / "events.parquet")], "identity": ["event"]},
        "inputs": {
            "tracks": {
                "kind": "particles",
                "numbers": {
                    "impact": {"columns": ["track_d0", "track_time"], "unit": "mm"},
                    "momentum": {"columns": ["track_pt"], "log": ["track_pt"]},
                },
                "categories": {"charge": {"columns": ["track_charge"], "encoding": "embedding", "embedding_size": 2}},
                "at_most": 5,
                "sort_by": "track_pt",
            },
            "jets": {
                "kind": "particles",
                "four_vectors": jets,
                "numbers": {"tag": {"columns": ["jet_tag"]}},
                "at_most": 3,
            },
        },
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {
            "body": {
                "kind": "deep-sets",
                "units": [8],
                "constituent_units": [8],
                "batch_normalisation": "after",
                "dropout": 0.1,
            }
        },
        "training": {"epochs": 2, "batch_size": 16, "learning_rate": 0.02},
    } | more


@pytest.fixture(scope="module")
def run(folder):
    """A run of two folds, trained together."""
    content = content_of(folder, split={"kind": "folds", "folds": 2})
    content["training"]["members"] = "together"
    return nw.train(parse_experiment(content), run=folder / "run")


def test_two_collections_in_folds_learn_and_predict(run, folder):
    assert run.evaluation["test"]["y"]["roc_auc"]["value"] > 0.75
    table = nw.predict(run, [folder / "events.parquet"], folder / "scores.parquet")
    assert table.num_rows == ROWS
    jets = re.search(r"<th[^>]*>jets</th><td>particles.*?</tr>", (run.path / "report.html").read_text(), re.DOTALL)
    assert jets is not None
    assert "GeV" in jets[0]


def test_four_vectors_alone_have_their_figures(folder, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(of_run, "save", lambda _, __, name: drawn.append(name))
    jets = content_of(folder)["inputs"]["jets"] | {"numbers": {}}
    experiment = parse_experiment(content_of(folder, inputs={"jets": jets}))
    rows = prepare(read([folder / "events.parquet"]), experiment)
    here = SimpleNamespace(experiment=experiment, figures=tmp_path)
    draw_features(here, rows, SimpleNamespace(train=np.arange(40)))
    assert drawn == ["features-jets", "features-jets-constituents"]


def test_exported_it_takes_particles_as_named_inputs(run, folder):
    onnx, onnxruntime = (pytest.importorskip(name) for name in ("onnx", "onnxruntime"))
    assert nw.export(run, folder / "m.onnx").largest_difference <= 1e-5
    session = onnxruntime.InferenceSession(str(folder / "m.onnx"), providers=["CPUExecutionProvider"])
    taken = {graph_input.name: (graph_input.shape[1:], graph_input.type) for graph_input in session.get_inputs()}
    assert taken == {
        "tracks": ([5, 4], "tensor(double)"),
        "tracks-categories": ([5, 1], "tensor(int32)"),
        "jets": ([3, 5], "tensor(float)"),
    }
    metadata = {entry.key: entry.value for entry in onnx.load(folder / "m.onnx").metadata_props}
    meaning = json.loads(metadata["inputs"])
    assert meaning["tracks"]["columns"] == ["exists", "track_d0", "track_time", "track_pt"]
    assert meaning["tracks"] | {"pad_value": 0, "at_most": 5, "sort_by": "track_pt"} == meaning["tracks"]
    assert meaning["jets"]["columns"] == ["jet_pt", "jet_eta", "jet_phi", "jet_m", "jet_tag"]
    assert meaning["jets"]["components"] == "pt,eta,phi,m"
    assert meaning["tracks-categories"]["columns"] == ["track_charge"]
