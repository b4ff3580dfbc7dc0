"""--trust on the command line, from the training of an own layer to every command on its run."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.errors import TrustError
from netwright.models import trust
from netwright.workflow import _report, _train, _train_and_evaluate
from netwright.workflow.findings.of_run import record_findings

pytestmark = pytest.mark.usefixtures("without_figures")

LAYER = """
import keras

@keras.saving.register_keras_serializable(package="stranger_layers")
class Own(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(2)

    def build(self, shape):
        self.dense.build(shape)

    def call(self, x):
        return self.dense(x)
"""


def test_a_strangers_layer_is_run_in_no_command_until_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "_store", lambda: tmp_path / "trusted.json")
    monkeypatch.setattr(trust, "_of_this_process", {})
    monkeypatch.setattr(_train_and_evaluate, "draw_features", lambda *_: None)
    monkeypatch.setattr(_train, "report", lambda run, **_: record_findings(run))
    monkeypatch.setattr(_report, "draw_run", lambda *_, **__: None)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Path("stranger_layers.py").write_text(LAYER)
    label = np.arange(200) % 2
    np.savez("rows.npz", a=np.random.default_rng(1).normal(size=200) + label, y=label)
    content = {
        "name": "own",
        "data": {"files": ["rows.npz"]},
        "inputs": {"x": {"kind": "numeric", "columns": ["a"]}},
        "targets": {"y": {"kind": "binary", "column": "y"}},
        "model": {"body": {"kind": "custom", "layer": "stranger_layers:Own"}},
        "training": {"epochs": 1},
    }
    Path("own.yaml").write_text(yaml.safe_dump(content))
    runner = CliRunner()
    for command in (["train", "own.yaml"], ["find-rate", "own.yaml"]):
        assert isinstance(runner.invoke(app, command).exception, TrustError)
    assert "stranger_layers" not in sys.modules
    assert not Path("runs").exists()
    answer = runner.invoke(app, ["train", "own.yaml", "--trust"])
    assert answer.exit_code == 0, answer.output
    sys.modules.pop("stranger_layers")
    Path("trusted.json").unlink()
    trust._of_this_process.clear()
    for command in ("evaluate", "predict", "export", "report"):
        named = ["runs/own", "rows.npz"] if command == "predict" else ["runs/own"]
        error = runner.invoke(app, [command, *named]).exception
        assert isinstance(error, TrustError), command
        assert "stranger_layers.py" in str(error)
    assert "stranger_layers" not in sys.modules
    assert runner.invoke(app, ["predict", "runs/own", "rows.npz", "--trust"]).exit_code == 0
    sys.modules.pop("stranger_layers")
    assert nw.load_model("runs/own").count_params()
