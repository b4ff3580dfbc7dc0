"""Every finding: silent on clean data, and there where its fault is planted."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest

from netwright.config import BinaryTarget
from netwright.inspection import ClassLabels, InspectionRequest, compute_inspection, label_rows, scope_of_files
from netwright.inspection.findings import class_sizes
from netwright.inspection.labels import labels_of_head
from netwright.inspection.weight_summary import summarise_weights

ROWS = 4_000


def halves():
    return {"train": np.arange(0, ROWS, 2), "test": np.arange(1, ROWS, 2)}


def test_clean_data_pass(clean, look_at):
    inspection = look_at(clean, files=2, parts=halves())
    assert [(f.severity, f.symptom, f.sentence) for f in inspection.findings if f.severity != "PASS"] == []
    assert {f.symptom for f in inspection.findings} == {
        *(
            "missing values",
            "constant columns",
            "resolution in float32",
            "duplicated columns",
            "nearly identical columns",
            "identifiers",
        ),
        *("features that give the answer", "padding", "heavy tails", "mixed units", "rows that occur twice"),
        *("rows in two parts of the split", "drift between files", "drift between parts of the split", "weights"),
        "classes of label",
    }
    assert inspection.severity == "PASS"
    assert all(f.where == () for f in inspection.findings)


def plant_constant(columns):
    columns["same"] = np.full(ROWS, 3.5)


def plant_duplicate(columns):
    columns["again"] = columns["x"].copy()


def plant_nearly_identical(columns):
    columns["x_in_mev"] = 1000 * columns["x"] + np.random.default_rng(1).normal(size=ROWS)


def plant_identifier(columns):
    columns["number"] = np.random.default_rng(1).permutation(ROWS) + 7


def plant_leak(columns):
    columns["score"] = columns["label"] + np.random.default_rng(1).normal(size=ROWS) * 0.1


def plant_nearly_leak(columns):
    columns["score"] = columns["label"] + np.random.default_rng(1).normal(size=ROWS) * 0.35


def plant_leak_between(columns):
    """A class that lies between the two halves of the other: the plain AUC is one half."""
    random = np.random.default_rng(1)
    sides = random.choice([-5.0, 5.0], ROWS)
    columns["score"] = np.where(columns["label"] == 1, 0.0, sides) + random.normal(size=ROWS) * 0.5


def plant_leak_by_absence(columns):
    columns["score"] = np.where(columns["label"] == 1, np.nan, columns["y"])


def plant_missing(columns):
    columns["y"] = np.where(np.arange(ROWS) % 50 == 0, np.nan, columns["y"])


def plant_infinite(columns):
    columns["y"] = np.where(np.arange(ROWS) == 5, np.inf, columns["y"])


def plant_too_large(columns):
    columns["y"] = np.where(np.arange(ROWS) == 5, 1e39, columns["y"])


def plant_empty(columns):
    columns["empty"] = np.full(ROWS, np.nan)


def plant_padding(columns):
    columns["y"] = np.where(np.arange(ROWS) % 8 == 0, -999.0, columns["y"])


def plant_heavy_tail(columns):
    columns["tail"] = np.random.default_rng(1).pareto(1.2, ROWS)


def plant_two_units(columns):
    columns["pt1"] = np.where(np.arange(ROWS) % 3 == 0, 1000 * columns["pt1"], columns["pt1"])


def plant_two_units_by_file(columns):
    columns["y"] = np.where(np.arange(ROWS) < ROWS // 2, 1000 * columns["y"], columns["y"])


def plant_units_of_neighbours(columns):
    columns["pt2"] = (np.random.default_rng(2).exponential(30.0, ROWS) + 20) * 1000


def plant_units_of_energy(columns):
    random = np.random.default_rng(2)
    p = random.normal(size=(ROWS, 3))
    columns |= {"E": 1000 * np.sqrt((p**2).sum(axis=1)), **dict(zip(("px", "py", "pz"), p.T, strict=True))}


def plant_copies(columns):
    for name in columns:
        columns[name] = columns[name].copy()
        columns[name][1 : ROWS // 10 : 2] = columns[name][0 : ROWS // 10 : 2]


def plant_drift(columns):
    columns["y"] = columns["y"] + (np.arange(ROWS) >= ROWS // 2)


def plant_drift_in_width(columns):
    columns["y"] = columns["y"] * np.where(np.arange(ROWS) >= ROWS // 2, 2.5, 1.0)


def plant_drift_of_parts(columns):
    columns["y"] = columns["y"] + np.arange(ROWS) % 2


def plant_negative_weights(columns):
    columns["weight"] = np.where(np.arange(ROWS) % 5 < 2, -1.0, 1.0)


def plant_one_heavy_row(columns):
    columns["weight"] = np.where(np.arange(ROWS) == 7, 200.0, 1.0)


def plant_weight_of_few(columns):
    columns["weight"] = np.where(np.arange(ROWS) % 200 == 7, 1000.0, 0.001)


def plant_nan_weight(columns):
    columns["weight"] = np.where(np.arange(ROWS) == 7, np.nan, 1.0)


def plant_no_weight(columns):
    columns["weight"] = np.where(np.arange(ROWS) % 2 == 0, -1.0, 1.0)


def plant_small_class(columns):
    columns["label"] = np.where(np.arange(ROWS) < 60, 1, 0)


def plant_imbalance(columns):
    columns["weight"] = np.where(columns["label"] == 1, 1.0, 0.001)


PLANTED = [
    (plant_constant, "constant columns", "WARN", r"same: every row has the same value \(3.5"),
    (plant_duplicate, "duplicated columns", "WARN", r"x = again: the same value in every row"),
    (plant_nearly_identical, "nearly identical columns", "WARN", r"x ~ x_in_mev \(ρ = \+1.00000\)"),
    (plant_identifier, "identifiers", "WARN", "number: whole numbers or words that differ in every row"),
    (plant_leak, "features that give the answer", "FAIL", "score alone separates 1 from the rest with an AUC of 1.0"),
    (plant_nearly_leak, "features that give the answer", "WARN", "should stay below 0.95"),
    (plant_leak_between, "features that give the answer", "FAIL", "score alone separates"),
    (plant_leak_by_absence, "features that give the answer", "FAIL", "score alone separates"),
    (plant_missing, "missing values", "WARN", "y: up to 80 of 4,000 values are missing"),
    (plant_infinite, "infinite values", "FAIL", "y: up to 1 values are infinite"),
    (plant_too_large, "infinite values", "FAIL", "y: up to 1 values are infinite"),
    (plant_empty, "empty columns", "WARN", "empty: no row has a value"),
    (plant_padding, "padding", "WARN", r"y is -999 in 12.5% of its values.*missing: \[-999\]"),
    (plant_heavy_tail, "heavy tails", "WARN", r"tail \(\d+ σ\).*deviations"),
    (plant_two_units, "mixed units", "WARN", "pt1 has values around .* and none in between"),
    (plant_two_units_by_file, "mixed units", "WARN", "y is typically .* in b.npz and .* in a.npz"),
    (plant_units_of_neighbours, "mixed units", "WARN", "pt1 is typically .* and pt2"),
    (plant_units_of_energy, "mixed units", "WARN", "E is typically 1e.03 times the momentum"),
    (plant_copies, "rows that occur twice", "WARN", "200 of 4,000 rows have the same inputs as an earlier row"),
    (
        plant_copies,
        "rows in two parts of the split",
        "FAIL",
        "400 of 4,000 rows have the same inputs as a row in anoth",
    ),
    (plant_drift, "drift between files", "FAIL", r"an AUC of 0.7.*differ most are y"),
    (plant_drift_in_width, "drift between files", "FAIL", "tells .* from the rest with an AUC of 0.7"),
    (plant_drift_of_parts, "drift between parts of the split", "FAIL", "with an AUC of 0.7"),
    (plant_negative_weights, "weights", "WARN", r"40.0% of Σ\|w\| is negative"),
    (plant_one_heavy_row, "weights", "WARN", r"one row has 4.8% of Σ\|w\|"),
    (plant_weight_of_few, "weights", "WARN", "4,000 rows are equivalent to 20 unweighted rows"),
    (plant_nan_weight, "weights", "FAIL", "1 weights are not finite"),
    (plant_no_weight, "weights", "FAIL", "they add up to 0"),
    (plant_small_class, "classes of label", "WARN", r"1 \(\d+\): few effective rows .* At least 100"),
    (plant_imbalance, "classes of label", "NOTE", "times the weight of"),
]


@pytest.mark.parametrize(("plant", "name", "level", "says"), PLANTED, ids=lambda x: getattr(x, "__name__", None))
def test_planted_faults_are_found(clean, look_at, severity_of, plant, name, level, says):
    plant(clean)
    inspection = look_at(clean, files=2, parts=halves())
    worst, sentence = severity_of(inspection, name)
    assert worst == level, sentence
    assert re.search(says, sentence), sentence
    assert inspection.severity == max(
        (f.severity for f in inspection.findings), key=("PASS", "NOTE", "WARN", "FAIL").index
    )


def test_in_an_experiment_faults_that_stop_a_training_are_failures(clean, look_at, severity_of):
    plant_missing(clean)
    plant_identifier(clean)
    clean["pt1"] = np.where(np.arange(ROWS) % 8 == 0, -999.0, clean["pt1"])
    inspection = look_at(clean, experiment=True)
    for name in ("missing values", "identifiers", "padding"):
        assert severity_of(inspection, name)[0] == "FAIL"


def test_rows_that_belong_together_are_named_once(clean, look_at, severity_of):
    del clean["event"]
    random = np.random.default_rng(4)

    def looked_at(groups, *names):
        well = random.integers(0, groups, ROWS)
        values = {"depth": well % 11, "site": random.permutation(groups)[well] // 3, "double": 2.0 * well, "well": well}
        return look_at(clean | {name: values[name] for name in ("well", *names)})

    severity, sentence = severity_of(looked_at(500, "depth", "site"), "rows that belong together")
    assert severity == "NOTE"
    assert "4,000 rows have 500 values of well, and those with the same well have the same depth, site, as" in sentence
    assert sentence.endswith("data.identity: [well], and leave well out of the inputs.")
    for nothing in (looked_at(30, "depth", "site"), looked_at(500, "depth", "double"), looked_at(500)):
        assert "rows that belong together" not in {finding.symptom for finding in nothing.findings}


def test_zero_of_a_quantity_that_begins_there_is_no_padding(clean, look_at, severity_of):
    random, zero = np.random.default_rng(3), np.arange(ROWS) % 5 == 0
    clean["isolation"] = np.where(zero, 0.0, random.exponential(0.1, ROWS))
    assert severity_of(look_at(clean), "padding") == (
        "PASS",
        "No value of 5 input features is unusually frequent, but 0 in isolation.",
    )
    for padded in (random.exponential(0.1, ROWS) + 0.05, random.normal(size=ROWS)):
        clean["isolation"] = np.where(zero, 0.0, padded)
        assert severity_of(look_at(clean), "padding")[0] == "WARN"


def test_padding_is_no_other_unit(clean, look_at, severity_of):
    plant_padding(clean)
    assert severity_of(look_at(clean), "mixed units")[0] == "PASS"


def test_declared_missing_values_are_no_fault(clean, look_at, severity_of):
    plant_missing(clean)
    clean["y"] = np.where(np.arange(ROWS) % 8 == 0, -999.9, clean["y"]).astype(np.float32)  # no -999.9 in float64
    inspection = look_at(clean, experiment=True, missing={"y": (-999.9,)})
    assert severity_of(inspection, "missing values")[0] == "PASS"
    assert severity_of(inspection, "padding")[0] == "PASS"
    (y,) = (f for f in inspection.features if f.name == "y")
    assert y.missing == ROWS // 8 + np.count_nonzero((np.arange(ROWS) % 50 == 0) & (np.arange(ROWS) % 8 != 0))
    assert abs(y.mean) < 0.2


def test_tamed_tails_are_no_fault(clean, look_at, severity_of):
    plant_heavy_tail(clean)
    assert severity_of(look_at(clean, transformed=("tail",)), "heavy tails")[0] == "PASS"


def test_numbers_without_names_are_no_neighbours(look_at, severity_of):
    random = np.random.default_rng(2)
    pt, eta = random.exponential(700.0, ROWS) + 300, random.normal(size=ROWS)
    jet = pa.FixedSizeListArray.from_arrays(pa.array(np.stack([eta, pt, eta], axis=1).ravel()), 3)
    inspection = look_at({"column_1": pt, "column_2": eta, "x3": pt, "x4": eta, "jet": jet})
    assert severity_of(inspection, "mixed units")[0] == "PASS"


def test_a_nearly_constant_column(look_at, severity_of):
    values = np.zeros(60_000)
    values[:50] = np.linspace(1, 2, 50)
    severity, sentence = severity_of(look_at({"x": values}), "constant columns")
    assert severity == "WARN"
    assert sentence.startswith("x: 99.917% of the values of x are 0. At most 99.9% may be the same. Leave them out, or")


def test_a_constant_target_and_a_constant_word(clean, look_at, severity_of):
    clean["label"] = np.ones(ROWS)
    inspection = look_at({**clean, "word": ["a"] * ROWS})
    assert [f.severity for f in inspection.findings if f.symptom == "constant columns"] == ["FAIL", "WARN"]
    assert severity_of(inspection, "constant columns")[1].startswith("label: the target is 1 in every row")
    assert any("word: every row has the same text" in f.sentence for f in inspection.findings)


@pytest.mark.parametrize(("noise", "level"), [(0.0, "FAIL"), (0.01, "WARN"), (3.0, "PASS")])
def test_an_input_that_follows_a_regression_target(clean, look_at, severity_of, noise, level):
    random = np.random.default_rng(3)
    clean["mass"] = random.normal(size=ROWS)
    clean["guess"] = np.exp(clean["mass"]) if noise == 0 else clean["mass"] + noise * random.normal(size=ROWS)
    inspection = look_at(clean, target="mass")
    worst, sentence = severity_of(inspection, "inputs that follow the target")
    assert worst == level, sentence
    assert "closest to mass is guess" in sentence


def test_missing_targets(clean, look_at, severity_of):
    clean["mass"] = np.where(np.arange(ROWS) % 10 == 0, np.nan, clean["y"] ** 3)
    assert severity_of(look_at(clean, target="mass"), "missing targets")[0] == "FAIL"


def test_words_that_differ_in_every_row(clean, look_at, severity_of):
    clean["word"] = [f"w{k}" for k in range(ROWS)]
    level, sentence = severity_of(look_at(clean), "identifiers")
    assert level == "WARN"
    assert sentence.startswith("word: whole numbers or words that differ in every row")


def test_an_unknown_class(clean, of_files, severity_of):
    dataset = of_files(clean, 1)
    labels = np.where(clean["label"] == 1, 0, -1)
    classes = ClassLabels("is_a", "label", ("a",), labels, unknown=7, strange="3")
    inspection = compute_inspection(
        InspectionRequest("toy", dataset, scope_of_files(dataset, target="label"), classes=[classes])
    )
    assert severity_of(inspection, "classes of is_a")[0] == "WARN"
    assert (
        "7 rows are in none of the classes a (label is '3', for example)"
        in severity_of(inspection, "classes of is_a")[1]
    )


def test_an_empty_class():
    (result,) = class_sizes(
        "is_a", "label", [summarise_weights("a", np.ones(500)), summarise_weights("b", np.zeros(0))]
    )
    assert (result.severity, result.where) == ("FAIL", ("label",))
    assert result.sentence.startswith("b: no rows, or no positive sum of weights")


def test_classes_that_are_balanced_may_have_any_weight(clean, of_files, severity_of):
    plant_imbalance(clean)
    dataset = of_files(clean, 1)
    target = BinaryTarget(kind="binary", column="label", classes={"a": 0, "b": 1}, balance="weights")
    scope = scope_of_files(dataset, target="label", weight="weight")
    classes = [labels_of_head(dataset, "is_b", target)]
    inspection = compute_inspection(InspectionRequest("toy", dataset, scope, classes=classes))
    assert severity_of(inspection, "classes of is_b")[0] == "PASS"


def test_a_feature_that_gives_the_answer_of_the_second_head(clean, of_files, severity_of):
    flavour = np.random.default_rng(3).integers(0, 3, ROWS)
    dataset = of_files({**clean, "tag": np.where(flavour == 1, 1.0, np.nan)}, 1)
    classes = [
        label_rows(dataset, "is_b", "label", {"a": 0, "b": 1}),
        ClassLabels("flavour", "flavour", ("u", "c", "b"), flavour),
    ]
    inspection = compute_inspection(
        InspectionRequest("toy", dataset, scope_of_files(dataset, target="label"), classes=classes)
    )
    level, sentence = severity_of(inspection, "features that give the answer")
    assert level == "FAIL"
    assert "tag alone separates c (flavour) from the rest with an AUC of 1.0000" in sentence
    (x,) = [summary for summary in inspection.features if summary.name == "x"]
    assert (x.separates, round(x.auc, 1)) == ("b (is_b)", 0.8)


def test_files_of_different_processes_are_no_drift(clean, look_at, severity_of):
    """One class a file: each is compared with files of its class only."""
    order = np.argsort(clean["label"], kind="stable")
    sorted_by_class = {name: values[order] for name, values in clean.items()}
    inspection = look_at(sorted_by_class, files=4)
    assert severity_of(inspection, "drift between files")[0] == "PASS"


def test_copies_between_files(clean, look_at, severity_of):
    for name in clean:
        clean[name] = np.concatenate([clean[name][:-1], clean[name][:1]])
    assert "1 of 4,000 rows" in severity_of(look_at(clean, files=2), "rows that occur twice")[1]
    assert severity_of(look_at(clean, files=1), "rows that occur twice")[0] == "PASS"


def test_few_different_values_are_no_copies(look_at):
    inspection = look_at({"a": np.arange(ROWS) % 7, "b": np.arange(ROWS) % 5})
    assert "rows that occur twice" in inspection.skipped
    assert not [f for f in inspection.findings if f.symptom == "rows that occur twice"]
