"""Categories as binary digits."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._vocabulary import VocabularyLayer

__all__ = ["BinaryDigits"]


@keras.saving.register_keras_serializable(package="netwright")
class BinaryDigits(VocabularyLayer):
    """Turn whole numbers that name categories into the binary digits of their position in the vocabulary.

    For column f with vocabulary v_1 ... v_n, v_k becomes the ⌈log₂(n + 1)⌉ digits of k, the lowest first, and
    an unknown value those of 0. Use it where one input per category would be too many and an embedding is more
    than is needed: the network has to learn which digits belong together, and neighbours share digits
    without sharing anything else.

    Args:
        vocabulary: the known values of each column.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., columns) of whole numbers, outputs (..., Σ_f ⌈log₂(n_f + 1)⌉) of zeros and ones,
    dimensionless.

    Raises:
        ValueError: a vocabulary is empty or names a value twice, or the inputs have another number of columns.

    Source: definition.

    Example:
        >>> layer = BinaryDigits(vocabulary=[[11, 13, 15]])
        >>> layer(np.array([[11], [13], [15], [22]], dtype=np.int32)).tolist()
        [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]
    """

    def call(self, inputs: Any) -> Any:
        columns = []
        for column, values in enumerate(self.vocabulary):
            codes = np.arange(1, len(values) + 1)[:, None]
            digits = ((codes >> np.arange(len(values).bit_length())) & 1).astype(np.float32)
            columns.append(ops.matmul(ops.cast(self.matches(inputs, column), "float32"), digits))
        return ops.concatenate(columns, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return *input_shape[:-1], sum(len(column).bit_length() for column in self.vocabulary)
