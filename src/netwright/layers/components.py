"""Some of the features of an input."""

from __future__ import annotations

from typing import Any

import keras

from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["Components"]

Shape = tuple[int | None, ...]


@keras.saving.register_keras_serializable(package="netwright")
class Components(RawUnitsLayer):
    """Take consecutive features, such as the four components of particles, which come before their other numbers.

    Args:
        start: the first feature, counted from 0.
        stop: the feature after the last.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., features) in any unit, outputs (..., stop - start) in the same.

    Raises:
        ValueError: there are no such features.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> Components(1, 3)(np.array([[5.0, 3.0, 0.5, 4.0]], dtype=np.float32)).tolist()
        [[3.0, 0.5]]
    """

    def __init__(self, start: int, stop: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.start, self.stop = start, stop

    def build(self, input_shape: Shape) -> None:
        if not 0 <= self.start < self.stop <= (input_shape[-1] or 0):
            msg = (
                f"{self.name} takes features {self.start} to {self.stop}, the last not included. Received: inputs of "
                f"shape {input_shape}"
            )
            raise ValueError(msg)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return inputs[..., self.start : self.stop]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.stop - self.start)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "start": self.start, "stop": self.stop}
