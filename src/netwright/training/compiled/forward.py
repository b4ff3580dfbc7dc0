"""What tensors of a network are, such as the outputs of its layers, as a pure function of its variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import keras

__all__ = ["Forward", "LayerOutputs", "make_forward", "make_layer_outputs"]

Forward = Callable[[Sequence[jax.Array], Sequence[jax.Array], Mapping[str, Any]], Any]
"""A function of trainable values, other values and inputs by group."""

LayerOutputs = Callable[[Sequence[jax.Array], Sequence[jax.Array], Mapping[str, Any]], dict[str, Any]]
"""The same, which returns arrays by name of the layer."""


def make_forward(model: keras.Model, outputs: Any) -> Forward:  # noqa: ANN401  # a tree of Keras's symbolic tensors
    """Make the function that computes tensors of a network, with dropout and noise off.

    Args:
        model: a functional network.
        outputs: symbolic tensors of it: one, or a tree of them.

    Returns:
        A pure function (`Forward`) of the values of the network's variables, in the network's order; it returns arrays
        in the same tree.
    """
    network = keras.Model(model.input, outputs)

    def forward(trainable: Sequence[jax.Array], other: Sequence[jax.Array], inputs: Mapping[str, Any]) -> Any:  # noqa: ANN401
        # the new model holds the same variables, but may list them in another order, and not all of them
        values = {id(v): x for v, x in zip(model.trainable_variables, trainable, strict=True)}
        values |= {id(v): x for v, x in zip(model.non_trainable_variables, other, strict=True)}
        results, _ = network.stateless_call(
            [values[id(v)] for v in network.trainable_variables],
            [values[id(v)] for v in network.non_trainable_variables],
            inputs,
            training=False,
        )
        return results

    return forward


def make_layer_outputs(model: keras.Model) -> LayerOutputs:
    """Make the function that computes the outputs of all layers, with dropout and noise off.

    Args:
        model: a functional network.

    Returns:
        A pure function (`LayerOutputs`); it returns by name of the layer its output, an array of shape (rows, ...) or
        a tree of them, in the order in which layers follow one another. Inputs are no layers.
    """
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    forward = make_forward(model, {layer.name: layer.output for layer in layers})

    def outputs_of(
        trainable: Sequence[jax.Array], other: Sequence[jax.Array], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        outputs = forward(trainable, other, inputs)
        return {layer.name: outputs[layer.name] for layer in layers}

    return outputs_of
