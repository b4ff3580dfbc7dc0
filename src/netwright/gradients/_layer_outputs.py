"""Outputs of the layers of a network, recorded while it computes; an offset can be added to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import keras

__all__ = ["layers_in_order", "record_outputs"]


def layers_in_order(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that compute, in the order in which they follow one another.

    Args:
        model: a functional network.

    Returns:
        Its layers without those of the inputs.
    """
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


@contextmanager
def record_outputs(model: keras.Model, offsets: Mapping[str, jax.Array]) -> Iterator[dict[str, jax.Array]]:
    """Record what the layers of a network return while it computes.

    The gradient of anything by an offset of 0 is its gradient by the output of the layer.

    Args:
        model: a functional network.
        offsets: what is added to outputs, by the names under which they are recorded, each of the output's shape.

    Yields:
        Outputs by name of the layer, in the order of the calls: with the number of the call where there are several,
        and with the path in the output where that is a structure.
    """
    recorded: dict[str, jax.Array] = {}
    calls: Counter[str] = Counter()

    def recording(layer: keras.layers.Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def call_and_record(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # those of any layer
            output = call(*arguments, **named)
            calls[layer.name] += 1
            name = layer.name if calls[layer.name] == 1 else f"{layer.name}, call {calls[layer.name]}"

            def record(path: Any, value: Any) -> Any:  # noqa: ANN401
                full = name + jax.tree_util.keystr(path)
                recorded[full] = jnp.asarray(value)
                return value + offsets[full] if full in offsets else value

            return jax.tree_util.tree_map_with_path(record, output)

        return call_and_record

    layers = layers_in_order(model)
    for layer in layers:
        layer.call = recording(layer, layer.call)
    try:
        yield recorded
    finally:
        for layer in layers:
            del layer.call  # that of its class is there again
