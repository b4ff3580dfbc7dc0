"""What all rivals that train have in common: how a training is timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Any

import numpy as np

from bench.problems import Case, DeepSets, Dense, Floats, Members, case_of
from bench.protocol import Measure, Prepare, serve

Train = Callable[[int], float]
"""Train for some more epochs, and return how many seconds they took."""

Fresh = Callable[[Dense | DeepSets, Floats, Floats], Train]
"""Make an untrained network for rows in memory."""


def serve_training(fresh: Fresh, libraries: list[str], device: Callable[[], str]) -> None:
    """Answer the driver's questions about trainings.

    Args:
        fresh: makes a network.
        libraries: whose versions matter.
        device: says where it runs.
    """
    serve(preparing(fresh), lambda: {"versions": {one: version(one) for one in libraries}, "device": device()})


def preparing(fresh: Fresh) -> Prepare:
    """Return what prepares the measurement of a case."""

    def prepare(request: Mapping[str, Any]) -> Measure:
        case = case_of(request["case"], quick=request["quick"])
        if isinstance(case, Members):
            return _of_members(fresh, case)
        return _of_epochs(fresh, case, request["seconds"])

    return prepare


def _of_epochs(fresh: Fresh, case: Case, seconds: float) -> Measure:
    """Time as many epochs as take about so many seconds, after two for compiling and finding out."""
    assert isinstance(case, Dense | DeepSets)
    x, y = case.data()
    train = fresh(case, x, y)
    train(1)
    epochs = max(1, round(seconds / train(1)))
    return lambda: {"rows_per_second": epochs * len(x) / train(epochs)}


def _of_members(fresh: Fresh, case: Members) -> Measure:
    """Time one training after another, each with everything that it takes from arrays to a trained network.

    A measurement is one of them, times their number: they know nothing of each other.
    """
    x, y = case.network.data()
    in_fold = np.arange(len(x)) % case.count > 0 if case.kind == "folds" else slice(None)

    def measure() -> dict[str, float]:
        began = time.perf_counter()
        fresh(case.network, x[in_fold], y[in_fold])(case.epochs)
        return {"seconds": (time.perf_counter() - began) * case.count}

    measure()  # what a library does only once (imports, threads) is not part of a training
    return measure
