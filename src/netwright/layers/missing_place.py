"""A position for missing values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._constants import add_constant
from netwright.layers._exists import exists

__all__ = ["MissingPlace"]


@keras.saving.register_keras_serializable(package="netwright")
class MissingPlace(keras.layers.Layer):  # type: ignore[misc]  # keras ships no types
    """Move missing values (NaN) to a separate position.

    That a value is missing is information: choose a position at least 3 deviations off the bulk, where the feature is
    empty (`netwright.data.moments.missing.missing_positions`), so that the network sees the gap. It comes after
    scaling and noise, which leave NaN alone.

    Args:
        places: position for each feature, shape (features,), in the unit of the inputs.
        kwargs: what every Keras layer takes.

    Inputs have shape (..., features) in any unit, outputs the same, without NaN.

    Raises:
        ValueError: a position is not finite, or the inputs have another number of features.

    Source: definition; 3 σ from the centre as in the lecture (Rieger, Deep Learning School "Basic Concepts", 2022).

    Example:
        >>> MissingPlace([-4.0])(np.array([[0.5], [np.nan]], dtype=np.float32)).tolist()
        [[0.5], [-4.0]]
    """

    def __init__(self, places: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = [float(place) for place in places]
        if not self.places or not np.isfinite(self.places).all():
            msg = f"`places` needs one finite value per feature. Received: places={places}"
            raise ValueError(msg)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        if input_shape[-1] != len(self.places):
            msg = f"{self.name} takes {len(self.places)} features. Received: inputs of shape {input_shape}"
            raise ValueError(msg)
        self.off_the_bulk = add_constant(self, "places", self.places)
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return ops.where(exists(inputs), inputs, ops.convert_to_tensor(self.off_the_bulk))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "places": self.places}
