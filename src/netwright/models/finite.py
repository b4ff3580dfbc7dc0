"""Checks that all numbers in a network are finite: weights, and constants from training rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from netwright.errors import RunError

__all__ = ["refuse_non_finite"]


def refuse_non_finite(model: keras.Model) -> None:
    """Refuse a network with a weight or constant that is NaN or infinite: its outputs would be meaningless.

    Args:
        model: any Keras model, including an ensemble.

    Raises:
        RunError: a layer has such a number; the message names the layer.

    Source: definition.

    Example:
        >>> x = keras.Input((1,), name="x")
        >>> network = keras.Model(x, keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(np.nan))(x))
        >>> refuse_non_finite(network)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        netwright.errors.RunError: The network cannot be used: 1 of 1 numbers in kernel of layer dense...
    """
    for layer, variable in _variables(model, ""):
        values = np.asarray(keras.ops.convert_to_numpy(variable.value))
        non_finite = ~np.isfinite(values.astype(np.float64))  # also for bfloat16
        if non_finite.any():
            msg = (
                f"The network cannot be used: {int(non_finite.sum()):,} of {non_finite.size:,} numbers in "
                f"{variable.name} of layer {layer} are NaN or infinite. The file is damaged, or was changed after "
                "training: put a copy of it back, or train again."
            )
            raise RunError(msg)


def _variables(model: keras.Model, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield each variable with the name of its layer, including layers of the members of an ensemble."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _variables(layer, f"{prefix}{layer.name}/")
        else:
            yield from ((prefix + layer.name, variable) for variable in layer.variables)
