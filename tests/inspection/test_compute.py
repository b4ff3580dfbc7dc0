"""A whole inspection: numbers against slow twins, JSON that comes back, and data at the edge of what there is."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from netwright.data import read
from netwright.errors import DataError
from netwright.inspection import InspectionRequest, as_json, compute_inspection, scope_of_files
from netwright.metrics import roc_auc, weighted_quantile


def by_name(found):
    return {feature.name: feature for feature in found.features}


def test_numbers_against_slow_twins(clean, look_at):
    clean["y"][::9] = np.nan
    inspection = look_at(clean)
    w = clean["weight"]
    y, exists = by_name(inspection)["y"], np.isfinite(clean["y"])
    mean = np.average(clean["y"][exists], weights=w[exists])
    assert y.mean == pytest.approx(mean)
    assert y.deviation == pytest.approx(np.sqrt(np.average((clean["y"][exists] - mean) ** 2, weights=w[exists])))
    assert y.quantiles[4] == pytest.approx(weighted_quantile(clean["y"][exists], 0.5, w[exists]), abs=y.quantile_error)
    assert (y.missing, y.missing_share) == ((~exists).sum(), pytest.approx(w[~exists].sum() / w.sum()))
    x = by_name(inspection)["x"]
    assert x.auc == pytest.approx(roc_auc(clean["label"], clean["x"], w), abs=0.02)
    assert x.separates == "1"
    assert by_name(inspection)["weight"].mean == pytest.approx(w.mean())  # the weight is not weighted by itself
    assert by_name(inspection)["njet"].whole
    assert inspection.total.weight_sum == pytest.approx(w.sum())
    names = inspection.correlations.names
    assert set(names) == {"x", "y", "pt1", "njet", "label"}
    i, j = names.index("x"), names.index("label")
    expected = np.cov(clean["x"], clean["label"], aweights=None, ddof=0)
    assert inspection.correlations.linear[i, j] == pytest.approx(
        expected[0, 1] / np.sqrt(expected[0, 0] * expected[1, 1]), abs=0.02
    )


def test_blocks_make_no_difference(clean, look_at, monkeypatch):
    whole = as_json(look_at(clean, files=2))
    monkeypatch.setattr("netwright.inspection.stream.VALUES_AT_ONCE", 2_500)
    blocks = as_json(look_at(clean, files=2))
    assert [f["name"] for f in whole["features"]] == [f["name"] for f in blocks["features"]]
    for one, other in zip(whole["features"], blocks["features"], strict=True):
        for key in ("mean", "deviation", "minimum", "maximum", "count", "auc"):
            assert one[key] == pytest.approx(other[key], rel=1e-9), key
    assert np.array(whole["correlations"]["linear"]) == pytest.approx(
        np.array(blocks["correlations"]["linear"]), abs=2e-4
    )
    assert whole["copies"] == blocks["copies"]


def test_json_comes_back_the_same(clean, look_at):
    clean["y"][3] = np.nan
    inspection = look_at(
        {**clean, "word": ["ä<b>", None] * 2_000},
        files=2,
        parts={"train": np.arange(3000), "test": np.arange(3000, 4000)},
    )
    content = as_json(inspection)
    text = json.dumps(content, allow_nan=False, ensure_ascii=False)
    assert json.loads(text) == content
    assert content["severity"] == inspection.severity
    assert content["findings"] == [{**asdict(finding), "where": list(finding.where)} for finding in inspection.findings]
    assert {f["name"] for f in content["features"]} == {f.name for f in inspection.features}
    assert content["features"][0]["quantiles"]["0.5"] == pytest.approx(inspection.features[0].quantiles[4], rel=1e-8)
    assert content["texts"][0]["most"][0][0] == "ä<b>"
    assert len(content["distributions"]["x"]["heights"]["1"]) == len(content["distributions"]["x"]["edges"]) - 1
    assert [part["rows"] for part in content["parts"]] == [3000, 1000]
    assert set(content["drift"]) == {"files", "split"}


def test_wide_data_have_no_matrix_in_json_but_its_strongest_pairs(look_at):
    values = np.random.default_rng(1).normal(size=(300, 201))
    values[:, 7] = 0.9 * values[:, 3] + 0.1 * values[:, 7]
    content = as_json(look_at({f"c{k}": values[:, k] for k in range(201)}))
    assert "linear" not in content["correlations"]
    assert content["correlations"]["strongest"][0]["first"] == "c3"
    assert len(content["correlations"]["strongest"]) == 100


def test_too_many_columns_for_correlations_are_said(look_at, monkeypatch):
    monkeypatch.setattr("netwright.inspection.scan.MAX_FEATURES", 3)
    inspection = look_at({f"c{k}": np.arange(50.0) ** k for k in range(1, 5)})
    assert inspection.correlations is None
    assert inspection.pairs == ()
    assert inspection.skipped["correlations"].startswith("there are 4 features")


def test_where_the_network_puts_a_missing_value_is_shown(clean, of_files):
    dataset = of_files(clean, 1)
    inspection = compute_inspection(
        InspectionRequest("toy", dataset, scope_of_files(dataset), missing_at={"x": -3.0, "y": 4.5})
    )
    assert (by_name(inspection)["x"].missing_at, by_name(inspection)["pt1"].missing_at) == (-3.0, None)
    assert {f["name"]: f["missing_encoded_at"] for f in as_json(inspection)["features"]}["y"] == 4.5


@pytest.mark.parametrize(
    "columns",
    [
        {"x": np.array([1.0])},
        {"x": np.full(5, np.nan)},
        {"x": np.array([1.0, np.inf, -np.inf, np.nan])},
        {"x": np.arange(3.0), "weight": np.zeros(3)},
        {"x": np.arange(3.0), "weight": np.array([1.0, -1.0, 0.0])},
        {"x": np.array([3.4e38, -3.4e38, 0.0])},
        {"x": np.array([1e-300, 2e-300, 3e-300])},
        {"word": ["a", "b", "a"]},
        {"x": np.arange(3.0), "label": np.array([0, 1, 1])},
        {"flag": np.array([True, False])},
    ],
)
def test_the_edge_of_what_there_is(look_at, columns):
    inspection = look_at(columns)
    assert inspection.rows == len(next(iter(columns.values())))
    json.dumps(as_json(inspection), allow_nan=False)


def test_nothing_to_look_at(of_files):
    dataset = of_files({"x": np.arange(5.0)}, 1)
    with pytest.raises(DataError, match=r"there is nothing to inspect: 0 rows, 1 numeric columns\. Name other"):
        compute_inspection(InspectionRequest("toy", dataset, scope_of_files(dataset), kept=np.zeros(0, dtype=np.int64)))


def test_generated_like_jets_of_four_vectors(look_at):
    random = np.random.default_rng(1)
    p = random.normal(size=(3_000, 30, 3)) * np.linspace(50, 1, 30)[None, :, None]
    p4 = np.concatenate([np.sqrt((p**2).sum(axis=2, keepdims=True)), p], axis=2).astype(np.float32)
    p4[np.arange(30)[None, :] >= random.integers(5, 30, 3_000)[:, None]] = 0
    import pyarrow as pa

    column = pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(pa.array(p4.ravel()), 4), 30)
    inspection = look_at({"jets": column, "label": random.integers(0, 2, 3_000)})
    assert [f.sentence for f in inspection.findings if f.severity != "PASS"] == []
    share = np.mean(p4[:, 20, 0] == 0)
    assert by_name(inspection)["jets[20].px"].missing / 3_000 == pytest.approx(share)
    assert by_name(inspection)["jets[0].E"].missing == 0


def test_real_muons(shared_data):
    dataset = read(shared_data / "Zmumu_Run2011A_masses.csv")
    inspection = compute_inspection(InspectionRequest("muons", dataset, scope_of_files(dataset, target="M")))
    assert {f.severity for f in inspection.findings} == {"PASS", "WARN"}
    (nearly,) = (f for f in inspection.findings if f.symptom == "nearly identical columns")
    assert nearly.where == ("Q1", "Q2")  # one is the opposite of the other
    assert by_name(inspection)["M"].mean == pytest.approx(np.mean(dataset.column("M")))


def test_real_jets(shared_data):
    dataset = read(shared_data / "real_jets_1000.npz")
    inspection = compute_inspection(InspectionRequest("jets", dataset, scope_of_files(dataset, target="truth_label")))
    assert inspection.severity == "PASS"
    assert len([f for f in inspection.features if f.feature.column == "constituents"]) == 800
