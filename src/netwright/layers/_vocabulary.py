"""What layers of categories have in common: a vocabulary for every column, and the position of a value in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["VocabularyLayer"]


class VocabularyLayer(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Hold the known values of each column.

    Args:
        vocabulary: the known values of each column, at least one each.
        kwargs: what every Keras layer takes.

    Raises:
        ValueError: a vocabulary is empty or names a value twice, or the inputs have another number of columns.

    Source: definition.
    """

    def __init__(self, vocabulary: Sequence[Sequence[int]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary = [[int(value) for value in column] for column in vocabulary]
        for column in self.vocabulary or [[]]:
            if not column or len(set(column)) < len(column):
                msg = f"every vocabulary needs different values, at least one. Received: vocabulary={column}"
                raise ValueError(msg)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if len(input_shape) not in {2, 3} or input_shape[-1] != len(self.vocabulary):
            columns = len(self.vocabulary)
            msg = (
                f"{self.name} takes (rows, {columns}) categories, or (rows, P, {columns}) of particles. Received: "
                f"inputs of shape {input_shape}"
            )
            raise ValueError(msg)
        super().build(input_shape)

    def matches(self, inputs: Any, column: int) -> Any:
        """Compare the values of a column with its vocabulary.

        Args:
            inputs: whole numbers, shape (rows, columns) or (rows, P, columns), dimensionless.
            column: which of them.

        Returns:
            Shape (..., n), booleans: at most one of n is true, none where the value is unknown.
        """
        return ops.equal(inputs[..., column : column + 1], np.asarray(self.vocabulary[column], dtype=np.int32))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "vocabulary": self.vocabulary}
