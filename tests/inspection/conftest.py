"""Data sets for looking at: a clean one, into which tests plant one fault each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from netwright.data import Dataset, Source
from netwright.inspection import InspectionRequest, compute_inspection, guess_classes, label_rows, scope_of_files

ROWS = 4_000


@pytest.fixture
def clean():
    """Return columns in which there is nothing to find."""
    random = np.random.default_rng(5)
    label = random.integers(0, 2, ROWS)
    return {
        "x": random.normal(size=ROWS) + label,
        "y": random.normal(size=ROWS),
        "pt1": random.exponential(30.0, ROWS) + 20,
        "njet": random.poisson(4, ROWS),
        "weight": np.where(random.uniform(size=ROWS) < 0.1, -1.0, 1.0),
        "event": np.arange(ROWS) + 10**9,
        "label": label,
    }


@pytest.fixture
def of_files():
    """Return a maker of data sets of two or more files of equal size."""

    def make(columns, files=2):
        table = pa.table(
            {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
        )
        rows = np.diff(np.linspace(0, table.num_rows, files + 1).astype(int))
        return Dataset(table, tuple(Source(Path(f"{'abcdefgh'[k]}.npz"), int(n)) for k, n in enumerate(rows)))

    return make


@pytest.fixture
def look_at(of_files):
    """Return a way to look at columns or a data set, with a target and a weight where they are there."""

    def look(data, *, target="label", weight="weight", files=1, parts=None, classes=True, **scope):
        dataset = data if isinstance(data, Dataset) else of_files(data, files)
        target = target if target in dataset.names else None
        weight = weight if weight in dataset.names else None
        made = scope_of_files(dataset, target=target, weight=weight)
        if scope:
            made = type(made)(**{**vars(made), **scope})
        guessed = guess_classes(dataset, target) if target and classes else {}
        result = [label_rows(dataset, target, target, guessed)] if guessed else []
        return compute_inspection(InspectionRequest("toy", dataset, made, classes=result, parts=parts or {}))

    return look


@pytest.fixture
def severity_of():
    """Return a way to read the worst severity of findings of a symptom, and the sentence of the first."""

    def read(inspection, name):
        findings = [finding for finding in inspection.findings if finding.symptom == name]
        assert findings, [finding.symptom for finding in inspection.findings]
        return findings[0].severity, findings[0].sentence

    return read
