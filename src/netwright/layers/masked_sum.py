"""Sums over existing constituents."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.layers._constants import add_constant

__all__ = ["MaskedSum"]


@keras.saving.register_keras_serializable(package="netwright")
class MaskedSum(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Sum features over constituents, padding left out: y = Σ_i mask_i x_i / scale.

    The pooling of deep sets: it does not depend on the order of constituents. `scale` is a typical number of
    constituents and keeps the sum near 1, as the following layer needs it.

    Args:
        scale: what the sum is divided by, dimensionless, positive.
        kwargs: what every Keras layer takes.

    Inputs are features (rows, P, features) and a mask (rows, P, 1) of zeros and ones; outputs (rows, features)
    in the features' units.

    Raises:
        ValueError: the scale is not positive and finite.

    Source: arXiv:1703.06114, theorem 2; arXiv:1810.05165, equation 1.3.

    Example:
        >>> import numpy as np
        >>> x, mask = np.ones((1, 3, 2), dtype=np.float32), np.array([[[1.0], [1.0], [0.0]]], dtype=np.float32)
        >>> MaskedSum(scale=4.0)(x, mask).tolist()
        [[0.5, 0.5]]
    """

    def __init__(self, scale: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < scale < float("inf"):
            msg = f"`scale` must be positive and finite. Received: scale={scale}"
            raise ValueError(msg)
        self.scale = float(scale)
        self.supports_masking = True

    def build(self, features_shape: tuple[int | None, ...], exists_shape: tuple[int | None, ...]) -> None:
        del features_shape, exists_shape  # Keras names the arguments after those of call
        self.typical = add_constant(self, "scale", self.scale)

    def call(self, features: Any, exists: Any) -> Any:
        return ops.sum(features * exists, axis=1) / self.typical

    def compute_mask(self, inputs: Any, previous_mask: Any) -> None:
        """Return no mask: the output has no axis of constituents."""
        del inputs, previous_mask

    def compute_output_shape(
        self, features_shape: tuple[int | None, ...], exists_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        del exists_shape  # Keras names the arguments after those of call
        return features_shape[0], features_shape[2]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "scale": self.scale}
