"""Numbers as learnt waves."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
from keras import ops

from netwright.layers.initial_values import drawn

__all__ = ["PeriodicEmbedding"]

_SINE = [(-1) ** k * (2 * math.pi) ** (2 * k + 1) / math.factorial(2 * k + 1) for k in range(7)]
"""Of the series sin(2π u) = Σ s_k u^(2k + 1)."""


@keras.saving.register_keras_serializable(package="netwright")
class PeriodicEmbedding(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Represent each number by itself and by combinations of waves of learnt frequency and phase.

    For feature f, with K waves, y_f = (x_f, c_f + W_f cos(2π (u_f x_f + b_f))): shape (size,), of which the first is
    the number itself. Dense layers alone learn smooth functions of their inputs first; the waves let them follow steps
    and narrow structure in single features. Frequencies begin as u ~ N(0, σ²) and phases b uniform in (-½, ½).

    Args:
        size: numbers for each feature, 2 or more.
        waves: K, the number of frequencies of each feature.
        deviation: σ, in inverse units of the inputs; larger values begin with narrower structure.
        seed: of the first frequencies, phases and weights.
        kwargs: what every Keras layer takes.

    Inputs have shape (rows, features), scaled; outputs (rows, features · size), dimensionless.

    Raises:
        ValueError: there are fewer than 2 numbers, no waves, or the deviation is not positive.

    Source: arXiv:2203.05556, section 3.3 (periodic); arXiv:2407.04491, section 3 (PBLD: phases, and the number itself).

    Example:
        >>> import numpy as np
        >>> layer = PeriodicEmbedding(size=4, waves=16, seed=1)
        >>> y = np.asarray(layer(np.array([[0.5, -2.0]], dtype=np.float32)))
        >>> y.shape, y[0, 0], y[0, 4]
        ((1, 8), np.float32(0.5), np.float32(-2.0))
    """

    def __init__(
        self, size: int = 4, waves: int = 16, deviation: float = 0.1, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if size < 2 or waves < 1 or not deviation > 0:
            msg = (
                "`size` must be 2 or more, `waves` 1 or more, `deviation` positive. "
                f"Received: size={size}, waves={waves}, deviation={deviation}"
            )
            raise ValueError(msg)
        self.size, self.waves, self.deviation, self.seed = int(size), int(waves), float(deviation), seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        features = input_shape[-1]
        first = _initialisers(self.deviation, 1 / math.sqrt(self.waves), self.seed)
        shapes = {
            "frequencies": (features, self.waves),
            "phases": (features, self.waves),
            "kernel": (features, self.waves, self.size - 1),
            "bias": (features, self.size - 1),
        }
        self.frequencies, self.phases, self.kernel, self.bias = (
            self.add_weight(shape=shape, initializer=first[name], name=name) for name, shape in shapes.items()
        )
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        # features first and rows last: the waves are then multiplied as they lie in memory
        features = ops.transpose(inputs)[:, None, :]
        weights = (self.frequencies, self.phases, self.bias)
        frequencies, phases, bias = (ops.convert_to_tensor(weight)[:, :, None] for weight in weights)
        waves = _cosine(features * frequencies + phases)
        learnt = ops.matmul(ops.transpose(ops.convert_to_tensor(self.kernel), (0, 2, 1)), waves) + bias
        numbers = ops.reshape(ops.concatenate([features, learnt], axis=1), (inputs.shape[1] * self.size, -1))
        return ops.transpose(numbers)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        return input_shape[0], (input_shape[1] or 0) * self.size

    def get_config(self) -> dict[str, Any]:
        config = {"size": self.size, "waves": self.waves, "deviation": self.deviation, "seed": self.seed}
        return {**super().get_config(), **config}


def _cosine(turns: Any) -> Any:
    """Return cos(2π t), to 2e-7, by sums and products, which take a fifth of the time of a compiler's cosine.

    With t = n + y, |y| ≤ ½, it is sin(2π u) of u = ¼ - |y|, |u| ≤ ¼, by the first seven terms of its series; the eighth
    is below 1e-9.
    """
    u = 0.25 - ops.abs(turns - ops.floor(turns + 0.5))
    squared, total = ops.square(u), 0.0
    for term in reversed(_SINE):
        total = total * squared + term
    return u * total


def _initialisers(deviation: float, width: float, seed: int | None) -> dict[str, Callable[..., Any]]:
    """Return the initialisers by weight; each has its own seed, from one generator."""
    seeds = [None] * 4 if seed is None else [(seed + number * 0x9E3779B1) % 2**31 for number in range(4)]

    def uniform(limit: float, seed: int | None) -> Callable[..., Any]:
        return partial(drawn, keras.random.uniform, minval=-limit, maxval=limit, seed=seed)

    return {
        "frequencies": partial(drawn, keras.random.normal, stddev=deviation, seed=seeds[0]),
        "phases": uniform(0.5, seeds[1]),
        "kernel": uniform(width, seeds[2]),
        "bias": uniform(width, seeds[3]),
    }
