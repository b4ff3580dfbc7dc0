"""The request to inspect the data of an experiment or of files, and its result."""

from __future__ import annotations

import numpy as np
import pytest
from examples.tutorials.make_files import flavour_jets, jet_class, nano_aod

import netwright as nw
from netwright.config import parse_experiment
from netwright.errors import DataError
from netwright.inspection import compute_inspection
from netwright.workflow.inspections.of_experiment import request_of_experiment
from netwright.workflow.inspections.of_files import request_of_files

ROWS = 2_000


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    """Two files of rows of two classes, in the working directory."""
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


def experiment(split=None, columns=("x", "y", "z"), files="toy_*.npz", **data):
    content = {
        "name": "toy",
        "data": {"files": [files], "weight": "weight", "identity": ["event"], "derived": {"z": "x + y"}, **data},
        "inputs": {"numbers": {"kind": "numeric", "columns": list(columns)}},
        "targets": {
            "is_signal": {"kind": "binary", "column": "label"},
            "energy": {"kind": "regression", "column": "pt", "where": "label = 1", "unit": "GeV"},
        },
    }
    return parse_experiment(content | ({} if split is None else {"split": split}))


def findings(found):
    return {finding.symptom: finding for finding in found.findings}


def test_an_experiment_says_what_its_columns_are_for():
    inspection = compute_inspection(request_of_experiment(experiment()))
    assert [part.name for part in inspection.parts] == ["train", "valid", "test"]
    assert sum(part.rows for part in inspection.parts) == ROWS
    assert {f.name: f.feature.role for f in inspection.features} == {
        "x": "input",
        "y": "input",
        "z": "input",
        "label": "target",
        "pt": "target",
        "weight": "weight",
        "event": "identity",
    }
    assert inspection.left_out == {"unused": "the experiment does not use it"}
    pt = next(f for f in inspection.features if f.name == "pt")
    assert pt.minimum >= 20  # only of the rows that the head learns from
    assert (pt.missing, pt.feature.unit, pt.count) == (0, "GeV", inspection.heads[0].classes[1].rows)
    assert {"rows in two parts of the split", "drift between parts of the split"} <= set(findings(inspection))
    assert inspection.features[0].missing_at is None  # nothing declares that x may be missing
    assert inspection.severity == "PASS"


def test_missing_values_are_encoded_where_check_says():
    declared = experiment().model_dump(mode="json") | {
        "inputs": {"numbers": {"kind": "numeric", "columns": ["x", "y"], "missing": True}}
    }
    chosen = parse_experiment(declared)
    (evidence,) = (
        finding.evidence for finding in nw.check(chosen).findings if finding.symptom == "encoding of missing values"
    )
    places = {f.name: f.missing_at for f in compute_inspection(request_of_experiment(chosen)).features}
    assert evidence.endswith(f"at x {places['x']:+.1f}, y {places['y']:+.1f}.")


@pytest.mark.parametrize("identity", [[], ["event"]])
def test_a_selection_leaves_out_rows(identity, monkeypatch):
    monkeypatch.setattr("netwright.workflow.inspections.of_experiment.ROWS_AT_ONCE", 300)
    chosen = experiment(selection="label = 1 OR x > 0", identity=identity)
    request = request_of_experiment(chosen)
    columns = [np.load(f"toy_{k}.npz", allow_pickle=False) for k in range(2)]
    kept = sum(((c["label"] == 1) | (c["x"] > 0)).sum() for c in columns)
    inspection = compute_inspection(request)
    assert inspection.rows == kept == sum(part.rows for part in inspection.parts)
    assert inspection.copies.across["split"] == 0
    monkeypatch.setattr("netwright.workflow.inspections.of_experiment.ROWS_AT_ONCE", 10**6)
    whole = request_of_experiment(chosen)
    assert all(np.array_equal(request.parts[name], whole.parts[name]) for name in whole.parts)


def test_a_selection_that_leaves_nothing():
    with pytest.raises(DataError, match=r"selection: 'x > 1000' leaves none of 2000 rows\. Loosen it\."):
        request_of_experiment(experiment(selection="x > 1000"))


@pytest.mark.parametrize(
    ("split", "groups"),
    [({"kind": "folds", "folds": 2}, 3), ({"kind": "cross", "folds": 3}, 3), ({"kind": "reversed"}, 4)],
)
def test_every_group_of_a_cross_validation_is_a_part(split, groups):
    parts = request_of_experiment(experiment(split)).parts
    assert list(parts) == [f"group {k + 1}" for k in range(groups)]
    assert sorted(np.concatenate(list(parts.values())).tolist()) == list(range(ROWS))


@pytest.mark.parametrize("selection", [None, "x > -100"])
def test_a_split_by_files_with_the_same_rows_in_two_of_them(selection):
    np.savez("toy_2.npz", **np.load("toy_1.npz", allow_pickle=False))
    split = {"kind": "files", "train": ["toy_0.npz"], "valid": ["toy_1.npz"], "test": ["toy_2.npz"]}
    inspection = compute_inspection(request_of_experiment(experiment(split, selection=selection)))
    finding = findings(inspection)["rows in two parts of the split"]
    assert finding.severity == "FAIL"
    assert "2,000 of 3,000 rows have the same inputs as a row in another part" in finding.sentence
    assert findings(inspection)["rows that occur twice"].severity == "WARN"


def test_a_value_that_no_input_may_have_is_a_finding_and_no_crash():
    content = dict(np.load("toy_1.npz", allow_pickle=False))
    content["x"][5] = np.nan
    np.savez("toy_1.npz", **content)
    inspection = compute_inspection(request_of_experiment(experiment(columns=["x", "y"], identity=[])))
    assert findings(inspection)["missing values"].severity == "FAIL"
    assert inspection.parts == ()
    assert "inputs.numbers: column x, toy_1.npz, row 5" in inspection.skipped["rows in two parts of the split"]


def test_files_alone():
    request = request_of_files(["toy_0.npz", "toy_1.npz"], target="label", weight="weight")
    assert (request.name, request.weight, len(request.classes), dict(request.parts)) == ("toy_0", "weight", 1, {})
    assert "there is no experiment" in request.skipped["rows in two parts of a split"]
    regressed = request_of_files(["toy_0.npz"], target="pt")
    assert regressed.classes == []
    assert "pt has too many values for classes" in next(reversed(regressed.skipped.values()))


def test_files_are_read_by_their_layout(tmp_path):
    request = request_of_files([nano_aod(tmp_path / "tt.root")])
    assert (request.weight, request.scope.roles["event"]) == ("genWeight", "identity")
    assert set(request.scope.of_particles) >= {"Jet_pt", "Jet_btagDeepFlavB", "Muon_charge"}
    assert request.scope.unused["HLT_IsoMu24"] == "its name suggests a decision of a trigger or filter"
    inspection = compute_inspection(request)
    assert {"MET_pt", "Jet_pt", "Muon_tightId"} <= {feature.name for feature in inspection.features}
    assert "GenJet_pt" not in {feature.name for feature in inspection.features}
    assert next(feature for feature in inspection.features if feature.name == "Jet_pt").feature.unit == "GeV"


def test_particles_in_arrays_are_those_that_init_proposes():
    random = np.random.default_rng(4)
    exists = np.arange(6) < random.integers(1, 7, (200, 1))
    numbers = [random.exponential(30, (200, 6)), random.normal(size=(200, 6)), random.uniform(-3.1, 3.1, (200, 6))]
    numbers += [random.choice([22, 130, 211], (200, 6)), np.full((200, 6), 5)]
    np.savez("jets.npz", X=np.stack(numbers, axis=-1) * exists[..., None], y=np.arange(200) % 2)
    request = request_of_files(["jets.npz"], target="y")
    why = "its particles are inspected, as X_..."
    assert request.scope.unused == {"X": why, "X_4": "it has only one value (5)"}
    inspection = compute_inspection(request)
    assert [feature.name for feature in inspection.features] == ["y", "X_pt", "X_eta", "X_phi", "X_massless", "X_type3"]
    assert next(feature for feature in inspection.features if feature.name == "X_pt").count == exists.sum()
    assert not any(
        "X_massless" in finding.where for finding in inspection.findings
    )  # a mass may be 0 for all particles


def test_a_label_that_a_layout_knows_needs_no_target(tmp_path):
    flavours = request_of_files([flavour_jets(tmp_path / "jets.h5")])
    assert flavours.classes[0].names == ("light", "c", "b")
    assert flavours.scope.roles["HadronConeExclTruthLabelID"] == "target"
    flags = request_of_files([jet_class(tmp_path / "jets.parquet")])
    assert len(flags.classes[0].names) == 10
    assert (flags.classes[0].labels >= 0).all()


def test_several_files_without_a_label_are_samples():
    for number in range(2):
        toy = dict(np.load(f"toy_{number}.npz", allow_pickle=False))
        del toy["label"]
        np.savez(f"sample_{number}.npz", **toy)
    request = request_of_files(["sample_0.npz", "sample_1.npz"])
    assert [sample_yield.sample for sample_yield in request.yields] == ["sample_0", "sample_1"]
    assert np.bincount(request.classes[0].labels).tolist() == [ROWS // 2] * 2
    assert request.weight == "weight"
    inspection = compute_inspection(request)
    assert [sample.rows for sample in inspection.samples] == [ROWS // 2] * 2
    sums = [np.load(f"toy_{number}.npz")["weight"].sum() for number in range(2)]
    assert [sample.weight_sum for sample in inspection.samples] == pytest.approx(sums)
    for target in ("label", None):
        assert request_of_files(["toy_0.npz", "toy_1.npz"], target=target).yields == ()


@pytest.mark.parametrize("across", [True, False])
def test_an_experiment_with_samples_shows_yields_and_identities_that_differ(across):
    content = experiment().model_dump(mode="json")
    samples = {name: {"files": [f"toy_{k}.npz"], "cross_section": "1 pb"} for k, name in enumerate("ab")}
    content["data"] |= {"files": [], "samples": samples, "luminosity": "1 fb-1", "identity_across_samples": across}
    content["data"] |= {"derived": {"z": "x + y", "number": "event % 1000"}, "identity": ["number"]}
    inspection = compute_inspection(request_of_experiment(parse_experiment(content)))
    assert [sample.expected_events for sample in inspection.samples] == [pytest.approx(1000)] * 2
    finding = findings(inspection).get("identity of rows")
    assert (finding is not None) is across
    if finding is not None:
        assert finding.severity == "WARN"
        assert "2,000 of 2,000 rows agree with another in number" in finding.evidence
