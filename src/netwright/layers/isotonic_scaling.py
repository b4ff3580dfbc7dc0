"""An increasing curve on the logit, which calibrates the probability."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike

__all__ = ["IsotonicScaling"]


@keras.saving.register_keras_serializable(package="netwright")
class IsotonicScaling(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Map a logit by straight pieces between knots, with slope 1 beyond the ends.

    With knots z_1 < ... < z_K, values v_k there and slopes s_k of the pieces,
    z' = v_1 + min(z - z_1, 0) + Σ_k s_k clip(z - z_k, 0, z_{k+1} - z_k) + max(z - z_K, 0).
    Where all slopes are positive the order of scores stays. The layer begins as z' = z, and training never changes it.

    Args:
        knots: K, at least 2.
        kwargs: what every Keras layer takes.

    Inputs are logits of shape (..., 1), outputs have the same shape, dimensionless.

    Raises:
        ValueError: there are fewer than two knots, or the inputs are not one logit a row.

    Source: definition; `netwright.models` fits the knots.

    Example:
        >>> layer = IsotonicScaling(knots=4)
        >>> layer.build((None, 1))
        >>> layer.set_curve([-1.0, 1.0], [-4.0, 0.0])
        >>> np.asarray(layer(np.array([[-2.0], [0.0], [3.0]], dtype=np.float32)))[:, 0].tolist()
        [-5.0, -2.0, 2.0]
    """

    def __init__(self, knots: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if knots < 2:
            msg = f"`knots` must be at least 2. Received: {knots}"
            raise ValueError(msg)
        self.knots = knots

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != 1:
            msg = f"{self.name} maps one logit a row. Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        common = {"initializer": "zeros", "dtype": "float32", "trainable": False, "autocast": False}
        self.places = self.add_weight(shape=(self.knots,), name="places", **common)
        self.slopes = self.add_weight(shape=(self.knots - 1,), name="slopes", **common)
        self.lowest = self.add_weight(shape=(1,), name="lowest", **common)
        super().build(input_shape)

    def set_curve(self, places: ArrayLike, values: ArrayLike) -> None:
        """Set the curve.

        Args:
            places: z_k, ascending, shape (k,) with k at most K, dimensionless.
            values: v_k, shape (k,), dimensionless.
        """
        z, v = np.asarray(places, np.float32), np.asarray(values, np.float32)
        width = np.diff(z)
        slopes = np.diff(v) / np.where(width > 0, width, 1)
        padding = self.knots - len(z)  # the last knot is repeated, without a piece between
        self.places.assign(np.pad(z, (0, padding), mode="edge"))
        self.slopes.assign(np.pad(slopes, (0, padding)))
        self.lowest.assign(v[:1])

    def call(self, logits: Any) -> Any:
        knots = ops.convert_to_tensor(self.places)
        above = logits - knots
        pieces = ops.clip(above[..., :-1], 0.0, knots[1:] - knots[:-1]) * self.slopes
        ends = ops.minimum(above[..., :1], 0.0) + ops.maximum(above[..., -1:], 0.0)
        return self.lowest + ops.sum(pieces, axis=-1, keepdims=True) + ends

    def compute_output_shape(self, logits_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return logits_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "knots": self.knots}
