"""Outputs of layers, and the gradient of the loss, on a few rows under each backend, without a trace in the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

__all__ = ["gradients_of", "outputs_of"]

Arrays = list[NDArray[np.float32]]
Gradients = Callable[[NDArray[np.float32], Any], Arrays]


def gradients_of(model: keras.Model) -> Gradients:
    """Return a function that gives the gradient of the loss by each trainable weight, in evaluation mode.

    Args:
        model: compiled and built.

    Returns:
        From features (N, ...) and targets, as `fit` takes them, to one array for each of `model.trainable_variables`.
    """
    if not model.trainable_variables:
        return lambda x, y: []  # noqa: ARG005
    return _GRADIENTS[keras.backend.backend()](model)


def outputs_of(model: keras.Model) -> Callable[[NDArray[np.float32]], Arrays]:
    """Return a function from features (N, ...) to all outputs of a model, in evaluation mode."""
    if keras.backend.backend() != "jax":
        return lambda x: [keras.ops.convert_to_numpy(one) for one in model(x, training=False)]
    import jax

    @jax.jit
    def call(trainable: Any, rest: Any, x: Any) -> Any:  # noqa: ANN401 - trees of arrays
        return model.stateless_call(trainable, rest, x, training=False)[0]

    return lambda x: [np.asarray(one) for one in call(*_values(model), x)]


def _values(model: keras.Model) -> tuple[list[Any], list[Any]]:
    trainable = [variable.value for variable in model.trainable_variables]
    return trainable, [variable.value for variable in model.non_trainable_variables]


def _jax(model: keras.Model) -> Gradients:
    import jax

    @jax.jit
    @jax.grad
    def slope(weights: Any, rest: Any, x: Any, y: Any) -> Any:  # noqa: ANN401 - trees of arrays
        predicted, _ = model.stateless_call(weights, rest, x, training=False)
        with keras.StatelessScope(state_mapping=list(zip(model.trainable_variables, weights, strict=True))):
            return model.compute_loss(x, y, predicted, None)

    return lambda x, y: [np.asarray(one) for one in slope(*_values(model), x, y)]


def _tensorflow(model: keras.Model) -> Gradients:
    import tensorflow as tf

    def slope(x: NDArray[np.float32], y: Any) -> Arrays:  # noqa: ANN401 - one array, or by head
        weights = [variable.value for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x, y, model(x, training=False), None)
        gradients = tape.gradient(loss, weights)
        return [
            np.zeros(w.shape, np.float32) if g is None else g.numpy() for g, w in zip(gradients, weights, strict=True)
        ]

    return slope


def _torch(model: keras.Model) -> Gradients:
    import torch

    def slope(x: NDArray[np.float32], y: Any) -> Arrays:  # noqa: ANN401 - one array, or by head
        weights = [variable.value for variable in model.trainable_variables]
        loss = model.compute_loss(x, y, model(x, training=False), None)
        gradients = torch.autograd.grad(loss, weights, allow_unused=True)
        return [
            np.zeros(tuple(w.shape), np.float32) if g is None else g.detach().cpu().numpy()
            for g, w in zip(gradients, weights, strict=True)
        ]

    return slope


_GRADIENTS: Final[Mapping[str, Callable[[keras.Model], Gradients]]] = MappingProxyType(
    {"jax": _jax, "tensorflow": _tensorflow, "torch": _torch}
)
