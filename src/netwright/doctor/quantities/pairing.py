"""Whether a loss compares the output of each row with the target of that row."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.passes import undisturbed

__all__ = ["mixes_rows"]

_ROWS = 64
_SAME = 1e-5  # of the loss: rounding of a sum in another order


def mixes_rows(model: Any, target: Array) -> bool:  # noqa: ANN401  # Keras has no types
    """Say whether the loss stays the same when rows exchange their targets, though it depends on the targets.

    Targets of shape ``(rows,)`` and outputs of shape ``(rows, 1)`` are broadcast against each other, so that each
    output is compared with the targets of all rows. The losses of Keras see to it; a loss of one's own may not.

    Args:
        model: a compiled Keras model with one output of one unit.
        target: as ``fit`` takes it, shape ``(rows,)`` or ``(rows, 1)``, in any unit.

    Returns:
        True or False; False as well where the targets are all the same, or the loss is of numbers that are not finite.

    Raises:
        ValueError: the loss refuses such outputs and targets.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> mixes_rows(model, np.array([0.0, 1.0, 0.0, 3.0]))
        False
    """
    import keras

    some = target[np.unique(np.linspace(0, len(target) - 1, min(len(target), _ROWS)).astype(int))]
    given = keras.ops.convert_to_tensor(np.linspace(0.1, 0.9, len(some), dtype=np.float32)[:, None])

    def loss(targets: Array) -> float:
        with undisturbed(), keras.StatelessScope():
            found = model.compute_loss(y=keras.ops.convert_to_tensor(targets), y_pred=given, training=False)
            return float(keras.ops.convert_to_numpy(found))

    losses = [loss(one) for one in (some, np.roll(some, 1, axis=0), np.repeat(some[:1], len(some), axis=0))]
    as_given, exchanged, all_alike = losses
    least = _SAME * max(abs(as_given), 1e-12)
    return bool(np.isfinite(losses).all() and abs(exchanged - as_given) <= least < abs(all_alike - as_given))
