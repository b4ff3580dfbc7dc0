"""Particles of which a component is missing, as zero padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from netwright.kinematics import absent_as_zero
from netwright.layers._four_vectors import AbstractFourVectorLayer, Shape

__all__ = ["AbsentParticles"]


@keras.saving.register_keras_serializable(package="netwright")
class AbsentParticles(AbstractFourVectorLayer):
    """Put four zeros where a component of a particle is missing, so that it counts as not there.

    Missing is NaN, or one of the markers in float32. Use it first, on raw inputs, for files that fill up with NaN or
    with -999; files that fill up with zeros need nothing.

    Args:
        markers: values that stand for a missing one besides NaN, in the unit of the file.
        kwargs: what every Keras layer takes.

    Inputs and outputs are four-vectors of any basis and unit, shape (rows, P, 4).

    Raises:
        ValueError: the inputs have another shape.

    Source: definition.

    Example:
        >>> import numpy as np
        >>> x = np.array([[[5.0, 3.0, 0.0, 4.0], [-999.0, -999.0, -999.0, -999.0]]], dtype=np.float32)
        >>> AbsentParticles(markers=[-999])(x)[0].tolist()
        [[5.0, 3.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0]]
    """

    def __init__(self, markers: Sequence[float] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.markers = [float(marker) for marker in markers]

    def call(self, inputs: Any) -> Any:
        return absent_as_zero(inputs, tuple(self.markers), ops)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "markers": self.markers}
