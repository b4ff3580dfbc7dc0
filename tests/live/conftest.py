"""Runs as files, with histories that grow as those of a training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXPERIMENT = """name: toy
data: {files: [/data/toy.csv]}
inputs: {x: {kind: numeric, columns: [a, b]}}
targets: {is_signal: {kind: binary, column: y}}
training: {epochs: 20}
"""


def line(epoch: int, member: int = 0, **more) -> str:
    names = ("loss", "valid_loss", "gradient_norm", "learning_rate", "rows_per_second", "monitored")
    losses = {"head_losses": {"a": 0.5, "b": 0.25}, "valid_head_losses": {"a": 0.5, "b": 0.25}}
    record = {"member": member, "epoch": epoch, "seconds": 2.0 * epoch, "best": epoch == 1, **losses}
    return json.dumps(record | dict.fromkeys(names, 1.0 / epoch) | more) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a run that has ended and one in training."""
    runs = tmp_path / "runs"
    for name in ("done", "now"):
        path = runs / name
        path.mkdir(parents=True)
        (path / "experiment.yaml").write_text(EXPERIMENT)
        (path / "history.jsonl").write_text("".join(line(epoch) for epoch in range(1, 6)))
    for name in ("training.json", "report.html"):
        (runs / "done" / name).write_text("{}")
    finding = {"symptom": "overtraining", "severity": "WARN", "evidence": "It is."}
    (runs / "done" / "findings.json").write_text(json.dumps({"format": 1, "findings": [finding]}))
    (runs / "now" / ".lock").write_text("{}")
    layer = {"name": "hidden", "quantiles": [-3, -2, -1, 0, 1, 2, 3], "gradient": 0.1, "weight": 2.0, "update": 0.01}
    looks = [{"member": 0, "epoch": epoch, "step": epoch, "layers": [layer]} for epoch in (0, 2, 5)]
    (runs / "now" / "vitals.jsonl").write_text("".join(json.dumps(look) + "\n" for look in looks))
    shape = {"auc": "0.8 ± 0.1", "signal_efficiency": [0, 0.6, 1], "background_efficiency": [0, 0.1, 1]}
    shape |= {"edges": [0, 0.5, 1], "signal_density": [0.4, 1.6], "background_density": [1.5, 0.5]}
    look = {"member": 0, "epoch": 4, "step": 4, "heads": {"is_signal": shape, "future": {"auc": 3}}}
    (runs / "now" / "separation.jsonl").write_text(json.dumps(look) + "\n" + '{"member": 0, "ep')
    return runs
