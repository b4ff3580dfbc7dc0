"""Batch normalisation over the values that there are."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.layers._exists import exists
from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["MaskedBatchNormalisation"]


@keras.saving.register_keras_serializable(package="netwright")
class MaskedBatchNormalisation(RawUnitsLayer):
    """Scale features by mean and deviation of the batch: x' = γ (x - μ) / sqrt(σ² + ε) + β; NaN stays NaN.

    μ = Σ x / n and σ² = Σ (x - μ)² / n run over the existing values of a feature in the batch, over all rows and
    particles. Outside training, moving averages take their place: μ̂ <- α μ̂ + (1 - α) μ, and σ̂² likewise; a batch
    without any value of a feature is passed over. γ and β are trained. Keras's own layer does the same where
    nothing is missing, and can mask whole positions, but not single values.

    Use it as input layer where inputs drift during training, or to let the network choose their scale; its noise
    from batch to batch regularises. Not for small batches, and where a row must not depend on others. Event
    weights do not enter.

    Args:
        momentum: α, dimensionless.
        epsilon: ε, in the square of the features' unit.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., features) in the features' units, outputs the same shape, dimensionless.

    Raises:
        ValueError: momentum is not in [0, 1), or epsilon not positive.

    Source: arXiv:1502.03167, algorithm 1; moving averages as in the lecture (Rieger, Deep Learning School
        "Basic Concepts", 2022).

    Example:
        >>> import numpy as np
        >>> layer = MaskedBatchNormalisation(epsilon=1e-9)
        >>> x = np.array([[1.0], [3.0], [np.nan]], dtype=np.float32)
        >>> [round(float(y), 3) for y in layer(x, training=True)[:, 0]]
        [-1.0, 1.0, nan]
    """

    def __init__(self, momentum: float = 0.99, epsilon: float = 1e-3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not (0 <= momentum < 1 and 0 < epsilon < float("inf")):
            msg = (
                "`momentum` must be from 0 to below 1 and `epsilon` positive. "
                f"Received: momentum={momentum}, epsilon={epsilon}"
            )
            raise ValueError(msg)
        self.momentum, self.epsilon = float(momentum), float(epsilon)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        # moving averages of 8 digits would not move by a hundredth of themselves
        common = {"shape": (input_shape[-1],), "autocast": False}
        self.gamma = self.add_weight(**common, initializer="ones", name="gamma")
        self.beta = self.add_weight(**common, initializer="zeros", name="beta")
        self.moving_mean = self.add_weight(**common, initializer="zeros", trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(**common, initializer="ones", trainable=False, name="moving_variance")
        super().build(input_shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: FBT001  # Keras's interface
        mask = exists(inputs)
        x = ops.where(mask, inputs, 0.0)
        mean, variance = self.moving_mean, self.moving_variance
        if training:
            mean, variance = self._batch_moments(x, ops.cast(mask, "float32"))
        scaled = self.gamma * (x - mean) / ops.sqrt(variance + self.epsilon) + self.beta
        return ops.where(mask, scaled, inputs)

    def _batch_moments(self, x: Any, mask: Any) -> tuple[Any, Any]:
        """Return mean and variance of the batch, and let them move the averages."""
        axes = tuple(range(len(x.shape) - 1))
        count = ops.sum(mask, axis=axes)
        number = ops.maximum(count, 1.0)
        mean = ops.sum(x * mask, axis=axes) / number
        variance = ops.sum(ops.square(x - mean) * mask, axis=axes) / number
        for average, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            previous = ops.convert_to_tensor(average)
            average.assign(ops.where(count > 0, self.momentum * previous + (1.0 - self.momentum) * value, previous))
        return mean, variance

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "momentum": self.momentum, "epsilon": self.epsilon}
