"""What single precision keeps of a column is a finding, in the column's own type."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from netwright.config import parse_experiment
from netwright.inspection import compute_inspection
from netwright.inspection.column_summary import summarise_columns
from netwright.inspection.scope import Vectors
from netwright.workflow.inspections.of_experiment import request_of_experiment

ROWS = 4_000
NAME = "resolution in float32"


def of_name(found):
    return next(finding for finding in found.findings if finding.symptom == NAME)


def test_columns_that_float32_resolves_pass(clean, look_at):
    finding = of_name(look_at(clean))
    assert finding.severity == "PASS"
    assert "resolves all input and target columns, at least" in finding.sentence
    exact = of_name(look_at({"x": np.arange(ROWS) % 7, "label": clean["label"]}))
    assert exact.sentence.endswith("columns, exactly.")


def test_a_column_of_large_offset_is_found_with_what_is_lost(clean, look_at):
    clean["x"] = clean["x"] + 1.7e9
    inspection = look_at(clean)
    finding = of_name(inspection)
    assert (finding.severity, finding.where) == ("WARN", ("x",))
    assert "4,000 distinct values of x become " in finding.sentence
    assert (
        "at least 1,024 are needed. A network takes such inputs as a float32 value and a remainder" in finding.sentence
    )
    assert not next(feature for feature in inspection.features if feature.name == "x").constant


def test_whole_numbers_that_float64_merges_vary(clean, look_at, of_files):
    clean["x"] = 2**60 + np.arange(ROWS) % 9
    inspection = look_at(clean)
    assert not next(feature for feature in inspection.features if feature.name == "x").constant
    assert (
        'subtract what the values have in common (data.derived: {x_shifted: \'"x" - 115' in of_name(inspection).sentence
    )
    summary = next(column for column in summarise_columns(of_files(clean)) if column.name == "x")
    assert (summary.constant, summary.minimum, summary.maximum) == (False, 2**60, 2**60 + 8)
    same = clean | {"x": np.full(ROWS, 2**60)}
    assert next(feature for feature in look_at(same).features if feature.name == "x").constant
    assert next(column for column in summarise_columns(of_files(same)) if column.name == "x").constant


@pytest.mark.parametrize(("scaling", "level"), [("standardise", "WARN"), ("none", "FAIL")])
def test_what_an_experiment_is_refused_for_fails(scaling, level, clean, tmp_path, of_files):
    clean["x"] = clean["x"] + 1.7e9
    pq.write_table(of_files(clean).table, tmp_path / "toy.parquet")
    content = {
        "data": {"files": [str(tmp_path / "toy.parquet")], "selection": "y > -1", "identity": ["event"]},
        "inputs": {
            "f": {"kind": "numeric", "columns": ["x"], "scaling": scaling},
            "c": {"kind": "categorical", "columns": ["njet"]},
        },
        "targets": {"t": {"kind": "binary", "column": "label"}},
    }
    inspection = compute_inspection(request_of_experiment(parse_experiment(content)))
    finding = of_name(inspection)
    assert (finding.severity, finding.where) == (level, ("x",))
    assert ("Subtract a common offset" in finding.sentence) == (level == "FAIL")


@pytest.mark.parametrize(("energy", "level"), [(50.0, "PASS"), (1e5, "WARN")])
def test_masses_from_cancellation_are_found(energy, level, clean, look_at):
    p3 = np.random.default_rng(3).normal(0, energy, (3, ROWS))
    vector = [np.sqrt((p3**2).sum(axis=0) + 5.0**2), *p3]
    clean |= dict(zip(["lep_E", "lep_px", "lep_py", "lep_pz"], vector, strict=True))
    vectors = (Vectors(("lep_E", "lep_px", "lep_py", "lep_pz"), ("E", "px", "py", "pz"), 1),)
    finding = next(one for one in look_at(clean, vectors=vectors).findings if one.symptom == "masses in float32")
    assert finding.severity == level
    assert ("and masses of 5. It should change by at most 10%." in finding.sentence) == (level == "WARN")
