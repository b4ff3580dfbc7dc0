"""Numbers of particles besides their four-vectors: a b-tag of each jet is a feature of a particle."""

from __future__ import annotations

import itertools
from pathlib import Path

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.config import FourVectorsInput, parse_experiment
from netwright.data import Description, Rows
from netwright.data.description.particles import describe_particles
from netwright.data.rows.inputs import input_rows
from netwright.errors import DataError, ExperimentError
from netwright.inspection.features import layout_of
from netwright.inspection.scope import scope_of_experiment
from netwright.models.encode_particles import encode_particles

NAMES = ["pt", "eta", "phi", "m"]


def events(rows: int = 300) -> dict[str, pa.Array]:
    random = np.random.default_rng(3)
    counts = random.integers(0, 5, rows)
    y = random.integers(0, 2, rows)
    ends = np.concatenate([[0], np.cumsum(counts)])
    values = {
        "pt": random.exponential(30, ends[-1]) + 20,
        "eta": random.uniform(-2, 2, ends[-1]),
        "phi": random.uniform(-3, 3, ends[-1]),
        "m": random.exponential(5, ends[-1]) + 1,
        "btag": np.clip(random.normal(0.3 + 0.4 * np.repeat(y, counts), 0.2), 0, 1),
    }
    lists = {name: pa.ListArray.from_arrays(ends.astype("i4"), one) for name, one in values.items()}
    return lists | {"y": pa.array(y), "event": pa.array(np.arange(rows))}


@pytest.fixture
def dataset(tmp_path):
    def written(**changes):
        pq.write_table(pa.table(events() | changes), tmp_path / "e.parquet")
        return nw.read(tmp_path / "e.parquet", cache=tmp_path / "cache")

    return written


def group_of(**more):
    content = {"kind": "four-vectors", "columns": NAMES, "basis": "pt,eta,phi,m", "at_most": 3, "properties": ["btag"]}
    return FourVectorsInput.model_validate(content | more)


def test_properties_stand_behind_the_components(dataset):
    data = dataset()
    group = group_of()
    values = input_rows(data, {"jets": group})["jets"]
    assert values.shape == (300, 3, 5)
    np.testing.assert_array_equal(values[..., :4], input_rows(data, {"jets": group_of(properties=[])})["jets"])
    np.testing.assert_allclose(values[..., 4], data.padded("btag", 3), rtol=1e-6)
    exists = values[..., 0] > 0
    moments = describe_particles("jets", group, rows_of(values), np.arange(300))["properties"]
    assert moments.mean[0] == pytest.approx(values[exists][:, 4].mean(), rel=1e-5)
    assert moments.std[0] == pytest.approx(values[exists][:, 4].std(), rel=1e-4)


def rows_of(values):
    number = np.arange(len(values))
    return Rows({"jets": values}, {}, np.ones(len(values)), number.astype(np.uint64), number)


def encoded(group, values):
    description = Description(
        particles={"jets": describe_particles("jets", group, rows_of(values), np.arange(len(values)))}
    )
    x = keras.Input(values.shape[1:], name="jets")
    result = encode_particles("jets", group, {"jets": x}, description, itertools.count(1))
    return keras.Model(x, [result.particles.features, result.particles.mask])


def test_the_network_sees_them_scaled_and_masked(dataset):
    group = group_of(features=["jet"])
    values = input_rows(dataset(), {"jets": group})["jets"]
    features, mask = encoded(group, values).predict(values, verbose=0)
    there = mask[..., 0] > 0
    assert features.shape == (300, 3, 1)
    assert features[there].mean() == pytest.approx(0, abs=1e-4)
    assert features[there].std() == pytest.approx(1, abs=1e-3)
    assert len(np.unique(features[~there])) == 1  # the place of what is missing
    garbage = values.copy()
    garbage[..., 4][~there] = 1e6  # the padding is not looked at
    np.testing.assert_array_equal(encoded(group, values).predict(garbage, verbose=0)[0], features)


@pytest.mark.parametrize("marker", [None, -1.0])
def test_a_missing_property_is_no_missing_particle(dataset, marker):
    lists = events()["btag"]
    numbers = lists.values.to_numpy().copy()
    numbers[::7] = np.nan if marker is None else marker
    changed = pa.ListArray.from_arrays(lists.offsets, numbers)
    data = dataset(btag=changed)
    if marker is None:
        with pytest.raises(DataError, match=r"inputs\.jets: column btag \(particle \d\), .*properties_missing: true"):
            input_rows(data, {"jets": group_of()})
    group = group_of(features=["jet"], properties_missing=True if marker is None else [marker])
    values = input_rows(data, {"jets": group})["jets"]
    features, mask = encoded(group, values).predict(values, verbose=0)
    exists = mask[..., 0] > 0
    gone = exists & (np.isnan(values[..., 4]) if marker is None else values[..., 4] == marker)
    assert gone.any()
    assert np.abs(features[gone]).min() >= 3
    assert features[exists & ~gone].mean() == pytest.approx(0, abs=1e-4)


def test_permuting_takes_them_along(dataset):
    group = group_of(features=["raw"], augment=["rotate-phi", "permute"])
    values = input_rows(dataset(), {"jets": group})["jets"]
    model = encoded(group, values)
    before, after = (np.asarray(model(values, training=training)[0]) for training in (False, True))
    three = (values[..., 0] > 0).all(axis=1)
    assert not np.array_equal(before[three], after[three])
    for old, new in zip(before[three], after[three], strict=True):
        np.testing.assert_allclose(sorted(map(tuple, old[:, [0, 4]])), sorted(map(tuple, new[:, [0, 4]])), rtol=1e-5)


def test_numbered_columns_and_arrays(tmp_path):
    p4 = np.array([[[5.0, 3, 0, 4], [2, 0, 2, 0]], [[9.0, 0, 0, 9], [0, 0, 0, 0]]])
    numbered = {f"{name}_{i}": p4[:, i, k] for i in range(2) for k, name in enumerate(("E", "px", "py", "pz"))}
    q = np.array([[1.0, -1], [1, 7]])
    np.savez(tmp_path / "n.npz", p4=p4, q=q, short=q[:, :1], q_0=q[:, 0], q_1=q[:, 1], **numbered)
    data = nw.read(tmp_path / "n.npz", cache=tmp_path / "cache")
    names = ["E_{i}", "px_{i}", "py_{i}", "pz_{i}"]
    for columns, prop in ((names, "q_{i}"), ("p4", "q")):
        group = FourVectorsInput(kind="four-vectors", columns=columns, properties=[prop], at_most=3)
        values = input_rows(data, {"p": group})["p"]
        assert values[..., 4].tolist() == [[1, -1, 0], [1, 0, 0]]
    group = FourVectorsInput(kind="four-vectors", columns=names, properties=["z_{i}"])
    with pytest.raises(DataError, match=r'there is no column "z_0"'):
        input_rows(data, {"p": group})


def test_another_layout_is_refused(dataset):
    data = dataset(btag=pa.array([[0.5] * (7 if row == 4 else len(pt)) for row, pt in enumerate(events()["pt"])]))
    with pytest.raises(DataError, match=r"inputs\.jets: e\.parquet, row 4: pt holds \d particles and btag 7 numbers"):
        input_rows(data, {"jets": group_of()})
    with pytest.raises(DataError, match=r'column "y" has the type int64, not lists of numbers'):
        input_rows(data, {"jets": group_of(properties=["y"])})


def content_of(folder: Path, **jets):
    group = {"kind": "four-vectors", "columns": NAMES, "basis": "pt,eta,phi,m", "at_most": 3}
    return {
        "name": "b",
        "data": {"files": [str(folder / "e.parquet")], "identity": ["event"]},
        "inputs": {"jets": group | {"properties": ["btag"]} | jets},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "deep-sets", "units": [8]}},
        "training": {"epochs": 1, "batch_size": 64},
    }


@pytest.mark.parametrize(
    ("jets", "message"),
    [
        ({"properties": ["btag_{i}"]}, r"properties: btag_\{i\} must be lists, without \{i\} in the name"),
        ({"properties": ["pt"]}, r"properties: name only columns that are none of the four components"),
        ({"properties": ["a", "a"]}, r"properties names one twice: a, a"),
        ({"properties": ["y"]}, r"inputs\.jets: the network may not see column y"),
    ],
)
def test_what_properties_may_not_be(tmp_path, jets, message):
    with pytest.raises(ExperimentError, match=message):
        parse_experiment(content_of(tmp_path, **jets))


@pytest.mark.parametrize(
    ("columns", "jets", "message"),
    [
        (["btag"], {}, (r"inputs\.b: column btag holds a list a row.*one for each particle of jets\. Write properties: "
         r"\[btag\] under inputs\.jets, and remove the group b; or use single ones")),
        (["btag", "x", "q"], {}, r"columns btag, q hold a list.*properties: \[btag, q\] .*remove btag, q from b;"),
        (["other"], {}, r"column other holds a list a row.*If it has a number for.*first: '\"other\"\[1\]'"),
        (["btag"], {"columns": [f"{c}_{{i}}" for c in NAMES]}, r"If it has a number for each particle of a group"),
    ],
)  # fmt: skip
def test_a_list_in_a_group_of_numbers_says_where_it_belongs(dataset, columns, jets, message):
    data = dataset(q=events()["btag"], x=np.arange(300.0), other=pa.array([[1.0]] * 300))
    data = data.derive({f"{c}_{i}": f"coalesce({c}[{i + 1}], 0)" for c in NAMES for i in range(2)})
    content = content_of(Path(data.sources[0].path.parent), properties=[], **jets)
    content["inputs"]["b"] = {"kind": "numeric", "columns": columns}
    with pytest.raises(DataError, match=message):
        input_rows(data, parse_experiment(content).inputs)


def test_numbers_of_particles_in_a_group_of_their_own_are_properties(dataset):
    folder = Path(dataset().sources[0].path.parent)
    content = content_of(folder, properties=[])
    content["inputs"]["b"] = {"kind": "numeric", "columns": ["btag"]}
    checked = nw.check(parse_experiment(content))
    assert list(checked.experiment.inputs) == ["jets"]
    assert checked.experiment.inputs["jets"].properties == ["btag"]
    assert any(
        result.evidence.startswith("inputs.b: there is a number for each particle in btag;")
        for result in checked.findings
    )
    content["inputs"]["b"]["scaling"] = "quantiles"  # properties have no such scaling, so it stays as it was said
    with pytest.raises(DataError, match=r"Write properties: \[btag\] under inputs\.jets, and remove the group b"):
        nw.check(parse_experiment(content))


@pytest.mark.parametrize(
    "command",
    [
        lambda experiment, folder: nw.scan(experiment, "training.learning_rate", [0.01], folder=folder),
        lambda experiment, folder: nw.search(experiment, trials=1, folder=folder),
    ],
)
def test_a_scan_and_a_search_take_what_a_training_takes(dataset, tmp_path, command):
    dataset(y=pa.array(np.zeros(300, np.int64)))  # ends when the rows were read, before anything is trained
    content = content_of(tmp_path, properties=[]) | {
        "result": {"processes": {"tt": {"events": 1}, "hh": {"events": 1}}},
        "search": {"parameters": {"training.learning_rate": {"choices": [0.01, 0.1]}}},
    }
    content["inputs"]["b"] = {"kind": "numeric", "columns": ["btag"]}
    content["targets"]["y"]["classes"] = {"tt": 0, "hh": 1}
    with pytest.raises(DataError, match=r"targets\.y: class hh \(y = 1\) has no rows"):
        command(parse_experiment(content), tmp_path / "found")


@pytest.mark.usefixtures("without_figures")
def test_the_whole_way_with_a_b_tag(dataset, tmp_path, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_CACHE", str(tmp_path / "cache"))
    dataset()
    run = nw.train(parse_experiment(content_of(tmp_path, features=["jet"])), run=tmp_path / "run")
    assert run.evaluation["test"]["y"]["roc_auc"]["value"] > 0.6
    assert nw.export(run).largest_difference <= 1e-5
    table = nw.predict(run, [tmp_path / "e.parquet"], tmp_path / "s.root")
    assert table.num_rows == 300


def test_inspection_looks_at_properties(dataset, tmp_path):
    data = dataset()
    scope = scope_of_experiment(parse_experiment(content_of(tmp_path)), data)
    assert scope.roles["btag"] == "input"
    assert "btag[0]" in {feature.name for feature in layout_of(data, scope).features}
