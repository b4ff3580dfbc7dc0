"""A network as a function of one row and of its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import keras

from netwright.errors import GraphError, did_you_mean

__all__ = ["network_function"]


def network_function(
    model: keras.Model, inputs: Mapping[str, jax.Array]
) -> tuple[Callable[..., Any], dict[str, jax.Array]]:
    """Return a network as a function, and its arguments: one row, then the weights.

    Args:
        model: the network; its call is that of prediction, without dropout.
        inputs: one row by name of the input layer, with or without the axis of rows, in the unit of the input.

    Returns:
        The function, and its arguments by name, each of the input's or weight's shape.

    Raises:
        GraphError: inputs are missing, have other names, or another shape.
    """
    if keras.backend.backend() != "jax":
        msg = f"A network is traced by JAX, but Keras runs on {keras.backend.backend()}. Set KERAS_BACKEND=jax."
        raise GraphError(msg)
    rows = {one.name: _row(one, inputs, [other.name for other in model.inputs]) for one in model.inputs}
    if unknown := [name for name in inputs if name not in rows]:
        msg = f'{model.name} has no input "{unknown[0]}".{did_you_mean(unknown[0], rows)}'
        raise GraphError(msg)
    flat = keras.Model(model.inputs, model.outputs)  # the same layers, with a list of inputs whatever the model has
    weights = {one.path.removeprefix(f"{model.name}/"): one.value for one in flat.trainable_variables}
    non_trainable = [one.value for one in flat.non_trainable_variables]

    def function(*arguments: jax.Array) -> Any:  # noqa: ANN401  # one array, or a structure of them
        count = len(rows)
        outputs, _ = flat.stateless_call(
            list(arguments[count:]), non_trainable, list(arguments[:count]), training=False
        )
        return outputs

    return function, rows | weights


def _row(tensor: keras.KerasTensor, inputs: Mapping[str, jax.Array], names: list[str]) -> jax.Array:
    """Return an input as an array with one row."""
    if tensor.name not in inputs:
        msg = f"The network needs a value for each of its inputs ({', '.join(names)}), but {tensor.name} is missing."
        raise GraphError(msg)
    value, shape = inputs[tensor.name], tuple(tensor.shape[1:])
    row = value if value.ndim == len(shape) + 1 else value[None]
    if row.shape != (1, *shape):
        msg = f"Input {tensor.name} must be one row of the shape {shape}. Received: shape {value.shape}"
        raise GraphError(msg)
    return row
