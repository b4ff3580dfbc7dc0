"""Categories as one input each."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from netwright.layers._vocabulary import VocabularyLayer

__all__ = ["OneHot"]


@keras.saving.register_keras_serializable(package="netwright")
class OneHot(VocabularyLayer):
    """Turn whole numbers that name categories into zeros and a one; unknown ones have a separate entry.

    For column f with vocabulary v_1 ... v_n: (0, ..., 1 at k, ..., 0) of length n + 1 with k = 0 where the value
    is in no vocabulary, and else the position of the value, counted from 1. Use it for a few categories; for many, or
    for several columns together, an embedding needs fewer inputs.

    Args:
        vocabulary: the known values of each column.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., columns) of whole numbers, outputs (..., Σ_f (n_f + 1)), dimensionless.

    Raises:
        ValueError: a vocabulary is empty or names a value twice, or the inputs have another number of columns.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> layer = OneHot(vocabulary=[[11, 13]])
        >>> layer(np.array([[13], [22]], dtype=np.int32)).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def call(self, inputs: Any) -> Any:
        columns = []
        for column in range(len(self.vocabulary)):
            matches = ops.cast(self.matches(inputs, column), "float32")
            columns += [1.0 - ops.sum(matches, axis=-1, keepdims=True), matches]
        return ops.concatenate(columns, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return *input_shape[:-1], sum(len(column) + 1 for column in self.vocabulary)
