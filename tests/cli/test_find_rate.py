from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from netwright.cli._app import app
from netwright.config import parse_experiment


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    random = np.random.default_rng(3)
    label = np.arange(400) % 2
    np.savez(tmp_path / "toy.npz", x=random.normal(size=400) + 2 * label, y=random.normal(size=400), label=label)
    content = {
        "name": "toy",
        "data": {"files": ["toy.npz"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["x", "y"]}},
        "targets": {"is_signal": {"kind": "binary", "column": "label"}},
        "model": {"body": {"kind": "dense", "units": [8]}},
        "training": {"batch_size": 32},
    }
    (tmp_path / "toy.yaml").write_text(yaml.safe_dump(content))
    return tmp_path


def test_find_rate_says_what_to_write_and_leaves_figure_and_numbers(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(toy)
    result = CliRunner().invoke(app, ["find-rate", "toy.yaml", "--out", "found", "--set", "training.batch_size=64"])
    assert result.exit_code == 0, result.output
    assert sorted(file.name for file in Path("found").iterdir()) == ["find-rate.json", "find-rate.pdf", "find-rate.png"]
    numbers = json.loads(Path("found/find-rate.json").read_text())
    assert numbers["suggestion"] == numbers["minimum"] / 10
    assert len(numbers["rates"]) == len(numbers["losses"]) == len(numbers["smoothed"])
    lines = yaml.safe_load(result.output[result.output.index("training:\n") :])
    assert lines["training"]["learning_rate"] == pytest.approx(numbers["suggestion"], rel=0.05)
    content = yaml.safe_load(Path("toy.yaml").read_text())
    assert parse_experiment(content | lines).training.learning_rate == lines["training"]["learning_rate"]
