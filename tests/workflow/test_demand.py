"""What an experiment takes is said by `check`, and refused where it is far beyond the machine, before it is built."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import netwright as nw
from netwright.cli._app import app
from netwright.config import load_experiment
from netwright.data.rows.inputs import _refuse_beyond_disk, input_rows
from netwright.errors import DataError, ExperimentError
from netwright.memory import MEMORY_VARIABLE
from netwright.training.compiled.optimizers import make_optimizer
from netwright.workflow._demand import demand_of, refuse_too_large

GENERATED = """
data: {generate: {kind: four-vectors, rows: 200}}
inputs: {p: {kind: numeric, columns: [E, px, py, pz], unit: GeV}}
targets: {mass: {kind: regression, column: mass, unit: GeV}}
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MEMORY_VARIABLE, "8GiB")
    (tmp_path / "base.yaml").write_text(GENERATED)
    return tmp_path / "base.yaml"


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        (["data.generate.rows=1000000000000000"], r"data\.generate\.rows: .*less than 2147483648"),
        (["data.generate.rows=1000000000"], r"data\.generate\.rows: 1,000,000,000 rows would take at least 89\.4 GiB"),
        (["model.body={kind: dense, units: [1000000, 1000000]}"], r"model\.body: the network has 1,000,007,000,001 "),
        ([f"model.body={{kind: dense, units: {[10000] * 200}}}"], r"model\.body: .* take at least 371 GiB"),
        (["model.body={kind: dense, units: [3000]}", "targets.mass.units=[1000000, 9]"], r"targets\.mass: the netw"),
        (["ensemble.members=1000", "model.body={kind: dense, units: [4000, 4000]}"], r"ensemble\.members: 1,000 memb"),
        (["split={kind: folds, folds: 100}", "model.body={kind: dense, units: [9000, 9000]}"], r"split\.folds: 100 me"),
    ],
)  # fmt: skip
def test_what_is_far_too_large_is_refused_before_it_is_made(path: Path, monkeypatch, changes, match: str) -> None:
    def built(*_: object, **__: object) -> None:
        pytest.fail("something was built or generated")

    monkeypatch.setattr("netwright.evaluation.opening.generated", built)
    monkeypatch.setattr("netwright.models._build.encode", built)
    for command in (nw.check, lambda *given: nw.train(load_experiment(*given))):
        with pytest.raises(ExperimentError, match=match) as refused:
            command(path, changes)
    assert MEMORY_VARIABLE in str(refused.value) or "less than" in str(refused.value)


def test_larger_machines_are_believed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = load_experiment(path, [f"model.body={{kind: dense, units: {[10000] * 200}}}"])
    monkeypatch.setenv(MEMORY_VARIABLE, "2000GiB")
    refuse_too_large(experiment)


def test_check_says_what_it_takes(path: Path) -> None:
    result = CliRunner().invoke(app, ["check", str(path), "--set", "ensemble.members=3"])
    parameters = 5 * 128 + 2 * 129 * 128 + 129
    size = 4 * parameters * (3 + 4) / 1024
    line = f"Memory: {parameters:,} parameters, 3 members; at least {size:,.0f} KiB for weights and optimizer, 3.1 KiB"
    assert line in result.output


@pytest.mark.parametrize("kind", ["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion"])
def test_numbers_of_the_optimizer_are_those_that_keras_keeps(path: Path, kind: str) -> None:
    experiment = load_experiment(path, [f"training.optimizer={{kind: {kind}}}"])
    demand = demand_of(experiment)
    optimizer = make_optimizer(experiment.training)
    optimizer.build([keras.Variable(np.zeros(1000, np.float32))])
    kept = sum(int(np.prod(variable.shape)) for variable in optimizer.variables) // 1000
    assert demand.network_bytes == 4 * demand.parameters * (1 + 2 + kept)


def test_rows_beyond_memory_and_disk_name_the_group(dataset_of, experiment_of, monkeypatch) -> None:
    monkeypatch.setenv(MEMORY_VARIABLE, "100")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10_000})())
    p4 = np.ones((20, 1, 4))
    data = dataset_of({"p4": p4, "a": np.arange(20.0), "b": np.arange(20.0), "y": np.arange(20) % 2})
    inputs = {
        "x": {"kind": "numeric", "columns": ["a", "b"]},
        "jet": {"kind": "four-vectors", "columns": "p4", "at_most": 9000},
    }
    with pytest.raises(DataError, match=r"inputs\.jet\.at_most: 20 rows take 2\.7 MiB, 144,000 bytes each .* 9\.8 KiB"):
        input_rows(data, experiment_of(inputs=inputs).inputs)
    with pytest.raises(DataError, match=r"inputs\.x\.columns: 20,000 rows take 156 KiB"):
        _refuse_beyond_disk(20_000, experiment_of(inputs={"x": inputs["x"]}).inputs, {"x": 160_000})
