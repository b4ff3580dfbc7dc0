"""netwright: from labelled collision events to a neural network that a physicist can trust.

    import netwright as nw

    data = nw.read("jets/*.npz")
    run = nw.train("experiment.yaml")
    run.evaluation["test"]
    run.predict(data)

Everything heavy is imported when it is first used.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from netwright._version import __version__

if TYPE_CHECKING:
    from netwright import metrics
    from netwright.config import Experiment, load_experiment, parse_experiment
    from netwright.data import Dataset, read
    from netwright.data.generators import generate_four_vectors, generate_top_jets
    from netwright.errors import NetwrightError
    from netwright.lab import Run, open_run
    from netwright.workflow import evaluate, export, predict, report, train

__all__ = [
    "Dataset",
    "Experiment",
    "NetwrightError",
    "Run",
    "__version__",
    "evaluate",
    "export",
    "generate_four_vectors",
    "generate_top_jets",
    "load_experiment",
    "metrics",
    "open_run",
    "parse_experiment",
    "predict",
    "read",
    "report",
    "train",
]

# Keras reads its backend once, when it is imported; whoever chose one keeps it, and training says what it needs.
os.environ.setdefault("KERAS_BACKEND", "jax")

_HOMES = {
    "netwright.config": ("Experiment", "load_experiment", "parse_experiment"),
    "netwright.data": ("Dataset", "read"),
    "netwright.data.generators": ("generate_four_vectors", "generate_top_jets"),
    "netwright.errors": ("NetwrightError",),
    "netwright.lab": ("Run", "open_run"),
    "netwright.workflow": ("evaluate", "export", "predict", "report", "train"),
}


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "metrics":
        return importlib.import_module("netwright.metrics")
    for module, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(module), name)
    msg = f"module 'netwright' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return __all__
