"""Dropout whose rate is data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from netwright.layers._constants import add_constant
from netwright.layers._random_bits import random_bits

__all__ = ["Dropout"]


@keras.saving.register_keras_serializable(package="netwright")
class Dropout(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """In training, drop values at random: y = x / (1 - p) with probability 1 - p, else 0; otherwise y = x.

    The mean stays, E[y] = x. The rate p is a weight that training cannot move, so that members of other rates share one
    compiled program; with p = 0 it gives x to the bit. Keras's own layer does the same with a rate that is compiled in,
    and random numbers that cost a CPU ten times as much.

    Args:
        rate: p, from 0 to below 1, dimensionless.
        noise_shape: shape of what is drawn, None for the inputs' own: (None, 1, None) drops a feature for all
            particles of a row; each value on its own if not given.
        seed: of the choice; drawn afresh if not given.
        kwargs: what every Keras layer takes.

    Inputs have any shape and unit, outputs the same.

    Raises:
        ValueError: the rate is not from 0 to below 1, or the noise shape has another number of dimensions than the
            inputs, or sizes that are neither theirs nor 1.

    Source: Srivastava et al. (2014), J. Mach. Learn. Res. 15, section 4; scaled in training, not after it.

    Example:
        >>> import numpy as np
        >>> layer, x = Dropout(0.5, seed=1), np.ones((4, 100), dtype=np.float32)
        >>> sorted(set(np.asarray(layer(x, training=True)).ravel().tolist())), bool((layer(x) == x).all())
        ([0.0, 2.0], True)
    """

    def __init__(
        self, rate: float, noise_shape: Sequence[int | None] | None = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= rate < 1:
            msg = f"`rate` must be from 0 to below 1. Received: rate={rate}"
            raise ValueError(msg)
        self.rate, self.seed = float(rate), seed
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)
        self.generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        noise = self.noise_shape or input_shape
        fits = (size in {None, 1, of_input} for size, of_input in zip(noise, input_shape, strict=False))
        if len(noise) != len(input_shape) or not all(fits):
            msg = (
                f"`noise_shape` needs a size for each dimension of the inputs: None, 1 or theirs, {input_shape}. "
                f"Received: noise_shape={self.noise_shape}"
            )
            raise ValueError(msg)
        self.probability = add_constant(self, "rate", self.rate)
        super().build(input_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  # Keras's interface
        if not training:
            return inputs
        rate = ops.convert_to_tensor(self.probability)
        sizes = ops.shape(inputs)
        shape = [
            actual if size is None else size for size, actual in zip(self.noise_shape or sizes, sizes, strict=True)
        ]
        positions = ops.reshape(ops.arange(math.prod(shape), dtype="int32"), shape)
        is_kept = random_bits(self.generator.next(), positions) >= ops.cast(rate * 2.0**31, "int32")
        return ops.where(is_kept, inputs * ops.cast(1.0 / (1.0 - rate), inputs.dtype), 0.0)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = {"rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed}
        return {**super().get_config(), **config}
