"""Inspection of particles: every one that exists counts once, padding never."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import netwright as nw
from netwright.config import parse_experiment

pytestmark = pytest.mark.usefixtures("without_figures")

ROWS, MOST = 600, 6


@pytest.fixture(scope="module")
def events():
    """Particles in arrays of fixed size with a mask: whatever is in the padding is far from all particles."""
    random = np.random.default_rng(4)
    y = random.integers(0, 2, ROWS)
    exists = np.arange(MOST) < random.integers(0, MOST + 1, ROWS)[:, None]
    d0 = np.where(exists, random.normal(0, 1, exists.shape), 1e6)
    answer = np.where(exists, y[:, None] + random.uniform(0, 0.5, exists.shape), -1e6)
    z0 = np.where(exists & (random.uniform(size=exists.shape) < 0.25), -999, random.normal(3, 2, exists.shape))
    return {"d0": d0, "answer": answer, "z0": z0, "same": np.where(exists, 5.0, 7.0), "valid": exists, "y": y}


@pytest.fixture(scope="module")
def inspected(events, tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspected")
    np.savez(folder / "e.npz", **events)
    numbers = {
        "impact": {"columns": ["d0", "same"], "unit": "mm"},
        "others": {"columns": ["answer", "z0"], "missing": [-999]},
    }
    content = {
        "data": {"files": [str(folder / "e.npz")]},
        "inputs": {"tracks": {"kind": "particles", "numbers": numbers, "mask": "valid", "at_most": 5}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
    }
    return nw.inspect(parse_experiment(content), out=folder).found


def test_statistics_are_those_of_the_particles_there_are(events, inspected):
    result = {feature.name: feature for feature in inspected.features}
    exists = events["valid"][:, :5]
    assert set(result) == {"y", "d0", "same", "answer", "z0"}
    d0 = events["d0"][:, :5][exists]
    assert result["d0"].count == exists.sum()
    assert result["d0"].mean == pytest.approx(d0.mean())
    assert (result["d0"].minimum, result["d0"].maximum) == (d0.min(), d0.max())
    assert result["d0"].feature.unit == "mm"
    assert result["z0"].missing == (events["z0"][:, :5][exists] == -999).sum()
    assert sum(inspected.distributions["d0"].heights["background"]) == pytest.approx(
        (exists & (events["y"] == 0)[:, None]).sum(), rel=0.02
    )


def test_findings_say_which_particles_they_are_about(inspected):
    evidence = [finding.evidence for finding in inspected.findings if finding.symptom == "duplicated columns"]
    assert evidence == ["No two input or target features are the same.", f"Particles of tracks: {evidence[0]}"]


def test_findings_name_columns_of_particles(inspected):
    alarms = {
        (finding.symptom, *finding.where) for finding in inspected.findings if finding.severity in {"WARN", "FAIL"}
    }
    assert any(where == ("same",) and "constant" in symptom for symptom, *where in alarms for where in [tuple(where)])
    leak = next(finding for finding in inspected.findings if "answer" in finding.where)
    assert leak.severity == "FAIL"
    assert not any("d0" in where for _, *where in alarms)
    assert not any("twice" in finding.evidence and finding.severity != "PASS" for finding in inspected.findings)


def test_four_vectors_and_words_of_particles(tmp_path):
    random = np.random.default_rng(2)
    counts = random.integers(1, 4, 300)
    ends = np.append(0, np.cumsum(counts)).astype("i4")
    columns = {name: random.exponential(30, ends[-1]) + 20 for name in ("pt", "m")}
    columns |= {"eta": random.normal(0, 1, ends[-1]), "phi": random.uniform(-3, 3, ends[-1])}
    columns["kind"] = random.choice(["e", "mu"], ends[-1])
    table = {name: pa.ListArray.from_arrays(ends, pa.array(values)) for name, values in columns.items()}
    pq.write_table(pa.table(table | {"y": random.integers(0, 2, 300)}), tmp_path / "e.parquet")
    four_vectors = {"columns": ["pt", "eta", "phi", "m"], "basis": "pt,eta,phi,m"}
    categories = {"kind": {"columns": ["kind"]}}
    content = {
        "data": {"files": [str(tmp_path / "e.parquet")]},
        "inputs": {"leptons": {"kind": "particles", "four_vectors": four_vectors, "categories": categories}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
    }
    result = nw.inspect(parse_experiment(content), out=tmp_path).found
    assert {feature.name: feature.count for feature in result.features if feature.name != "y"} == dict.fromkeys(
        four_vectors["columns"], ends[-1]
    )
    assert [text.column for text, _ in result.texts] == ["kind"]
