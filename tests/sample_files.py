"""Small files of samples, and an experiment on them, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot

ROWS = {"tt": 600, "qcd": 900, "w": 500, "data": 300}
SHIFTS = {"tt": 1.2, "qcd": 0.0, "w": 0.2, "data": 0.3}
VARIED = {"Events": 0.0, "Events_jesUp": 0.2, "Events_jesDown": -0.2}
GENERATED = 1234.0  # Σw of all generated events of tt, more than are in the file


def columns_of(name: str, tree: str = "Events") -> dict[str, Any]:
    """Return the columns of a tree: inputs a and b, weights, run and event numbers, which occur in all samples."""
    generator = np.random.default_rng(len(name))
    rows = ROWS[name]
    x = generator.normal(size=(rows, 2)) + SHIFTS[name] + VARIED[tree]
    columns: dict[str, Any] = {"a": x[:, 0], "b": x[:, 1], "run": np.ones(rows, np.int64), "event": np.arange(rows)}
    if name == "qcd":
        columns["only_qcd"] = x[:, 0]
    if name != "data":
        w = np.where(generator.random(rows) < 0.1, -1.0, 1.0) * generator.uniform(0.5, 1.5, rows)
        columns |= {"w": w, "w_mu_up": 1.1 * w, "w_mu_down": 0.9 * w}
    return columns


def write_samples(folder: Path) -> Path:
    """Write a ROOT file for each sample, simulated ones with trees of variations."""
    for name in ROWS:
        with uproot.recreate(folder / f"{name}.root") as file:
            for tree in VARIED if name != "data" else ("Events",):
                file[tree] = columns_of(name, tree)
            if name == "tt":
                file["Runs"] = {"genEventSumw": np.array([GENERATED - 200.0, 200.0])}
                file["CutBookkeeper_1_NOSYS"] = np.array([1.0, GENERATED]), np.arange(3.0)
    return folder


def samples_section(folder: Path, **changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a data section of these samples; changes are by sample."""
    samples: dict[str, dict[str, Any]] = {name: {"files": [str(folder / f"{name}.root")]} for name in ROWS}
    samples["tt"] |= {
        "cross_section": "0.8 pb",
        "sum_of_weights": {"key": "Runs", "column": "genEventSumw"},
        "selection": "a > -1",
    }
    samples["qcd"] |= {"cross_section": "20 pb"}
    samples["w"] |= {"cross_section": "3000 fb", "sum_of_weights": 700}
    samples["data"] |= {"recorded": True}
    for name, change in changes.items():
        samples[name] = {**samples.get(name, {}), **change}
    return {
        "samples": samples,
        "luminosity": "2 fb-1",
        "key": "Events",
        "weight": "w",
        "identity": ["run", "event"],
        "selection": "b > -2",
        "derived": {"total": "a + b"},
        "variations": {
            "jes_up": {"key": "Events_jesUp"},
            "jes_down": {"key": "Events_jesDown"},
            "mu_up": {"weight": "w_mu_up"},
            "mu_down": {"weight": "w_mu_down"},
        },
    }


def samples_experiment(folder: Path, **sections: Any) -> dict[str, Any]:
    """Return the content of an experiment file on these samples."""
    return {
        "name": "samples",
        "data": samples_section(folder),
        "inputs": {"x": {"kind": "numeric", "columns": ["a", "b", "total"]}},
        "targets": {
            "signal": {"kind": "binary", "classes": {"background": ["qcd", "w"], "top": "tt"}, "balance": "weights"}
        },
        "model": {"body": {"kind": "dense", "units": [6]}},
        "training": {"epochs": 2, "batch_size": 128, "learning_rate": 0.01},
        "result": {"bins": 2, "replicas": 3},
    } | sections
