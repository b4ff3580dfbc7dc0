"""Runs as files, made without any training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netwright.config import dump_experiment, parse_experiment

ROWS = 400
START = "2026-11-28T17:00:00+00:00"


@pytest.fixture(scope="session")
def run_of():
    """Return a maker of complete runs of a binary head, whose scores are truth and noise."""

    def make(
        folder: Path, name: str, *, started: str = START, seed: int = 0, noise: float = 1.0, identity: bool = True,
        parent: str | None = None, **sections: Any,
    ) -> Path:  # fmt: skip
        path = folder / name
        path.mkdir(parents=True)
        data = {"files": ["toy.csv"]} | ({"identity": ["event"]} if identity else {})
        content = {
            "name": "toy",
            "data": data,
            "inputs": {"x": {"kind": "numeric", "columns": ["a", "b"]}},
            "targets": {"is_signal": {"kind": "binary", "column": "y"}},
        }
        experiment = parse_experiment(content | sections, folder=folder)
        (path / "experiment.yaml").write_text(dump_experiment(experiment))
        truth = np.arange(ROWS) % 2
        random = np.random.default_rng(seed)
        scores = 1 / (1 + np.exp(-(truth - 0.5 + noise * random.normal(size=ROWS))))
        table = pa.table(
            {
                **({"event": np.arange(ROWS)} if identity else {}),
                "split": pa.array(["test"] * (ROWS - 60) + ["train"] * 20 + ["valid"] * 40),
                "weight": np.ones(ROWS),
                "is_signal": scores,
                "is_signal_true": truth,
            }
        )
        pq.write_table(table, path / "predictions.parquet")
        file = {"name": "toy.csv", "rows": ROWS, "sha256": "ab" * 32}
        write(path, "split.json", {"data": {"files": [file], "rows": ROWS, "content": "1234", "says": {}}})
        write(path, "environment.json", {"started": started, "netwright": "0.2", "git_commit": None, "seed": 1})
        auc = {"is_signal": {"roc_auc": {"value": 0.75 + 0.01 * seed, "uncertainty": 0.02}}}
        write(path, "evaluation.json", dict.fromkeys(("train", "valid", "test"), auc))
        finding = {"symptom": "overtraining", "severity": "WARN", "evidence": "It is."}
        write(path, "findings.json", {"format": 1, "findings": [finding]})
        if parent is not None:
            write(path, "parent.json", {"run": parent})
        (path / "history.jsonl").write_text("".join(history_line(epoch) for epoch in (1, 2, 3)))
        (path / "notes.md").write_text("# Notes on toy\n\n")
        for end in ("training.json", "report.html"):
            (path / end).write_text("{}")
        return path

    return make


def history_line(epoch: int, *, member: int = 0, loss: float = 0.5, seconds: float = 30.0) -> str:
    record = dict.fromkeys(("learning_rate", "gradient_norm", "rows_per_second", "monitored"), 0.01)
    losses = {"loss": loss, "head_losses": {"y": loss}, "valid_loss": loss, "valid_head_losses": {"y": loss}}
    more = {"member": member, "epoch": epoch, "steps": epoch, "seconds": seconds * epoch, "best": epoch == 1}
    return json.dumps(more | record | losses | {"halvings": 0, "penalty": 0.0}) + "\n"


def write(path: Path, name: str, content: Any) -> None:
    (path / name).write_text(json.dumps(content))
