"""What MLflow, Weights & Biases and Comet read of what is written for them: make test-trackers."""

from __future__ import annotations

import json
import struct
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.labbook.conftest import run_of  # noqa: F401  # a fixture
from tests.trackers.fed import feed

from netwright.lab import Run

pytestmark = pytest.mark.filterwarnings("default")  # of libraries that are not ours


def run_with(run_of: Any, folder: Path, tracker: str) -> Run:  # noqa: F811
    run = Run(run_of(folder / "runs", "a", trackers=[tracker]))
    assert feed(run) == []
    return run


def test_mlflow(run_of, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    run_with(run_of, tmp_path, "mlflow")
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("runs").experiment_id])
    assert (run.info.run_name, run.info.status) == ("a", "FINISHED")
    assert run.data.params["training.epochs"] == "100"
    assert run.data.metrics["test/is_signal/roc_auc"] == 0.75
    assert [(metric.step, metric.value) for metric in client.get_metric_history(run.info.run_id, "loss/valid")] == [
        (1, 0.25), (2, 0.25),
    ]  # fmt: skip
    assert [artifact.path for artifact in client.list_artifacts(run.info.run_id, "figures")] == ["figures/loss.png"]


def records(content: bytes) -> Iterator[bytes]:
    """Yield the records of a file of W&B: a head of 7 bytes, then blocks as of LevelDB's log."""
    at, whole = 7, b""
    while at + 7 <= len(content):
        if 2**15 - at % 2**15 < 7:
            at += 2**15 - at % 2**15
            continue
        length, kind = struct.unpack("<HB", content[at + 4 : at + 7])
        whole = (b"" if kind in {1, 2} else whole) + content[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in {1, 4}:  # whole, or the last part
            yield whole


def test_wandb(run_of, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("wandb")
    from wandb.proto.wandb_internal_pb2 import Record

    run = run_with(run_of, tmp_path, "wandb")
    (path,) = (run.path / "wandb").glob("offline-run-*/run-*.wandb")
    read: list[Any] = []
    began = time.monotonic()
    while not any(one.HasField("exit") for one in read) and time.monotonic() - began < 60:
        time.sleep(0.1)  # its own process writes the file, and may be behind
        read = [Record.FromString(record) for record in records(path.read_bytes())]
    items = [{one.key or "/".join(one.nested_key): one.value_json for one in record.history.item} for record in read]
    losses = [json.loads(item["loss/valid"]) for item in items if "loss/valid" in item]
    assert losses == [0.25, 0.25]
    for name in ("weights/hidden", "gradients/hidden"):
        assert any(key.startswith(name) for item in items for key in item)
    config = {
        one.key or "/".join(one.nested_key): one.value_json for record in read for one in record.run.config.update
    }
    assert json.loads(config["training.epochs"]) == 100


def test_comet(run_of, tmp_path: Path) -> None:  # noqa: F811
    pytest.importorskip("comet_ml")
    run = run_with(run_of, tmp_path, "comet")
    (path,) = (run.path / "comet").glob("*.zip")
    with zipfile.ZipFile(path) as archive:
        assert "experiment.json" in archive.namelist()
        messages = [json.loads(line) for line in archive.read("messages.json").splitlines()]
    metrics = [message["payload"]["metric"] for message in messages if message["type"] == "metric_msg"]
    assert [metric["metricValue"] for metric in metrics if metric["metricName"] == "loss/valid"] == [0.25, 0.25]
