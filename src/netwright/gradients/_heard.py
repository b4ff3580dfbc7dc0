"""The layers of a network while it computes: what each gives is noted, and an offset can be added to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import jax
import jax.numpy as jnp
import keras

__all__ = ["heard", "layers_in_order"]


def layers_in_order(model: keras.Model) -> list[keras.layers.Layer]:
    """Return the layers that compute, in the order in which they follow one another.

    Args:
        model: a functional network.

    Returns:
        Its layers without those of the inputs.
    """
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


@contextmanager
def heard(model: keras.Model, offsets: Mapping[str, jax.Array]) -> Iterator[dict[str, jax.Array]]:
    """Note what the layers of a network give while it computes.

    The gradient of anything by an offset of 0 is its gradient by the output of the layer.

    Args:
        model: a functional network.
        offsets: what is added to outputs, by the names under which they are noted, each of the output's shape.

    Yields:
        Outputs by name of the layer, in the order of the calls: with the number of the call where there are several,
        and with the place in the output where that is a structure.
    """
    noted: dict[str, jax.Array] = {}
    calls: Counter[str] = Counter()

    def noting(layer: keras.layers.Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def call_and_note(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  # those of any layer
            output = call(*arguments, **named)
            calls[layer.name] += 1
            name = layer.name if calls[layer.name] == 1 else f"{layer.name}, call {calls[layer.name]}"

            def note(path: Any, value: Any) -> Any:  # noqa: ANN401
                full = name + jax.tree_util.keystr(path)
                noted[full] = jnp.asarray(value)
                return value + offsets[full] if full in offsets else value

            return jax.tree_util.tree_map_with_path(note, output)

        return call_and_note

    layers = layers_in_order(model)
    for layer in layers:
        layer.call = noting(layer, layer.call)
    try:
        yield noted
    finally:
        for layer in layers:
            del layer.call  # that of its class is there again
