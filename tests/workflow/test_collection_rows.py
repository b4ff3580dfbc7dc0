"""Networks on the jets of events: trained, scored into a friend of the tree of events, and evaluated."""

from __future__ import annotations

from pathlib import Path

import awkward as ak
import numpy as np
import pyarrow.parquet as pq
import pytest
import uproot
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.data import read
from netwright.errors import DataError, RunError

pytestmark = pytest.mark.usefixtures("without_figures")

EVENTS = 400


def write_events(path: Path, first: int, events: int = EVENTS) -> Path:
    """Write events in the layout of NanoAOD, of which some have no jets."""
    random = np.random.default_rng(first)
    lengths = random.integers(0, 5, events)
    jets = int(lengths.sum())
    flavour = random.choice([0, 4, 5], jets, p=[0.5, 0.2, 0.3]).astype(np.int32)
    members: dict[str, np.ndarray] = {
        "pt": 25 + random.exponential(40, jets),
        "eta": random.normal(size=jets),
        "phi": random.uniform(-3, 3, jets),
        "mass": 5 + random.exponential(5, jets),
        "svMass": random.normal(flavour / 2),
        "nConstituents": random.poisson(12, jets).astype(np.int32),
        "muonIdx1": random.integers(-1, 2, jets).astype(np.int32),
        "hadronFlavour": flavour,
    }
    single: dict[str, np.ndarray] = {
        "run": np.ones(events, np.uint32),
        "event": np.arange(first, first + events, dtype=np.uint64),
        "genWeight": random.choice([1.0, -1.0], events, p=[0.9, 0.1]).astype(np.float32),
        "MET_pt": random.exponential(30, events).astype(np.float32),
    }
    numbers = {name: np.float32(values) if values.dtype == np.float64 else values for name, values in members.items()}
    lists = {"Jet": ak.zip({name: ak.unflatten(values, lengths) for name, values in numbers.items()})}
    with uproot.recreate(path) as file:
        kinds = {name: values.dtype for name, values in single.items()}
        file.mktree("Events", {**kinds, "Jet": ak.type(lists["Jet"]).content})
        file["Events"].extend({**single, **lists})
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jets")
    write_events(folder / "one.root", 0)
    write_events(folder / "two.root", EVENTS)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> nw.Run:
    """Return a run on jets, whose exported graph picks the member of each jet by its event."""
    content = {
        "name": "jets",
        "data": {
            "files": [str(folder / "one.root")],
            "rows": "Jet",
            "identity": ["run", "event"],
            "weight": "genWeight",
            "selection": "Jet_pt > 30 AND MET_pt > 1",
        },
        "inputs": {"jet": {"kind": "numeric", "columns": ["Jet_pt", "Jet_eta", "Jet_svMass"]}},
        "targets": {
            "flavour": {"kind": "multiclass", "column": "Jet_hadronFlavour", "classes": {"light": 0, "c": 4, "b": 5}}
        },
        "split": {"kind": "cross", "folds": 3, "unseen": "ensemble"},
        "model": {"body": {"kind": "dense", "units": [4]}},
        "training": {"epochs": 1, "batch_size": 64},
    }
    return nw.train(nw.parse_experiment(content), run=folder / "run")


def test_scores_of_jets_have_their_events(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    events = uproot.open(folder / "two.root")["Events"].arrays(["event", "Jet_pt", "MET_pt"])
    table = nw.predict(run, folder / "two.root", tmp_path / "scores.parquet", columns=["MET_pt", "Jet_pt"])
    place, event, met = ak.broadcast_arrays(np.arange(EVENTS), events["event"], events["MET_pt"], events["Jet_pt"])[:3]
    for name, values in {
        "row": place,
        "event": event,
        "Jet_index": ak.local_index(events["Jet_pt"]),
        "MET_pt": met,
        "Jet_pt": events["Jet_pt"],
        "selected": (events["Jet_pt"] > 30) & (events["MET_pt"] > 1),
    }.items():
        np.testing.assert_array_equal(table[name].to_numpy(), ak.flatten(values).to_numpy())
    assert set(table["split"].to_pylist()) == {"unseen"}


def test_a_friend_has_lists_of_scores(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    nw.export(run)
    answer = CliRunner().invoke(
        app,
        ["predict", str(run.path), str(folder / "one.root"), "-o", f"{tmp_path}/", "--with", "Jet_pt", "--check-onnx"],
    )
    assert answer.exit_code == 0, answer.output
    friend = uproot.open(tmp_path / "one.root")["scores"]
    events = uproot.open(folder / "one.root")["Events"]
    assert friend.num_entries == events.num_entries == EVENTS
    assert friend["row"].array().tolist() == list(range(EVENTS))
    assert ak.all(friend["nJet"].array() == events["nJet"].array())
    assert ak.all(friend["Jet_pt"].array() == events["Jet_pt"].array())
    table = nw.predict(run, folder / "one.root", tmp_path / "scores.parquet")
    np.testing.assert_array_equal(ak.flatten(friend["flavour_b"].array()), table["flavour_b"].to_numpy())
    first = dict(zip(table["row"].to_pylist(), table["split"].to_pylist(), strict=True))
    assert friend["split"].array().tolist() == [first.get(row, "") for row in range(EVENTS)]
    assert "event" not in friend  # the tree of events has it


def test_other_formats_have_one_row_a_jet(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    expected = nw.predict(run, folder / "two.root", tmp_path / "scores.parquet")
    for ending in (".h5", ".npz", ".csv"):
        nw.predict(run, folder / "two.root", tmp_path / f"scores{ending}")
        scores = read(tmp_path / f"scores{ending}")
        for name in ("row", "Jet_index", "event"):
            np.testing.assert_array_equal(scores.column(name), expected[name].to_numpy())
        np.testing.assert_allclose(scores.column("flavour_b"), expected["flavour_b"].to_numpy(), rtol=1e-6)


def test_events_without_any_jet(run: nw.Run, folder: Path, tmp_path: Path) -> None:
    events = uproot.open(folder / "two.root")["Events"].arrays()
    pq.write_table(ak.to_arrow_table(events[events.nJet == 0], extensionarray=False), tmp_path / "none.parquet")
    write_events(tmp_path / "empty.root", 0, events=0)
    assert nw.predict(run, tmp_path / "none.parquet", tmp_path / "scores.parquet").num_rows == 0
    nw.predict_each(run, tmp_path / "*.root", tmp_path / "scores")
    assert uproot.open(tmp_path / "scores" / "empty.root")["scores"].num_entries == 0


def test_the_run_is_evaluated(run: nw.Run, folder: Path) -> None:
    own = pq.read_table(run.path / "predictions.parquet")
    assert {"run", "event", "Jet_index"} <= set(own.column_names)
    other = nw.evaluate(run, folder / "two.root")
    assert other.parts["unseen"] == other.selected < other.total
    again = nw.evaluate(run)
    assert (
        again.parts["test"]
        == again.selected
        < again.total
        == int(ak.sum(uproot.open(folder / "one.root")["Events/nJet"].array()))
    )
    with pytest.raises(DataError, match=r"data\.rows: Jet: no column of lists .*The files have no lists"):
        nw.evaluate(run, run.path / "predictions.parquet")


def test_no_limit_of_jets(run: nw.Run) -> None:
    with pytest.raises(
        RunError, match=r"element of Jet \(data\.rows\), and expected yields and limits are those of ev"
    ):
        nw.limit(run)
