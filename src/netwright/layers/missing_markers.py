"""Values that stand for a missing one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["MissingMarkers"]


@keras.saving.register_keras_serializable(package="netwright")
class MissingMarkers(RawUnitsLayer):
    """Turn values that stand for a missing one, such as -999, into NaN.

    Use it where files mark what is missing by a value that cannot occur, so that production hands over the
    files' values as they are. The comparison is exact, in float32, where one beyond 3.4e38 is infinite. Not for a value
    that can occur, such as 0.

    Args:
        markers: the values, in the features' unit.
        kwargs: what every Keras layer takes.

    Inputs have any shape and unit, outputs the same.

    Raises:
        ValueError: a marker is not finite, or there is none.

    Source: definition.

    Example:
        >>> MissingMarkers([-999])(np.array([[5.0, -999.0]], dtype=np.float32)).tolist()
        [[5.0, nan]]
    """

    def __init__(self, markers: Sequence[float], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.markers = [float(marker) for marker in markers]
        if not self.markers or not np.isfinite(self.markers).all():
            msg = f"`markers` needs values that are finite, at least one. Received: markers={markers}"
            raise ValueError(msg)

    def call(self, inputs: Any) -> Any:
        with np.errstate(over="ignore"):
            markers = np.asarray(self.markers, dtype=np.float64).astype(np.float32)
        for marker in markers:
            inputs = ops.where(ops.equal(inputs, marker), np.float32(np.nan), inputs)
        return inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "markers": self.markers}
