"""Temperature scaling of logits, which calibrates probabilities."""

from __future__ import annotations

from typing import Any

import keras

__all__ = ["TemperatureScaling"]


@keras.saving.register_keras_serializable(package="netwright")
class TemperatureScaling(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Divide logits by a temperature, and shift them: z' = z/T + b.

    T is one number, so that the order of scores of two classes stays; b, one number a class, corrects for
    class fractions other than those of the training. The layer begins with T = 1 and b = 0; training does not change
    it.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are logits of shape (..., n), outputs have the same shape, dimensionless.

    Source: C. Guo et al., Proc. Mach. Learn. Res. 70 (2017) 1321; with b: A. Alexandari et al., arXiv:1901.06852.

    Example:
        >>> import numpy as np
        >>> layer = TemperatureScaling()
        >>> layer.build((None, 1))
        >>> layer.set_scale(inverse_temperature=0.5, shift=[1.0])
        >>> np.asarray(layer(np.array([[4.0]], dtype=np.float32))).tolist()
        [[3.0]]
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.inverse_temperature = self.add_weight(
            shape=(1,), initializer="ones", dtype="float32", trainable=False, autocast=False, name="inverse_temperature"
        )
        self.shift = self.add_weight(
            shape=(input_shape[-1],),
            initializer="zeros",
            dtype="float32",
            trainable=False,
            autocast=False,
            name="shift",
        )
        super().build(input_shape)

    def set_scale(self, inverse_temperature: float, shift: Any) -> None:
        """Set temperature and shift.

        Args:
            inverse_temperature: 1/T, positive, dimensionless.
            shift: b, shape (n,), dimensionless.
        """
        self.inverse_temperature.assign([inverse_temperature])
        self.shift.assign(shift)

    def call(self, logits: Any) -> Any:
        return logits * self.inverse_temperature + self.shift

    def compute_output_shape(self, logits_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return logits_shape
