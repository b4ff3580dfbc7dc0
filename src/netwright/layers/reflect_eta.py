"""Random reflections along the beam."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._augmentation import AbstractAugmentation

__all__ = ["ReflectEta"]


@keras.saving.register_keras_serializable(package="netwright")
class ReflectEta(AbstractAugmentation):
    """In training, reflect all particles of a row with probability ½: pz -> -pz, or η -> -η.

    Use it where the two beams are alike, such as protons on protons; not for unlike beams or an unlike detector
    forward and backward.

    Args:
        basis: what the four components are.
        seed: of the choice; drawn afresh if not given.
        kwargs: what every Keras layer takes.

    Inputs and outputs are four-vectors of shape (rows, P, 4) in any unit.

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> p4 = np.array([[[5.0, 3.0, 0.0, 4.0]]], dtype=np.float32)
        >>> np.abs(ReflectEta(seed=1)(p4, training=True))[0, 0].tolist()
        [5.0, 3.0, 0.0, 4.0]
    """

    def transformed(self, p4: Any) -> Any:
        along = np.array([name in {"pz", "eta"} for name in self.names])
        reflect = self.uniform(p4, 1, 1) < 0.5
        return ops.where(ops.logical_and(reflect, along), -p4, p4)
