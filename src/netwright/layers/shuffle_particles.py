"""Random orders of the particles."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._augmentation import AbstractAugmentation
from netwright.layers._four_vectors import Shape

__all__ = ["ShuffleParticles"]


@keras.saving.register_keras_serializable(package="netwright")
class ShuffleParticles(AbstractAugmentation):
    """In training, put the particles of each row into a random order; empty positions stay empty.

    Every order of the existing particles is equally likely. Use it where the order means nothing and the network
    could learn it, that is, with a dense body. Where it means something (hardest first, or a lepton and a jet), it
    takes that away; deep sets do not depend on it.

    Args:
        basis: what the four components are.
        seed: of the orders; drawn afresh if not given.
        kwargs: what every Keras layer takes.

    Inputs and outputs are four-vectors of shape (rows, P, 4) in any unit, zeros where there is no particle; or
    (rows, P, 4 + k) with k properties of each particle behind its components.

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> p4 = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
        >>> p4[0, 1] = 0
        >>> sorted(ShuffleParticles(seed=1)(p4, training=True)[0, [0, 2], 0].tolist())
        [0.0, 8.0]
    """

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape if len(input_shape) != 3 else (*input_shape[:2], min(input_shape[2] or 0, 4)))

    def transformed(self, p4: Any) -> Any:
        positions = np.arange(p4.shape[1])
        exists = ops.any(p4[..., :4] != 0, axis=-1)
        shuffled = ops.argsort(ops.where(exists, self.uniform(p4, len(positions)), 2.0), axis=1)
        filled_first = ops.argsort(ops.where(exists, positions, positions + len(positions)), axis=1)
        # the k-th filled position gets the k-th particle of the random order
        order = ops.take_along_axis(shuffled, ops.argsort(filled_first, axis=1), axis=1)
        return ops.take_along_axis(p4, order[..., None], axis=1)
