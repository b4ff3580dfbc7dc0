"""The calibration of a trained network's heads, on rows that it was not fitted to."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.layers import IsotonicScaling, TemperatureScaling
from netwright.metrics import binned_sums
from netwright.models.calibration.isotonic import KNOTS, fitted_curve
from netwright.models.calibration.temperature import fitted_temperature

__all__ = ["calibrate_head", "calibration_layer"]

_LAYER = "{}-calibration"  # the hyphen avoids clashes with inputs and heads


def calibration_layer(head: str, kind: str) -> keras.layers.Layer | None:
    """Return the layer between raw outputs and probabilities that will calibrate them.

    Args:
        head: name of the head.
        kind: ``none``, ``temperature`` or ``isotonic``.

    Returns:
        The layer, which does nothing before `calibrate_head`; None for none.
    """
    if kind == "temperature":
        return TemperatureScaling(name=_LAYER.format(head))
    return IsotonicScaling(KNOTS, name=_LAYER.format(head)) if kind == "isotonic" else None


def calibrate_head(
    model: keras.Model,
    head: str,
    raw: NDArray[np.floating],
    labels: NDArray[np.integer],
    weights: NDArray[np.floating],
) -> Mapping[str, float]:
    """Set the calibration of a head, by rows that no weight was fitted to.

    Args:
        model: a network of `netwright.models.build` whose head has a calibration.
        head: name of the head.
        raw: its raw outputs, shape (n, outputs), dimensionless.
        labels: positions of classes, shape (n,).
        weights: event weights, without balance or importance, shape (n,), dimensionless; rows of weight 0 do not count.

    Returns:
        What was fitted: ``temperature`` and the shifts, or the number of ``knots``; dimensionless.

    Raises:
        DataError: a class has no rows with a positive sum of weights.
    """
    counts = weights != 0
    z, y, w = raw[counts].astype(np.float64), labels[counts], weights[counts].astype(np.float64)
    classes = max(2, z.shape[1])
    sums = binned_sums(y, w, classes)
    if not (sums > 0).all():
        class_index = int(np.argmin(sums > 0))
        msg = (
            f"targets.{head}.calibration: the weights of the validation rows of class number {class_index} add up to "
            f"{sums[class_index]:g}, and the calibration needs every class. Take more rows for validation, or set "
            "calibration: none."
        )
        raise DataError(msg)
    layer = model.get_layer(_LAYER.format(head))
    if isinstance(layer, TemperatureScaling):
        inverse, shifts = fitted_temperature(z[:, 0] if z.shape[1] == 1 else z, y, w)
        layer.set_scale(inverse, shifts)
        return {"temperature": 1 / inverse} | {f"shift_{class_index}": float(b) for class_index, b in enumerate(shifts)}
    knots, values = fitted_curve(z[:, 0], y, w)
    layer.set_curve(knots, values)
    return {"knots": len(knots)}
