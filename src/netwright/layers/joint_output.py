"""One raw output of several inner networks."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["JointOutput"]

_FUNCTIONS = ("sigmoid", "softmax", "linear")


@keras.saving.register_keras_serializable(package="netwright")
class JointOutput(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Combine raw outputs z_n of N inner networks so that the head's function of the result is the mean of theirs.

    For linear outputs this is the mean, z = Σ z_n / N. For a sigmoid, z = ln Σ p_n - ln Σ (1 - p_n) with
    p_n = 1 / (1 + exp(-z_n)), and for a softmax z_c = ln Σ_n p_nc - ln N: logits of the mean probability.

    Args:
        function: that the head applies to raw outputs: ``sigmoid``, ``softmax`` or ``linear``.
        kwargs: what every Keras layer takes.

    Inputs have shape (rows, N, n), dimensionless, outputs (rows, n).

    Raises:
        ValueError: `function` is none of the three.

    Source: definition; arXiv:2410.24210, section 3.2, for the mean of probabilities.

    Example:
        >>> import numpy as np
        >>> z = np.log(np.array([[[0.2 / 0.8], [0.6 / 0.4]]], dtype=np.float32))
        >>> joint = float(JointOutput("sigmoid")(z)[0, 0])
        >>> round(float(1 / (1 + np.exp(-joint))), 4)
        0.4
    """

    def __init__(self, function: str = "linear", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if function not in _FUNCTIONS:
            msg = f"`function` must be {', '.join(_FUNCTIONS[:-1])} or {_FUNCTIONS[-1]}. Received: function={function}"
            raise ValueError(msg)
        self.function = function

    def call(self, inputs: Any) -> Any:
        if self.function == "linear":
            return ops.mean(inputs, axis=1)
        if self.function == "sigmoid":
            return _log_sum(-_softplus(-inputs)) - _log_sum(-_softplus(inputs))
        largest = ops.max(inputs, axis=2, keepdims=True)
        logarithms = inputs - largest - ops.log(ops.sum(ops.exp(inputs - largest), axis=2, keepdims=True))
        return _log_sum(logarithms) - ops.log(ops.cast(inputs.shape[1], inputs.dtype))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape[0], input_shape[2]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "function": self.function}


def _softplus(z: Any) -> Any:
    return ops.maximum(z, 0.0) + ops.log1p(ops.exp(-ops.abs(z)))


def _log_sum(logarithms: Any) -> Any:
    """Return ln Σ_n exp(l_n) over the networks, without overflow."""
    largest = ops.max(logarithms, axis=1, keepdims=True)
    return largest[:, 0] + ops.log(ops.sum(ops.exp(logarithms - largest), axis=1))
