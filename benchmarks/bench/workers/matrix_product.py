"""The machine's own matrix product in float32: how many rows a second there could be if nothing else took time."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from bench.problems import Dense, case_of
from bench.protocol import Measure, serve
from bench.workers import devices

_SIZE = 2048


def prepare(request: Mapping[str, Any]) -> Measure:
    """Make two matrices; NumPy multiplies them on a CPU, JAX on a GPU."""
    case = case_of(request["case"], quick=request["quick"])
    assert isinstance(case, Dense)
    size = _SIZE // 4 if request["quick"] else _SIZE
    if os.environ["BENCH_DEVICE"] == "gpu":
        import jax

        matrix = jax.random.normal(jax.random.key(1), (4 * size, 4 * size))
        multiply = jax.jit(square)
    else:
        matrix = np.random.default_rng(1).standard_normal((size, size), dtype=np.float32)
        multiply = square

    def times(count: int) -> float:
        began = time.perf_counter()
        for _ in range(count):
            np.asarray(multiply(matrix)[0, 0])
        return time.perf_counter() - began

    times(1)
    count = max(1, round(request["seconds"] / times(1)))

    def measure() -> dict[str, float]:
        rate = count * 2 * float(len(matrix)) ** 3 / times(count)
        return {"rows_per_second": rate / case.flop_per_row, "gflop_per_second": rate / 1e9}

    return measure


def square(matrix: Any) -> Any:  # noqa: ANN401  of NumPy or JAX
    """Multiply a matrix with itself."""
    return matrix @ matrix


def describe() -> Mapping[str, Any]:
    """Say which library and which device multiply."""
    if os.environ["BENCH_DEVICE"] != "gpu":
        return {"versions": {"numpy": version("numpy")}, "device": "cpu"}
    return {"versions": {"jax": version("jax")}, "device": devices.of_jax()}


if __name__ == "__main__":
    serve(prepare, describe)
