"""Scaling of features by the quantiles of their distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._constants import add_constant
from netwright.layers._exists import exists
from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["QuantileScaling"]


@keras.saving.register_keras_serializable(package="netwright")
class QuantileScaling(RawUnitsLayer):
    """Map features to a standard normal distribution, with straight pieces between knots.

    With knots x_1 < ... < x_K, the values z_k there and the slopes s_k = (z_{k+1} - z_k) / (x_{k+1} - x_k),
    x' = z_1 + s_1 min(x - x_1, 0) + Σ_k s_k clip(x - x_k, 0, x_{k+1} - x_k) + s_{K-1} max(x - x_K, 0):
    strictly increasing, and linear beyond the ends, so that nothing is cut. NaN stays NaN.

    Use it for heavy tails and for distributions of several peaks, which mean and deviation describe badly. It
    stretches what is dense and squeezes what is sparse: where distances in the feature itself matter, as in the
    regression of a mass, standardise, or take a logarithm.

    Args:
        knots: x_k of each feature, shape (features, K), in the features' units, increasing; the last may be repeated
            to fill up.
        normal: z_k, shape (features, K), in deviations, repeated where the knots are.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., features) in the features' units, outputs the same shape, dimensionless.

    Raises:
        ValueError: knots and values do not match each other or the inputs, do not increase together, or are not
            finite.

    Source: definition; `netwright.data.moments.moments` chooses the knots.

    Example:
        >>> layer = QuantileScaling(knots=[[0.0, 1.0, 100.0]], normal=[[-1.0, 0.0, 1.0]])
        >>> layer(np.array([[0.5], [100.0], [298.0]], dtype=np.float32))[:, 0].tolist()
        [-0.5, 1.0, 3.0]
    """

    def __init__(self, knots: Sequence[Sequence[float]], normal: Sequence[Sequence[float]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.knots = [[float(x) for x in column] for column in knots]
        self.normal = [[float(z) for z in column] for column in normal]
        shapes = {len(column) for column in (*self.knots, *self.normal)}
        if not len(self.knots) == len(self.normal) > 0 or len(shapes) > 1 or min(shapes) < 2:
            msg = (
                "`knots` and `normal` must have the same number of values for each feature, at least two. "
                f"Received: {[len(x) for x in self.knots]} and {[len(z) for z in self.normal]}"
            )
            raise ValueError(msg)
        for x, z in zip(self.knots, self.normal, strict=True):
            _check(np.asarray(x, dtype=np.float32), np.asarray(z, dtype=np.float32))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != len(self.knots):
            msg = f"{self.name} scales {len(self.knots)} features. Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        x, z = (np.asarray(values, dtype=np.float32) for values in (self.knots, self.normal))
        width = np.diff(x)
        slope = np.diff(z) / np.where(width > 0, width, 1)
        last = slope[np.arange(len(x)), (width > 0).sum(axis=1) - 1]
        self.places = add_constant(self, "knots", x)
        self.widths = add_constant(self, "widths", width)
        self.slopes = add_constant(self, "slopes", slope)
        self.last_slope = add_constant(self, "last_slope", last)
        self.lowest = add_constant(self, "lowest", z[:, 0])
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        knots, slopes = ops.convert_to_tensor(self.places), ops.convert_to_tensor(self.slopes)
        is_present = exists(inputs)
        safe = ops.where(is_present, inputs, knots[:, 0])
        above = safe[..., None] - knots  # each knot
        pieces = ops.clip(above[..., :-1], 0.0, ops.convert_to_tensor(self.widths)) * slopes
        below_first = ops.minimum(above[..., 0], 0.0) * slopes[:, 0]
        above_last = ops.maximum(above[..., -1], 0.0) * self.last_slope
        return ops.where(is_present, self.lowest + below_first + ops.sum(pieces, axis=-1) + above_last, inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "knots": self.knots, "normal": self.normal}


def _check(x: np.ndarray[Any, np.dtype[np.float32]], z: np.ndarray[Any, np.dtype[np.float32]]) -> None:
    """Knots and values are finite and increase together; only at the end may both stay the same."""
    steps = np.diff(x) > 0
    increasing = (np.diff(x) >= 0).all() and (np.diff(z) >= 0).all() and np.array_equal(steps, np.diff(z) > 0)
    only_the_end = (np.diff(steps.astype(np.int8)) <= 0).all() and steps[0]
    if not (np.isfinite(x).all() and np.isfinite(z).all() and increasing and only_the_end):
        msg = (
            "`knots` and `normal` must be finite and increase together in float32; only the last may be repeated. "
            f"Received: knots={x.tolist()}, normal={z.tolist()}"
        )
        raise ValueError(msg)
