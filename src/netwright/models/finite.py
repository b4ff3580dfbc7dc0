"""Whether every number in a network is one: weights, and constants from training rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from netwright.errors import RunError

__all__ = ["refuse_non_finite"]


def refuse_non_finite(model: keras.Model) -> None:
    """Refuse a network with a weight or constant that is NaN or infinite: its answers would be none.

    Args:
        model: any Keras model, also one of several networks.

    Raises:
        RunError: a layer holds such a number; it is named.

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
        bad = ~np.isfinite(values.astype(np.float64))  # of bfloat16 too
        if bad.any():
            msg = (
                f"The network cannot be used: {int(bad.sum()):,} of {bad.size:,} numbers in {variable.name} of layer "
                f"{layer} are NaN or infinite. The file is damaged, or was changed after training: put a copy of it "
                "back, or train again."
            )
            raise RunError(msg)


def _variables(model: keras.Model, prefix: str) -> Iterator[tuple[str, Any]]:
    """Yield the name of every layer, those of members of an ensemble too, and each of its variables."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _variables(layer, f"{prefix}{layer.name}/")
        else:
            yield from ((prefix + layer.name, variable) for variable in layer.variables)
