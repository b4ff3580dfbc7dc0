"""Categories as one input each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["OneHot"]


@keras.saving.register_keras_serializable(package="netwright")
class OneHot(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Turn whole numbers that name categories into zeros and a one; what is not known has an entry of its own.

    For column f with vocabulary v_1 ... v_n: (0, ..., 1 at k, ..., 0) of length n + 1 with k = 0 where the value
    is in no vocabulary, and else the place of the value, counted from 1. Use it for a few categories.

    Args:
        vocabulary: the known values of each column.
        kwargs: what every Keras layer takes.

    Inputs have shape (rows, columns) of whole numbers, outputs (rows, Σ_f (n_f + 1)), dimensionless.

    Raises:
        ValueError: a vocabulary is empty or names a value twice, or the inputs have another number of columns.

    Source: definition.

    Example:
        >>> layer = OneHot(vocabulary=[[11, 13]])
        >>> layer(np.array([[13], [22]], dtype=np.int32)).tolist()
        [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """

    def __init__(self, vocabulary: Sequence[Sequence[int]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary = [[int(value) for value in column] for column in vocabulary]
        for column in self.vocabulary or [[]]:
            if not column or len(set(column)) < len(column):
                msg = f"every vocabulary needs different values, at least one. Received: vocabulary={column}"
                raise ValueError(msg)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) != 2 or input_shape[1] != len(self.vocabulary):
            msg = (
                f"{self.name} takes (rows, {len(self.vocabulary)}) categories. Received: inputs of shape {input_shape}"
            )
            raise ValueError(msg)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        parts = []
        for position, column in enumerate(self.vocabulary):
            known = ops.cast(
                ops.equal(inputs[:, position : position + 1], np.asarray(column, dtype=np.int32)), "float32"
            )
            parts += [1.0 - ops.sum(known, axis=-1, keepdims=True), known]
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, int]:
        return input_shape[0], sum(len(column) + 1 for column in self.vocabulary)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary": self.vocabulary}
