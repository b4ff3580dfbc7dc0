"""Scaling of inputs to mean 0 and deviation 1, and its inverse at the heads of regressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from netwright.layers._constants import add_constant
from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["Standardise", "Unstandardise"]


class _Scaling(RawUnitsLayer):
    """Hold a mean and a standard deviation for every feature, as weights that training cannot move."""

    def __init__(self, mean: Sequence[float], std: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mean = [float(x) for x in mean]
        self.std = [float(x) for x in std]
        if not len(self.mean) == len(self.std) > 0:
            msg = f"`mean` and `std` need one value per feature each. Received: {len(self.mean)} and {len(self.std)}"
            raise ValueError(msg)
        if not (np.isfinite(self.mean).all() and np.isfinite(self.std).all() and min(self.std) > 0):
            msg = f"`mean` must be finite and `std` finite and positive. Received: mean={mean}, std={std}"
            raise ValueError(msg)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != len(self.mean):
            msg = f"{self.name} scales {len(self.mean)} features. Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        self.shift = add_constant(self, "mean", self.mean)
        self.scale = add_constant(self, "std", self.std)
        super().build(input_shape)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "mean": self.mean, "std": self.std}


@keras.saving.register_keras_serializable(package="netwright")
class Standardise(_Scaling):
    """Shift and scale features: x' = (x - mean) / std; NaN stays NaN.

    Use it on every continuous input. Steep distributions need a logarithm first, heavy tails quantiles instead.

    Args:
        mean: μ of each feature, shape (features,), in the features' units.
        std: σ of each feature, shape (features,), in the features' units; positive.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., features) in the features' units, outputs the same shape, dimensionless.

    Raises:
        ValueError: the constants do not match each other or the inputs, are not finite, or a deviation is not positive.

    Source: definition; called shift and scale in the lecture (Rieger, Deep Learning School "Basic Concepts", 2022).

    Example:
        >>> layer = Standardise(mean=[100.0], std=[50.0])
        >>> [float(x) for x in layer(np.array([[200.0], [50.0]], dtype=np.float32))[:, 0]]
        [2.0, -1.0]
    """

    def call(self, inputs: Any) -> Any:
        return (inputs - self.shift) / self.scale


@keras.saving.register_keras_serializable(package="netwright")
class Unstandardise(_Scaling):
    """Undo the scaling of a target: x = x' · std + mean, the last layer of a regression head.

    Where float32 is too coarse for the target, x is the target minus an offset, which is added in float64 by
    callers of the network (`netwright.models.forms_of`), and in an exported graph.

    Args:
        mean: μ of the target minus the offset, of each output, shape (outputs,), in its unit.
        std: σ of the target, shape (outputs,), in its unit; positive.
        offset: the target minus x, in its unit.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., outputs), dimensionless, outputs the same shape in the target's unit.

    Raises:
        ValueError: the constants do not match each other or the inputs, are not finite, or a deviation is not positive.

    Source: definition; the inverse of `Standardise`.

    Example:
        >>> float(Unstandardise(mean=[91.0], std=[2.0])(np.array([[0.5]], dtype=np.float32))[0, 0])
        92.0
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], offset: float = 0.0, **kwargs: Any) -> None:
        super().__init__(mean, std, **kwargs)
        self.offset = float(offset)
        if not np.isfinite(self.offset):
            msg = f"`offset` must be finite. Received: offset={offset}"
            raise ValueError(msg)

    def call(self, inputs: Any) -> Any:
        return inputs * self.scale + self.shift

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "offset": self.offset}
