"""What every layer of a network gives, as a pure function of its variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import keras

__all__ = ["LayerOutputs", "make_layer_outputs"]

LayerOutputs = Callable[[Sequence[jax.Array], Sequence[jax.Array], Mapping[str, Any]], dict[str, Any]]
"""A function of trainable values, other values and inputs by group."""


def make_layer_outputs(model: keras.Model) -> LayerOutputs:
    """Make the function that computes the outputs of all layers, with dropout and noise off.

    Args:
        model: a functional network.

    Returns:
        A pure function (`LayerOutputs`); it returns by name of the layer its output, an array of shape (rows, ...) or
        a tree of them, in the order in which layers follow one another. Inputs are no layers.
    """
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    all_layers = keras.Model(model.input, {layer.name: layer.output for layer in layers})

    def outputs_of(
        trainable: Sequence[jax.Array], other: Sequence[jax.Array], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        # the new model holds the same variables, but may list them in another order
        values = {id(v): x for v, x in zip(model.trainable_variables, trainable, strict=True)}
        values |= {id(v): x for v, x in zip(model.non_trainable_variables, other, strict=True)}
        outputs, _ = all_layers.stateless_call(
            [values[id(v)] for v in all_layers.trainable_variables],
            [values[id(v)] for v in all_layers.non_trainable_variables],
            inputs,
            training=False,
        )
        return {layer.name: outputs[layer.name] for layer in layers}

    return outputs_of
