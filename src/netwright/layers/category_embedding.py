"""Categories as learnt numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._vocabulary import VocabularyLayer

__all__ = ["CategoryEmbedding"]


@keras.saving.register_keras_serializable(package="netwright")
class CategoryEmbedding(VocabularyLayer):
    """Look up learnt numbers of categories in one matrix W of shape (N_vocabulary, N_w) for all columns.

    Column f has n_f + 1 rows of W, from o_f = Σ_{g<f} (n_g + 1) on: row o_f for a value that is not known, and
    o_f + k for its k-th known value, counted from 1. The N_w numbers of each column stand side by side in the output.
    Known values begin at normal random numbers, of deviation 1 as scaled features, unknown ones at 0: training
    meets none, so they stay at the centre of the known ones.

    Use it for two or more columns of categories, or for many values. For one column of few values one-hot is the
    same with fewer weights.

    Args:
        vocabulary: the known values of each column.
        size: N_w, dimensionless.
        seed: of the first values.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., columns) of whole numbers, outputs (..., N_f N_w) for N_f columns, dimensionless.

    Raises:
        ValueError: a vocabulary is empty or names a value twice, the size is not positive, or the inputs have another
            number of columns.

    Source: the lecture (Rieger, Deep Learning School "Basic Concepts", 2022), embedding layers; Bengio et al. (2003),
        J. Mach. Learn. Res. 3, section 2.

    Example:
        >>> layer = CategoryEmbedding(vocabulary=[[11, 13], [0]], size=2)
        >>> layer(np.array([[11, 0], [22, 1]], dtype=np.int32)).shape, layer.embeddings.shape
        ((2, 4), (5, 2))
    """

    def __init__(self, vocabulary: Sequence[Sequence[int]], size: int, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(vocabulary, **kwargs)
        if size < 1:
            msg = f"`size` must be 1 or more. Received: size={size}"
            raise ValueError(msg)
        self.size, self.seed = int(size), int(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        rows = sum(len(column) + 1 for column in self.vocabulary)

        def initialise(shape: tuple[int, ...], dtype: str) -> Any:
            is_known = np.ones(shape, dtype=np.float32)
            is_known[self._unknown()] = 0
            return keras.initializers.RandomNormal(stddev=1.0, seed=self.seed)(shape, dtype) * ops.convert_to_tensor(
                is_known
            )

        self.embeddings = self.add_weight(shape=(rows, self.size), initializer=initialise, name="embeddings")

    def call(self, inputs: Any) -> Any:
        rows_of_columns = []
        for column, offset in enumerate(self._unknown()):
            numbers = ops.convert_to_tensor(np.arange(1, len(self.vocabulary[column]) + 1, dtype=np.int32))
            matches = ops.cast(self.matches(inputs, column), "int32")
            rows_of_columns.append(offset + ops.sum(matches * numbers, axis=-1, keepdims=True))
        rows = ops.take(self.embeddings, ops.cast(ops.concatenate(rows_of_columns, axis=-1), "int32"), axis=0)
        return ops.reshape(rows, (-1, *inputs.shape[1:-1], len(self.vocabulary) * self.size))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return *input_shape[:-1], len(self.vocabulary) * self.size

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "size": self.size, "seed": self.seed}

    def _unknown(self) -> list[int]:
        """Return o_f, the row of what is not known, of each column."""
        return [0, *accumulate(len(column) + 1 for column in self.vocabulary[:-1])]
