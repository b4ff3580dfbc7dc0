"""weaver-core's loader, until all rows of a ROOT file are in memory in the form that training takes.

What it then does row by row, in Python, to make batches of them is not counted.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy.typing as npt
from weaver.utils.dataset import SimpleIterDataset

from bench.problems import Table
from bench.workers.reading import serve_reading


def load(path: Path, case: Table) -> Iterator[npt.NDArray[Any]]:
    """Read a tree as one group of inputs."""
    length = case.columns // 4 if case.jets else None
    first = case.branches[0]
    config = {
        "treename": "events",
        "preprocess": {"method": "manual", "data_fraction": 1},
        "inputs": {"features": {"length": length, "vars": [[name, None] for name in case.branches]}},
        "labels": {"type": "custom", "value": {"label": f"ak.num({first})" if case.jets else first}},
    }
    with tempfile.TemporaryDirectory() as folder:
        described = Path(folder) / "data.yaml"
        described.write_text(json.dumps(config))  # which is YAML as well
        rows = iter(SimpleIterDataset({"_": [str(path)]}, str(described), in_memory=True, fetch_step=1.0, name="train"))
        next(rows)
    yield rows.table["_features"]


if __name__ == "__main__":
    serve_reading(lambda way: load, ["weaver-core", "uproot", "awkward"])  # noqa: ARG005
