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
from typing import TYPE_CHECKING, Any

from netwright._keras import meet_keras
from netwright._version import __version__

if TYPE_CHECKING:
    from netwright import metrics
    from netwright.config import Experiment, load_experiment, parse_experiment
    from netwright.data import Dataset, describe, read
    from netwright.data.generators import generate_four_vectors, generate_top_jets
    from netwright.demonstration import demo
    from netwright.errors import NetwrightError
    from netwright.inspecting import inspect
    from netwright.lab import Run, open_run
    from netwright.models import build, raw_outputs
    from netwright.training import head_weights, make_objective
    from netwright.workflow import (
        check,
        divide_rows,
        evaluate,
        export,
        find_rate,
        generate,
        init,
        load_model,
        load_rows,
        predict,
        report,
        resume,
        train,
    )

__all__ = [
    "Dataset",
    "Experiment",
    "NetwrightError",
    "Run",
    "__version__",
    "build",
    "check",
    "demo",
    "describe",
    "divide_rows",
    "evaluate",
    "export",
    "find_rate",
    "generate",
    "generate_four_vectors",
    "generate_top_jets",
    "head_weights",
    "init",
    "inspect",
    "load_experiment",
    "load_model",
    "load_rows",
    "make_objective",
    "metrics",
    "open_run",
    "parse_experiment",
    "predict",
    "raw_outputs",
    "read",
    "report",
    "resume",
    "train",
]

_HOMES = {
    "netwright.config": ("Experiment", "load_experiment", "parse_experiment"),
    "netwright.data": ("Dataset", "describe", "read"),
    "netwright.data.generators": ("generate_four_vectors", "generate_top_jets"),
    "netwright.demonstration": ("demo",),
    "netwright.errors": ("NetwrightError",),
    "netwright.inspecting": ("inspect",),
    "netwright.lab": ("Run", "open_run"),
    "netwright.models": ("build", "raw_outputs"),
    "netwright.training": ("head_weights", "make_objective"),
    "netwright.workflow": (
        *("check", "divide_rows", "evaluate", "export", "find_rate", "generate", "init"),
        *("load_model", "load_rows", "predict", "report", "resume", "train"),
    ),
}

meet_keras()


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
