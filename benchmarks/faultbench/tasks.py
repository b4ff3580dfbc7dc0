"""The healthy program of each task, in two styles: that of a beginner's script, and a careful one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Literal

from faultbench.programs import Data, Fit, Head, Network, Program

__all__ = ["BIG_TASKS", "DEVELOPMENT", "MORE_TASKS", "SMALL_TASKS", "Style", "healthy"]

Style = Literal["script", "careful"]

BIG_TASKS: Final = ("binary", "mass", "multiclass", "jets")
SMALL_TASKS: Final = ("xor", "circles", "flowers", "sine")
MORE_TASKS: Final = ("unequal", "tail", "pair")
"""Of one seed each, and only for development."""
DEVELOPMENT: Final = ("binary", "mass", "xor", "circles", *MORE_TASKS)
"""Tasks that the doctor may be developed on; the others are for the final table alone."""

HEADS: Final[Mapping[str, tuple[Head, ...]]] = MappingProxyType(
    {
        "binary": (Head("signal", "binary", 1, "sigmoid", "binary_crossentropy"),),
        "multiclass": (Head("process", "classes", 4, "softmax", "sparse_categorical_crossentropy"),),
        "mass": (Head("mass", "regression", 1, None, "mean_squared_error"),),
        "jets": (
            Head("top", "binary", 1, "sigmoid", "binary_crossentropy"),
            Head("mass", "regression", 1, None, "mean_squared_error"),
        ),
        "xor": (Head("xor", "binary", 1, "sigmoid", "binary_crossentropy"),),
        "circles": (Head("inner", "binary", 1, "sigmoid", "binary_crossentropy"),),
        "flowers": (Head("species", "classes", 3, "softmax", "categorical_crossentropy"),),
        "sine": (Head("height", "regression", 1, None, "mean_squared_error"),),
        "hard": (Head("signal", "binary", 1, "sigmoid", "binary_crossentropy"),),
        "noisy": (Head("energy", "regression", 1, None, "mean_squared_error"),),
        "unequal": (Head("grade", "classes", 3, "softmax", "categorical_crossentropy"),),
        "tail": (Head("price", "regression", 1, None, "mean_squared_error"),),
        "pair": (
            Head("signal", "binary", 1, "sigmoid", "binary_crossentropy"),
            Head("energy", "regression", 1, None, "mean_squared_error"),
        ),
    }
)

SCRIPTS: Final[Mapping[str, tuple[Network, Fit]]] = MappingProxyType(
    {
        "binary": (Network(widths=(32, 32)), Fit(epochs=15)),
        "multiclass": (Network(widths=(32, 32)), Fit(epochs=20)),
        "mass": (Network(widths=(32, 32)), Fit(epochs=25, metrics=("mae",))),
        "jets": (Network(widths=(64, 32), form="functional"), Fit(epochs=20)),
        "xor": (Network(widths=(8,), activation="tanh"), Fit(rate=0.05, epochs=200, validation="none", batch=4)),
        "circles": (Network(widths=(16, 16)), Fit(rate=0.01, epochs=50)),
        "flowers": (Network(widths=(16,)), Fit(epochs=100, batch=8)),
        "sine": (Network(widths=(32, 32), activation="tanh"), Fit(rate=0.01, epochs=100, metrics=("mae",))),
        "hard": (Network(widths=(16,), l2=1e-3), Fit(epochs=10)),
        "noisy": (Network(widths=(16,), l2=1e-2), Fit(epochs=10, metrics=("mae",))),
        "unequal": (Network(widths=(32,)), Fit(rate=3e-3, epochs=40)),
        "tail": (Network(widths=(32,)), Fit(rate=3e-3, epochs=100, batch=16, metrics=("mae",))),
        "pair": (Network(widths=(32, 32), form="functional"), Fit(rate=2e-3, epochs=30)),
    }
)
ROWS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "binary": 2560,
        "multiclass": 2560,
        "mass": 1600,
        "jets": 2560,
        "xor": 4,
        "circles": 320,
        "flowers": 160,
        "sine": 320,
        "hard": 3200,
        "noisy": 3200,
        "unequal": 960,
        "tail": 320,
        "pair": 1600,
    }
)
"""Multiples of the batch size where a fifth is for validation: Keras compiles for each size of batch."""


def healthy(task: str, style: Style, seed: int) -> Program:
    """Return the healthy program that faults of a task are made from.

    Args:
        task: one of the tasks.
        style: "script": arrays of order one, no layer for scaling, `fit` with few arguments. "careful": raw units
            with scaling inside of the model, functional, validation rows of its own, early stopping.
        seed: of rows and initial weights.

    Returns:
        The program.
    """
    network, fit = SCRIPTS[task]
    program = Program(Data(task, rows=ROWS[task]), HEADS[task], network, fit, seed)
    if style == "script":
        return program
    careful = replace(
        network,
        kernel="he_normal",
        scaling=True,
        target_scaling=True,
        l2=max(network.l2, 1e-5),
        form="sets" if task == "jets" else "functional",
    )
    heads = tuple(
        replace(head, weight=1e-3) if head.name == "mass" and task == "jets" else head for head in HEADS[task]
    )
    return replace(
        program,
        heads=heads,
        data=replace(program.data, feature_units="raw", target_units="raw"),
        network=careful,
        fit=replace(fit, batch=64, rate=2e-3, epochs=25, validation="data", schedule="cosine"),
    )
