"""The layers that heads share, one kind of body a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from netwright.config import Body, CustomBody, DeepSetsBody, DenselyConnectedBody, ResidualBody
from netwright.models.bodies.custom import custom, import_custom_layers
from netwright.models.bodies.deep_sets import sets_and_flat
from netwright.models.bodies.dense import dense
from netwright.models.bodies.densely_connected import densely_connected
from netwright.models.bodies.hidden import hidden
from netwright.models.bodies.initialiser import initialiser
from netwright.models.bodies.residual import residual
from netwright.models.encode import Encoded

__all__ = ["body_output", "hidden", "import_custom_layers", "initialiser"]


def body_output(name: str, body: Body, encoded: Encoded, seeds: Iterator[int]) -> Any:
    """Put the shared layers onto the features of the inputs.

    Args:
        name: of the body, the beginning of its layers' names.
        body: the body section of an experiment.
        encoded: scaled features.
        seeds: seeds of initialisers and dropout, one after another.

    Returns:
        The shared layers' output, shape (rows, units).

    Raises:
        ExperimentError: a custom body cannot be found, made, or used as a body.
    """
    if isinstance(body, DeepSetsBody):
        return dense(name, body, _side_by_side(name, sets_and_flat(name, body, encoded, seeds)), seeds)
    x = _side_by_side(name, _flat(name, encoded))
    if isinstance(body, CustomBody):
        return custom(name, body, x, next(seeds))
    if isinstance(body, ResidualBody):
        return residual(name, body, x, seeds)
    if isinstance(body, DenselyConnectedBody):
        return densely_connected(name, body, x, seeds)
    return dense(name, body, x, seeds)


def _flat(name: str, encoded: Encoded) -> list[Any]:
    """Put the features of all particles of a row side by side."""
    flattened = [
        keras.layers.Flatten(name=f"{name}-hidden-flat-{number}")(particles.features)
        for number, particles in enumerate(encoded.particles)
    ]
    return [*encoded.flat, *flattened]


def _side_by_side(name: str, parts: list[Any]) -> Any:
    return keras.layers.Concatenate(name=f"{name}-hidden-features")(parts) if len(parts) > 1 else parts[0]
