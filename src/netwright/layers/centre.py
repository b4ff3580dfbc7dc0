"""Numbers finer than float32, as distances from a centre."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from netwright.data import rest_of_values
from netwright.layers._constants import add_constant
from netwright.layers._exists import exists
from netwright.layers._raw_units import RawUnitsLayer

__all__ = ["Centre"]


@keras.saving.register_keras_serializable(package="netwright")
class Centre(RawUnitsLayer):
    """Subtract a centre from features that float32 is too coarse for: x' = (h - h₀) + (r - r₀); others stay.

    A value x is given as h = float32(x) and its remainder r = float32(x - h), the centre as h₀ and r₀. Near the centre
    h - h₀ is exact, so that x' is as precise as if it had been computed in 48 bits. Values that stand for a missing
    one become NaN, in all features: x is such a value where h is its float32 and, in these features, r is 0 or the
    value's own remainder.

    Use it for times, positions and energies that are large and differ by little: 1.7e9 s, 6500000.0 GeV ± 0.1. Where
    values lie in groups far apart, one centre does not help.

    Args:
        columns: positions of these features, in the order of the remainders, shape (fine features,).
        centre: of each, in its unit.
        markers: values that stand for a missing one, in the features' unit.
        kwargs: what every Keras layer takes.

    Inputs are h, shape (rows, features), and r, shape (rows, fine features), in the features' units, outputs of the
    shape of h.

    Raises:
        ValueError: positions and centres do not match each other or the inputs, or are not finite.

    Source: T. J. Dekker (1971), doi:10.1007/BF01397083, for numbers in two parts.

    Example:
        >>> h, r = np.array([[5.0, 1.7e9], [5.0, 1.7e9]], np.float32), np.array([[0.5], [-3.0]], np.float32)
        >>> Centre(columns=[1], centre=[1.7e9 + 2])(h, r).tolist()
        [[5.0, -1.5], [5.0, -5.0]]
    """

    def __init__(
        self, columns: Sequence[int], centre: Sequence[float], markers: Sequence[float] = (), **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.columns = [int(column) for column in columns]
        self.centre = [float(value) for value in centre]
        self.markers = [float(marker) for marker in markers]
        match = len(set(self.columns)) == len(self.columns) == len(self.centre) > 0 and min(self.columns) >= 0
        if not (match and np.isfinite([*self.centre, *self.markers]).all()):
            msg = (
                "`columns` must be different positions, at least one, and `centre` a finite number for each. "
                f"Received: columns={columns}, centre={centre}, markers={markers}"
            )
            raise ValueError(msg)

    def build(self, inputs_shape: tuple[int | None, ...], rest_shape: tuple[int | None, ...]) -> None:
        if rest_shape[-1] != len(self.columns) or max(self.columns) >= (inputs_shape[-1] or 0):
            msg = (
                f"{self.name} takes {len(self.columns)} remainders, of features {self.columns}. Received: inputs of "
                f"shapes {inputs_shape} and {rest_shape}"
            )
            raise ValueError(msg)
        high, low = _float32_and_rest(self.centre)
        self.near = add_constant(self, "centre", high)
        self.left = add_constant(self, "centre_rest", low)
        super().build(inputs_shape)

    def call(self, inputs: Any, rest: Any) -> Any:
        rest = ops.where(exists(rest), rest, 0.0)  # onnxruntime computes infinity - infinity
        values = ops.take(inputs, np.asarray(self.columns), axis=-1)
        centred = (values - self.near) + (rest - self.left)
        coarse = inputs
        for marker, marker_rest in zip(*_float32_and_rest(self.markers), strict=True):
            is_marker = ops.logical_and(
                ops.equal(values, marker), ops.logical_or(ops.equal(rest, 0.0), ops.equal(rest, marker_rest))
            )
            centred = ops.where(is_marker, np.float32(np.nan), centred)
            coarse = ops.where(ops.equal(coarse, marker), np.float32(np.nan), coarse)
        features = int(inputs.shape[-1])
        order = np.arange(features)
        order[self.columns] = features + np.arange(len(self.columns))
        return ops.take(ops.concatenate([coarse, centred], axis=-1), order, axis=-1)

    def compute_output_shape(
        self, inputs_shape: tuple[int | None, ...], rest_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        del rest_shape
        return inputs_shape

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "columns": self.columns, "centre": self.centre, "markers": self.markers}


def _float32_and_rest(values: Sequence[float]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return numbers as float32 and remainder."""
    exact = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):  # a marker may be infinite in float32
        return exact.astype(np.float32), rest_of_values(exact)
