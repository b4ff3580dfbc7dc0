"""A learnt factor for every feature."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["FeatureScale"]


@keras.saving.register_keras_serializable(package="netwright")
class FeatureScale(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Multiply each feature by a learnt factor: y_f = (1 + a s_f) x_f, with s_f = 0 at the start.

    With an optimizer whose steps do not depend on the size of gradients, as Adam's, the factor moves a times as fast
    as other weights: features that do not matter are turned down before the layers that follow learn their noise.

    Args:
        speed: a, dimensionless, positive.
        kwargs: what every Keras layer takes.

    Inputs have shape (rows, features) in any unit, outputs the same.

    Raises:
        ValueError: the speed is not positive.

    Source: arXiv:2407.04491, section 3 (scaling layer; its learning rate is 6 times that of the other weights).

    Example:
        >>> import numpy as np
        >>> layer = FeatureScale(6.0)
        >>> layer(np.array([[1.0, -2.0]], dtype=np.float32)).tolist(), layer.weights[0].shape
        ([[1.0, -2.0]], (2,))
    """

    def __init__(self, speed: float = 6.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not speed > 0:
            msg = f"`speed` must be positive. Received: speed={speed}"
            raise ValueError(msg)
        self.speed = float(speed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="scale")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return inputs * (1.0 + self.speed * ops.convert_to_tensor(self.scale))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "speed": self.speed}
