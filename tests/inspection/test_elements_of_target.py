"""Init for a target with a number for each jet: rows are jets, and their own columns the inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from examples.tutorials.make_files import delphes, nano_aod, physlite

import netwright as nw
from netwright.config import columns_of
from netwright.data import Dataset
from netwright.errors import DataError
from netwright.inspection import elements_of_target
from netwright.workflow.inspections.of_files import request_of_files


@pytest.mark.parametrize(
    ("write", "target", "collection", "inputs", "identity"),
    [
        (nano_aod, "Jet_hadronFlavour", "Jet", ["pt", "eta", "phi", "mass", "puId"], ["luminosityBlock", "event"]),
        (delphes, "Jet.Flavor", "Jet", ["PT", "Eta", "Phi", "Mass", "BTag"], ["Event_Number"]),
        (
            physlite,
            "AnalysisJetsAuxDyn.HadronConeExclTruthLabelID",
            "AnalysisJetsAuxDyn",
            ["pt", "eta", "phi", "m", "Jvt"],
            ["EventInfoAuxDyn.eventNumber"],
        ),
    ],
)
def test_rows_are_jets(
    write: Callable[[Path], Path], target: str, collection: str, inputs: list[str], identity: list[str], tmp_path: Path
) -> None:
    proposal = nw.init(write(tmp_path / "file.root"), target, output=tmp_path / "e.yaml")
    checked = nw.check(proposal.path)
    data, separator = checked.experiment.data, target[len(collection)]
    assert (data.rows, data.identity, checked.rows) == (collection, identity, proposal.rows)
    assert data.weight
    group = checked.experiment.inputs["features"]
    assert columns_of(group) == [f"{collection}{separator}{name}" for name in inputs]
    (head,) = checked.experiment.targets.values()
    partons = {"d": 1, "c": 4, "b": 5, "g": 21}
    assert head.model_dump()["classes"] == (partons if write is delphes else {"light": 0, "c": 4, "b": 5})
    assert head.model_dump()["signal"] == "b"
    text = " ".join(finding.sentence for finding in proposal.findings)
    assert f"Each row is one element of {collection}, as {target} has a number for each." in text
    assert f"--target '{target}[0]'" in text
    assert "it belongs to the event, and each row to one element of" in text


def test_lists_without_a_common_name(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    lengths = random.integers(0, 5, 300)
    truth = [random.integers(0, 2, length).tolist() for length in lengths]
    columns = {
        "true_b": truth,
        "d0": [random.normal(flags).tolist() for flags in truth],
        "z0": [random.normal(size=length).tolist() for length in lengths],
        "towers": [[1.0, 2.0, 3.0]] * 300,
        "met": random.exponential(30, 300),
    }
    pq.write_table(pa.table(columns), tmp_path / "tracks.parquet")
    proposal = nw.init(tmp_path / "tracks.parquet", "true_b", output=tmp_path / "e.yaml")
    experiment = nw.check(proposal.path).experiment
    assert experiment.data.rows == "d0"  # not the truth, which recorded events lack
    assert columns_of(experiment.inputs["features"]) == ["d0", "z0"]
    request = request_of_files([tmp_path / "tracks.parquet"], target="true_b")
    assert (len(request), request.scope.roles["true_b"]) == (lengths.sum(), "target")


def test_a_collection_in_a_collection() -> None:
    columns = {"fj_pt": [[1.0], []], "fj_sub_pt": [[1.0, 2.0], [3.0]], "fj_sub_b": [[1, 0], [1]], "fj_m": [[1.0], []]}
    rows = elements_of_target(Dataset.of(pa.table(columns)), "fj_sub_b")
    assert rows is not None
    assert (rows.collection, rows.members) == ("fj_sub", ("fj_sub_pt", "fj_sub_b"))


def test_rows_stay_events() -> None:
    dataset = Dataset.of(pa.table({"n": [1, 2], "Event.Number": [[1], [2]], "Jet_pt": [[1.0], []]}))
    for target in ("n", "Event.Number", "Jet_pt[0]", "absent"):
        assert elements_of_target(dataset, target) is None


def test_an_empty_collection_is_no_row(tmp_path: Path) -> None:
    lists = pa.array([[], []], pa.list_(pa.float32()))
    pq.write_table(pa.table({"Jet_b": lists, "Jet_pt": lists, "x": [1.0, 2.0]}), tmp_path / "empty.parquet")
    with pytest.raises(DataError, match=r"data\.rows: Jet: the lists of all 2 events are empty"):
        nw.init(tmp_path / "empty.parquet", "Jet_b", output=tmp_path / "e.yaml")
