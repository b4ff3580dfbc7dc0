"""A training that is killed goes on to the bits of one that was not; `benchmarks/kill.py` does it more often."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.optimised

KILL = Path(__file__).parent.parent / "benchmarks" / "kill.py"


@pytest.fixture(scope="module")
def kill():
    spec = importlib.util.spec_from_file_location("kill", KILL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_kills_leave_no_trace(kill, tmp_path: Path) -> None:
    lives = kill.survive(tmp_path, 2, seed=7)
    assert len(lives) == 2
    assert any(life["inside a write"] for life in lives)
    assert len({life["step"] for life in lives}) > 1


def test_the_comparison_can_fail(kill, tmp_path: Path) -> None:
    import keras

    import netwright as nw
    from netwright.lab import create_run

    experiment = nw.parse_experiment(
        {
            "data": {"files": ["a.npz"]},
            "inputs": {"x": {"kind": "numeric", "columns": ["x"]}},
            "targets": {"y": {"kind": "regression", "column": "y"}},
        }
    )
    for name, value in (("one", 1.0), ("other", 2.0)):
        model = keras.Sequential(
            [keras.Input((1,)), keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(value))]
        )
        create_run(experiment, tmp_path / name).save(model)
    with pytest.raises(ValueError, match="the weights differ"):
        kill.compare(tmp_path / "one", tmp_path / "other")
