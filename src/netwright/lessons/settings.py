"""The controls of the playground, and the experiment that they stand for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from netwright.config import Activation, Experiment, parse_experiment
from netwright.section import Number, Section, Whole

__all__ = ["Settings", "experiment_of"]

Units = Annotated[int, Field(ge=1, le=16)]
Feature = Literal["x", "y", "x2", "y2", "xy", "sin_x", "sin_y"]
_DERIVED = {"x2": "x * x", "y2": "y * y", "xy": "x * y", "sin_x": "sin(x)", "sin_y": "sin(y)"}


class Settings(Section):
    """The values of all controls."""

    data: Literal["circle", "xor", "gauss", "spiral", "peak", "plane", "multi-gauss", "own"] = Field(
        "circle", description="The data set."
    )
    rows: Whole = Field(500, ge=20, le=5000, description="Number of points.")
    noise: Number = Field(0.0, ge=0, le=0.5, description="Noise of the points or of their labels.")
    train_share: Number = Field(0.5, ge=0.1, le=0.9, description="Share of the points that the network learns from.")
    seed: Whole = Field(1, ge=0, lt=2**31, description="Seed of points, split, initial weights and order of the rows.")
    features: list[Feature] = Field(["x", "y"], min_length=1, max_length=7, description="Inputs of the network.")
    layers: list[Units] = Field([4, 2], max_length=6, description="Units of the hidden layers.")
    body: Literal["dense", "residual", "densely-connected"] = Field("dense", description="How layers are connected.")
    activation: Activation = Field("tanh", description="Activation of the hidden layers.")
    initial: Literal["fitted", "small", "large", "zero"] = Field(
        "fitted",
        description="Initial weights: those that suit the activation, times 1, 0.1, 5 or 0; not in an experiment file.",
    )
    batch_normalisation: Literal["none", "before", "after"] = Field(
        "none", description="Batch normalisation before or after the activation."
    )
    dropout: Number = Field(0.0, ge=0, le=0.9, description="Share of units dropped in a step.")
    l1: Number = Field(0.0, ge=0, le=10, description="λ of the L1 penalty.")
    l2: Number = Field(0.0, ge=0, le=10, description="λ of the L2 penalty.")
    optimizer: Literal["sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion"] = Field(
        "adam", description="The optimizer."
    )
    learning_rate: Number = Field(0.01, gt=0, le=10, description="Learning rate α.")
    schedule: Literal["constant", "exponential", "cosine"] = Field(
        "constant", description="Schedule of the learning rate; cosine ends after 500 epochs."
    )
    batch_size: Whole = Field(10, ge=1, le=500, description="Number of rows in a step.")
    members: Whole = Field(1, ge=1, le=8, description="Networks of the ensemble.")


_SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant"},
    "exponential": {"kind": "exponential", "factor": 0.9, "steps": 250},
    "cosine": {"kind": "cosine"},
}


def experiment_of(settings: Settings, *, classes: bool, file: str = "points.npz") -> Experiment:
    """Return the experiment that the controls stand for.

    Args:
        settings: the values of all controls.
        classes: whether labels are classes.
        file: with the columns x, y, label and event.

    Returns:
        The experiment, with what netwright.train needs.
    """
    target: dict[str, Any] = {"kind": "binary"} if classes else {"kind": "regression"}
    derived = {name: _DERIVED[name] for name in settings.features if name in _DERIVED}
    remaining = 1 - settings.train_share
    body = {
        "kind": settings.body,
        "units": settings.layers or [1],
        "activation": settings.activation if settings.layers else "linear",
        "batch_normalisation": settings.batch_normalisation,
        "dropout": settings.dropout,
        "l1": settings.l1,
        "l2": settings.l2,
    }
    return parse_experiment(
        {
            "name": "playground",
            "data": {"files": [file], "derived": derived, "identity": ["event"]},
            "inputs": {"point": {"kind": "numeric", "columns": settings.features}},
            "targets": {"label": {"column": "label", **target}},
            "split": {
                "kind": "shares",
                "train": settings.train_share,
                "valid": round(remaining / 2, 6),
                "test": round(remaining - round(remaining / 2, 6), 6),
                "seed": settings.seed,
            },
            "model": {"body": body},
            "ensemble": {"members": settings.members},
            "training": {
                "epochs": 500,
                "batch_size": settings.batch_size,
                "learning_rate": settings.learning_rate,
                "optimizer": {"kind": settings.optimizer},
                "schedule": _SCHEDULES[settings.schedule],
                "early_stopping": {"patience": 500},
                "seed": settings.seed,
            },
        }
    )
