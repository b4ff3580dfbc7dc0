"""Rows of the elements of collections, such as jets: against flattening by Awkward Array, and divided by event."""

from __future__ import annotations

from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.config import EVENT_HASH, parse_experiment
from netwright.data import Dataset, divide, prepare, rows_of_collection
from netwright.errors import DataError, ExperimentError
from netwright.evaluation import open_data, open_files_to_score, open_rows, open_to_score

EVENTS = 200


def events(lengths: Any, seed: int = 1) -> ak.Array:
    """Return events with jets and muons, whose values differ."""
    random = np.random.default_rng(seed)
    lengths = np.asarray(lengths)
    jets = {"pt": 20 + random.exponential(30, lengths.sum()), "flavour": random.choice([0, 4, 5], lengths.sum())}
    muons = random.integers(0, 3, len(lengths))
    return ak.Array(
        {
            "event": np.arange(len(lengths)),
            "genWeight": random.choice([1.0, -1.0], len(lengths), p=[0.8, 0.2]),
            "MET_pt": random.exponential(30, len(lengths)),
            "PV_z": random.normal(size=len(lengths)),
            **{f"Jet_{name}": ak.unflatten(values, lengths) for name, values in jets.items()},
            "Jet_vector": ak.unflatten(ak.to_regular(random.normal(size=(lengths.sum(), 3)).tolist()), lengths),
            "Jet_subjets_pt": ak.unflatten(random.normal(size=2 * len(lengths)), 2),
            "Muon_pt": ak.unflatten(random.exponential(20, muons.sum()), muons),
        }
    )


@pytest.fixture(scope="module")
def array() -> ak.Array:
    return events(np.random.default_rng(3).integers(0, 5, EVENTS))


@pytest.fixture(scope="module")
def files(array: ak.Array, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("events")
    for name, part in (("a", array[: EVENTS // 4]), ("b", array[EVENTS // 4 :])):
        pq.write_table(ak.to_arrow_table(part, extensionarray=False), folder / f"{name}.parquet")
    return [str(folder / "a.parquet"), str(folder / "b.parquet")]


def experiment(files: list[str], **data: Any) -> Any:
    content = {
        "name": "jets",
        "data": {"files": files, "rows": "Jet", "identity": ["event"], **data},
        "inputs": {"jet": {"kind": "numeric", "columns": ["Jet_pt", "Jet_vector[1]", "MET_pt"]}},
        "targets": {
            "flavour": {"kind": "multiclass", "column": "Jet_flavour", "classes": {"light": 0, "c": 4, "b": 5}}
        },
    }
    return parse_experiment(content)


def flat(array: ak.Array, name: str) -> np.ndarray:
    """Return a column of the events for each jet, by Awkward Array."""
    return ak.flatten(ak.broadcast_arrays(array[name], array["Jet_pt"])[0]).to_numpy()


def test_rows_are_those_of_awkward_array(files: list[str], array: ak.Array) -> None:
    asked = experiment(files, weight="genWeight", derived={"muons": "len(Muon_pt)", "tev": "Jet_pt / 1000"})
    dataset, _ = open_rows(asked)
    for name in ("Jet_pt", "Jet_flavour", "MET_pt", "event", "genWeight"):
        np.testing.assert_array_equal(dataset.column(name), flat(array, name))
    np.testing.assert_array_equal(dataset.column("Jet_vector[1]"), ak.flatten(array["Jet_vector"][:, :, 1]).to_numpy())
    np.testing.assert_array_equal(dataset.column("Jet_index"), ak.flatten(ak.local_index(array["Jet_pt"])).to_numpy())
    np.testing.assert_array_equal(dataset.column("tev"), flat(array, "Jet_pt") / 1000)
    muons = ak.Array({"count": ak.num(array["Muon_pt"]), "Jet_pt": array["Jet_pt"]})
    np.testing.assert_array_equal(dataset.column("muons"), flat(muons, "count"))
    assert not {"PV_z", "Jet_subjets_pt"} & set(dataset.names)  # nothing uses one, the other is no number of a jet
    rows = prepare(dataset, asked)
    np.testing.assert_array_equal(rows.weights, flat(array, "genWeight"))
    last = dataset.column("event")[-1]
    assert dataset.locate(dataset.rows - 1) == f"b.parquet, row {last - EVENTS // 4}"
    empty = int(np.sum(ak.num(array["Jet_pt"]) == 0))
    elements = f"one of {dataset.rows:,} elements of Jet in {EVENTS:,} events, of which {empty:,} have none"
    assert any(elements in remark for remark in dataset.remarks)


def test_a_selection_may_use_jets_and_events(files: list[str], array: ak.Array) -> None:
    dataset, _ = open_rows(experiment(files, selection="Jet_pt > 30 AND MET_pt > 20"))
    kept = (flat(array, "Jet_pt") > 30) & (flat(array, "MET_pt") > 20)
    np.testing.assert_array_equal(dataset.column("Jet_flavour"), flat(array, "Jet_flavour")[kept])
    np.testing.assert_array_equal(dataset.column("event"), flat(array, "event")[kept])


@pytest.mark.parametrize("identity", [["event"], []])
def test_jets_of_an_event_are_in_one_part(files: list[str], identity: list[str]) -> None:
    asked = experiment(files, identity=identity)
    dataset, _ = open_rows(asked)
    group = divide(prepare(dataset, asked).identity, asked.split).group
    event = dataset.origin
    assert event is not None
    assert len(set(zip(event.tolist(), group.tolist(), strict=True))) == len(np.unique(event))


@settings(max_examples=50)
@given(st.lists(st.lists(st.floats(0, 100, width=32), max_size=4), min_size=1, max_size=8).filter(any))
def test_events_are_told_apart_by_their_elements(lists: list[list[float]]) -> None:
    dataset = Dataset.of(pa.table({"Jet_pt": pa.array(lists, pa.list_(pa.float32())), "event": range(len(lists))}))
    jets = rows_of_collection(dataset, "Jet", ["event"], content=["Jet_pt"])
    assert jets.column("Jet_pt").tolist() == [value for of_event in lists for value in of_event]
    assert jets.column("event").tolist() == [event for event, of_event in enumerate(lists) for _ in of_event]
    hashes = dict(zip(jets.column("event").tolist(), jets.column(EVENT_HASH).tolist(), strict=True))
    assert [hashes[event] for event in jets.column("event")] == jets.column(EVENT_HASH).tolist()
    different = {tuple(sorted(lists[event])) for event in hashes}
    assert len(set(hashes.values())) == len(different)


def test_the_hash_of_an_event_is_that_of_other_files_and_orders(files: list[str]) -> None:
    asked = experiment(files, identity=[])
    jets = open_data(asked)
    again = open_data(asked, files[::-1])
    by_event = dict(zip(jets.column("Jet_pt").tolist(), jets.column(EVENT_HASH).tolist(), strict=True))
    assert by_event == dict(zip(again.column("Jet_pt").tolist(), again.column(EVENT_HASH).tolist(), strict=True))


def test_an_identity_that_divides_events_is_refused(files: list[str]) -> None:
    asked = experiment(files, identity=["event", "place"], derived={"place": "Jet_index"})
    dataset, _ = open_rows(asked)
    message = r"data\.identity: elements of one event \(a\.parquet, row \d+\) differ in event, place, and the split"
    with pytest.raises(DataError, match=message):
        prepare(dataset, asked)


def test_a_column_names_a_collection_without_a_common_name() -> None:
    table = pa.table({"pt": [[1.0, 2.0], []], "d0": [[3.0, 4.0], []], "other": [[1.0], [2.0]], "n": [1, 2]})
    tracks = rows_of_collection(Dataset.of(table), "pt", ["n", "other"])
    assert tracks.names == ["other", "n", "pt", "d0", "pt_index"]
    assert tracks.table.to_pylist() == [
        {"other": [1.0], "n": 1, "pt": 1.0, "d0": 3.0, "pt_index": 0},
        {"other": [1.0], "n": 1, "pt": 2.0, "d0": 4.0, "pt_index": 1},
    ]


def test_arrays_with_a_mask_are_lists_of_what_exists() -> None:
    """As the tracks of jets in files of flavour tagging."""
    exists = [[True, True, False], [False, False, False], [True, False, True]]
    columns = {"d0": [[1.0, 2.0, 0.0], [0.0] * 3, [3.0, 0.0, 4.0]], "origin": [[1, 2, 0], [0] * 3, [3, 0, 4]]}
    arrays = {name: pa.array(values, pa.list_(pa.float32(), 3)) for name, values in columns.items()}
    table = pa.table(arrays | {"valid": pa.array(exists, pa.list_(pa.bool_(), 3)), "jet": [7, 8, 9]})
    tracks = rows_of_collection(Dataset.of(table), "d0", ["jet"])
    assert tracks.table.select(["jet", "d0", "origin", "valid", "d0_index"]).to_pydict() == {
        "jet": [7, 7, 9, 9],
        "d0": [1, 2, 3, 4],
        "origin": [1, 2, 3, 4],
        "valid": [True] * 4,
        "d0_index": [0, 1, 0, 1],
    }
    sliced = rows_of_collection(Dataset.of(table.slice(1)), "d0", ["jet"])
    assert sliced.table.column("d0").to_pylist() == [3, 4]
    others = [[True, False, False], [True, True, False], [True, False, False]]
    charges = [[int(flag) for flag in row] for row in others]
    flows = {
        "flows.valid": pa.array(others, pa.list_(pa.bool_(), 3)),
        "charge": pa.array(charges, pa.list_(pa.int8(), 3)),
    }
    both = pa.table(dict(zip([*table.column_names[:2], "tracks.valid", "jet"], table.columns, strict=True)) | flows)
    tracks = rows_of_collection(Dataset.of(both), "origin", ["jet"])
    assert tracks.table.column("d0").to_pylist() == [1, 2, 3, 4]
    assert rows_of_collection(Dataset.of(both), "charge", ["jet"]).table.column("jet").to_pylist() == [7, 8, 8, 9]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"jet_pt": [[1.0], []]}, r'data\.rows: Jet: no column of lists .*\. Did you mean "jet"\?'),
        ({"Jet_pt": [1.0, 2.0]}, r"data\.rows: Jet: .*The files have no lists\."),
        ({"Jet_pt": pa.array([[], []], pa.list_(pa.float32()))}, r"the lists of all 2 events are empty"),
        ({"Jet_pt": [[1.0], []], "Jet_index": [1, 2]}, r"the files have a column Jet_index"),
        ({"Jet_pt": [["a"], []]}, r"data\.identity: the rows of one event, such as its Jet, .*Name columns"),
    ],
)
def test_what_cannot_be_rows(columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        rows_of_collection(Dataset.of(pa.table(columns)), "Jet", [], content=["Jet_pt"])


def test_rows_of_what_has_no_files() -> None:
    with pytest.raises(ExperimentError, match="rows: generated rows have no collections"):
        experiment([], generate={"kind": "four-vectors"})
    with pytest.raises(ExperimentError, match="cache: false does not go with rows"):
        experiment(["a.root"], cache=False)
    with pytest.raises(
        ExperimentError, match=r"identity: Jet_index tells the elements of an event apart, .*columns of the"
    ):
        experiment(["a.root"], identity=["event", "Jet_index"])


@pytest.mark.parametrize("weight", ["genWeight", "twice"])
def test_weights_of_samples_are_those_of_their_events(files: list[str], array: ak.Array, weight: str) -> None:
    samples = {
        name: {"files": [file], "cross_section": cross_section, "weight": weight}
        for name, file, cross_section in zip(("tt", "w"), files, ("2 pb", "5 pb"), strict=True)
    }
    samples["observed"] = {"files": [files[0]], "recorded": True}
    derived = {"twice": "2 * genWeight", "tev": "Jet_pt / 1000"}
    asked = experiment(
        [], samples=samples, luminosity="1 fb-1", derived=derived, selection="Jet_pt > 30", variations={}
    )
    dataset, yields = open_rows(asked)
    weights, pt = [], []
    for part, cross_section in ((array[: EVENTS // 4], 2000), (array[EVENTS // 4 :], 5000)):
        kept = flat(part, "Jet_pt") > 30
        weights.append(flat(part, "genWeight")[kept] * cross_section / ak.sum(part["genWeight"]))
        pt.append(flat(part, "Jet_pt")[kept])
    np.testing.assert_allclose(dataset.column("event_weight"), np.concatenate(weights), rtol=1e-12)
    np.testing.assert_array_equal(dataset.column("tev"), np.concatenate(pt) / 1000)
    assert [(one.rows, one.expected_events) for one in yields] == [(len(one), None) for one in weights]
    assert [one.read for one in yields] == [ak.sum(ak.num(a["Jet_pt"])) for a in (array[:50], array[50:])]
    assert asked.data.name_columns == ["event", "Jet_index", "sample"]
    scored, _ = open_to_score(asked, "observed", columns=["PV_z"])
    np.testing.assert_array_equal(scored.column("PV_z"), flat(array[: EVENTS // 4], "PV_z"))
    of_files, _ = open_files_to_score(asked, files[1:], "w", columns=["PV_z"])
    np.testing.assert_array_equal(of_files.column("PV_z"), flat(array[EVENTS // 4 :], "PV_z"))


def test_yields_are_those_of_events(files: list[str]) -> None:
    content = experiment(files).model_dump(mode="json", exclude_defaults=True)
    processes = {name: {"events": 10} for name in ("light", "c", "b")}
    with pytest.raises(ExperimentError, match=r"result: expected yields are those of events.*element of Jet"):
        parse_experiment({**content, "result": {"processes": processes}})
