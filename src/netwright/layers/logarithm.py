"""Logarithms of steep features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._constants import add_constant
from netwright.layers._exists import exists
from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["Logarithm"]


@keras.saving.register_keras_serializable(package="netwright")
class Logarithm(RawUnitsLayer):
    """Take the natural logarithm of some features: x' = ln max(x, s), with s the smallest allowed value.

    Use it for steeply falling, positive features such as pT, energies and masses: their logarithm is close to a
    normal distribution, and its scaling is not dominated by a few large values. Not for features that can be negative
    or legitimately zero. In later rows, values below s count as s, also zero and negative ones. NaN stays NaN.

    Args:
        smallest: s of each feature, shape (features,), in the features' unit, positive; None for the features
            that stay as they are.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., features) in the features' units, outputs the same shape; a logarithm is dimensionless.

    Raises:
        ValueError: an s is not a positive number in float32, or the inputs have another number of features.

    Source: definition.

    Example:
        >>> x = Logarithm([None, 1.0])(np.array([[5.0, np.e], [-5.0, 0.0]], dtype=np.float32))
        >>> np.round(x, 3).tolist()
        [[5.0, 1.0], [-5.0, 0.0]]
    """

    def __init__(self, smallest: Sequence[float | None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.smallest = [None if value is None else float(value) for value in smallest]
        limits = np.finfo(np.float32)
        if not self.smallest or not all(s is None or limits.tiny <= s <= limits.max for s in self.smallest):
            msg = f"`smallest` needs a positive number in float32, or None, per feature. Received: smallest={smallest}"
            raise ValueError(msg)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != len(self.smallest):
            msg = f"{self.name} takes {len(self.smallest)} features. Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        self.bottom = add_constant(self, "smallest", [value or 1.0 for value in self.smallest])
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        is_log_column = np.array([value is not None for value in self.smallest])
        bottom = ops.convert_to_tensor(self.bottom)
        transformed = ops.logical_and(exists(inputs), ops.convert_to_tensor(is_log_column))
        # two choices, so that the gradient of what is not chosen is that of ln 1
        safe = ops.where(ops.logical_and(transformed, inputs > bottom), inputs, ops.where(transformed, bottom, 1.0))
        return ops.where(transformed, ops.log(safe), inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "smallest": self.smallest}
