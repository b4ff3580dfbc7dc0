"""What all rivals that read have in common: when the columns are there, and when every value was looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bench.problems import Table, case_of
from bench.protocol import Measure, serve

Load = Callable[[Path, Table], Iterable[npt.NDArray[Any]]]
"""Read a file, and return its columns, or all of them as one array."""


def serve_reading(
    loading: Callable[[str], Load], libraries: list[str], *, tidy: Callable[[], object] = lambda: None
) -> None:
    """Answer the driver's questions about reading.

    Args:
        loading: returns how to load, for a way of doing it.
        libraries: whose versions matter.
        tidy: removes what the measurement before has left, which is no part of a measurement.
    """

    def prepare(request: Mapping[str, Any]) -> Measure:
        case = case_of(request["case"], quick=request["quick"])
        assert isinstance(case, Table)
        path, load = Path(request["folder"]) / f"{request['case']}.{case.format}", loading(request["way"])

        def measure() -> dict[str, float]:
            tidy()
            began = time.perf_counter()
            columns = list(load(path, case))
            there = time.perf_counter()
            values = sum(column.size for column in columns if np.isfinite(column.sum()))
            looked_at = time.perf_counter()
            assert values == case.rows * case.columns, f"{values} values instead of {case.rows * case.columns}"
            return {"seconds": looked_at - began, "seconds_until_there": there - began}

        measure()  # the file is in the system's cache, libraries are imported
        return measure

    serve(prepare, lambda: {"versions": {one: version(one) for one in libraries}, "device": "cpu"})
