"""First values of weights, drawn without a separate program for each shape, or not at all for a saved network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["VarianceScaling", "drawn", "skip_init"]

_SHORTEST = 2**14
_ZEROS: ContextVar[bool] = ContextVar("zeros", default=False)


@contextmanager
def skip_init() -> Iterator[None]:
    """Let our layers begin with zeros, as where the weights of a saved network replace them before they are used.

    Weights keep their shapes, and are in the unit that the layer gives them.

    Source: `torch.nn.utils.skip_init`.

    Example:
        >>> with skip_init():
        ...     VarianceScaling()((1, 3)).tolist()
        [[0.0, 0.0, 0.0]]
    """
    token = _ZEROS.set(True)
    try:
        yield
    finally:
        _ZEROS.reset(token)


def drawn(draw: Callable[..., Any], shape: Sequence[int], **arguments: Any) -> Any:
    """Draw random numbers of a shape as the first ones of a line whose length is a power of two, 2¹⁴ at least.

    JAX compiles a program for each shape that is drawn, a third of a second each on a CPU, and keeps it for the next
    network of this shape; lines have few lengths, which the networks of all tables share. JAX draws each number from a
    counter, its place, so that these are the numbers that `draw` gives for the shape itself.

    Args:
        draw: a function of `keras.random`.
        shape: of what is drawn.
        arguments: of `draw`, with a seed that is a number or None.

    Returns:
        Numbers of that shape, as `draw` gives them.

    Example:
        >>> import numpy as np
        >>> some = drawn(keras.random.normal, (2, 3), stddev=0.1, seed=1)
        >>> bool(np.array_equal(some, keras.random.normal((2, 3), stddev=0.1, seed=1)))
        True
    """
    if _ZEROS.get():
        return np.zeros(shape, arguments.get("dtype") or keras.config.floatx())
    count = math.prod(shape)
    length = max(_SHORTEST, 2 ** math.ceil(math.log2(max(count, 1))))
    line = draw((length,), **arguments)
    if keras.config.backend() != "jax":
        return ops.reshape(line[:count], shape)
    import jax

    if isinstance(line, jax.core.Tracer):
        return line[:count].reshape(shape)
    return jax.device_put(np.asarray(line)[:count].reshape(shape))  # JAX would compile the cut for each shape


@keras.saving.register_keras_serializable(package="netwright")
class VarianceScaling(keras.initializers.VarianceScaling):  # type: ignore[misc]  # keras ships no types
    """Keras's initialiser of this name for dense layers, with a truncated normal distribution: the same numbers.

    Those of Keras draw each shape by a separate program (`drawn`).

    Args:
        scale: factor on the variance, dimensionless.
        mode: by what the variance is divided: ``fan_in``, or ``fan_avg``, its mean with ``fan_out``.
        seed: of the random numbers.

    Source: arXiv:1502.01852, equation 10; Glorot and Bengio (2010), equation 16.

    Example:
        >>> VarianceScaling(2.0, "fan_in", seed=1)((30, 20)).shape
        (30, 20)
    """

    def __init__(self, scale: float = 1.0, mode: str = "fan_in", seed: int | None = None) -> None:
        super().__init__(scale, mode, "truncated_normal", seed)

    def __call__(self, shape: tuple[int, int], dtype: str | None = None) -> Any:
        """Draw weights of shape (features, units)."""
        fan = shape[0] if self.mode == "fan_in" else sum(shape) / 2
        deviation = math.sqrt(self.scale / max(1.0, fan)) / 0.87962566103423978  # of a normal distribution within ±2
        return drawn(keras.random.truncated_normal, shape, mean=0.0, stddev=deviation, dtype=dtype, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        return {"scale": self.scale, "mode": self.mode, "seed": super().get_config()["seed"]}
