"""The probability of a signal, with all its digits."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["Probability"]


@keras.saving.register_keras_serializable(package="netwright")
class Probability(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Turn a logit into a probability: p = 1 / (1 + exp(-z)).

    Written as 1 / (1 + e) for z >= 0 and e / (1 + e) for z < 0, with e = exp(-|z|), so that small probabilities keep
    their relative precision and nothing overflows. Keras's own sigmoid becomes a node of the exported graph that
    onnxruntime computes to 1e-7 absolute: there, a background of probability 1e-8 would become 0.

    Args:
        kwargs: what every Keras layer takes.

    Inputs are logits of any shape, outputs probabilities of the same shape, dimensionless.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> p = np.asarray(Probability()(np.array([-20.0, 0.0, 200.0], dtype=np.float32)))
        >>> [f"{x:.4g}" for x in p]
        ['2.061e-09', '0.5', '1']
    """

    def call(self, logits: Any) -> Any:
        small = ops.exp(-ops.abs(logits))
        return ops.where(logits >= 0, 1.0 / (1.0 + small), small / (1.0 + small))

    def compute_output_shape(self, logits_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return logits_shape
