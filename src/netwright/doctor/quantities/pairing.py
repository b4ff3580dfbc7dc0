"""What a loss wants: an output for each row that goes with its target, or the same for all."""

from __future__ import annotations

from typing import Any

import numpy as np

from netwright.doctor.case import Array
from netwright.doctor.quantities.passes import undisturbed

__all__ = ["class_for_all", "mixes_rows", "upside_down"]

_ROWS = 64
_SURE = 0.01, 0.99  # answers: a loss may be infinite at 0 and 1
_COLUMNS = 2  # dimensions of targets that are columns
_SAME = 1e-5  # of the loss: rounding of a sum in another order


def mixes_rows(model: Any, target: Array) -> bool:  # noqa: ANN401  # Keras has no types
    """Return whether the loss stays the same when rows exchange their targets, though it depends on the targets.

    Targets of shape ``(rows,)`` and outputs of shape ``(rows, 1)`` are broadcast against each other, so that each
    output is compared with the targets of all rows. The losses of Keras see to it; a custom loss may not.

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
    chosen = _evenly_spaced(target)
    outputs = np.linspace(0.1, 0.9, len(chosen), dtype=np.float32)
    targets = chosen, np.roll(chosen, 1, axis=0), np.repeat(chosen[:1], len(chosen), axis=0)
    losses = [_loss(model, permuted, outputs) for permuted in targets]
    as_paired, exchanged, all_alike = losses
    least = _SAME * max(abs(as_paired), 1e-12)
    return bool(np.isfinite(losses).all() and abs(exchanged - as_paired) <= least < abs(all_alike - as_paired))


def class_for_all(model: Any, target: Array) -> int | None:  # noqa: ANN401
    """Return the class which the loss likes for all rows as much as for each row its own class.

    A cross entropy without its second half is such a loss: one of two classes may get any answer.

    Args:
        model: a compiled Keras model with one output of one unit.
        target: as ``fit`` takes it, shape ``(rows,)`` or ``(rows, 1)``, dimensionless.

    Returns:
        0 or 1; None where targets are not 0 and 1, or the loss tells the classes apart, whichever end is which.

    Raises:
        ValueError: the loss refuses such outputs and targets.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
        >>> model.compile(loss=lambda target, output: -target * keras.ops.log(output))
        >>> class_for_all(model, np.array([0.0, 1.0, 1.0, 0.0]))
        1
    """
    chosen = _evenly_spaced(target)
    if set(np.unique(chosen)) != {0, 1}:
        return None
    own_class = np.where(chosen.reshape(len(chosen)) > 0, _SURE[1], _SURE[0])
    answers = own_class, sum(_SURE) - own_class, *(own_class * 0 + answer for answer in _SURE)
    losses = [_loss(model, chosen, answer.astype(np.float32)) for answer in answers]
    if not np.isfinite(losses).all():
        return None
    likes = [loss <= min(losses[:2]) + _SAME * np.ptp(losses) for loss in losses[2:]]
    return likes.index(True) if np.ptp(losses) > 0 and any(likes) else None


def upside_down(model: Any, target: Array) -> bool:  # noqa: ANN401
    """Return whether the loss is smaller where rows get the targets of others than where each gets its own.

    A loss without its minus sign is: training makes the network worse.

    Args:
        model: a compiled Keras model with one output.
        target: as ``fit`` takes it, shape ``(rows,)`` or ``(rows, units)``, in any unit.

    Returns:
        True or False; False as well where the loss is not finite for these; where targets are 0 and 1 in one column, as
        an output may be a distance, which is small for class 1; and where several columns are not those of classes, as
        outputs may be other quantities than the targets.

    Raises:
        ValueError: the loss refuses such outputs and targets.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
        >>> model.compile(loss=lambda target, output: keras.ops.sum(target * keras.ops.log(output), axis=-1))
        >>> upside_down(model, np.eye(2)[[0, 1, 1, 0]])
        True
    """
    chosen = _evenly_spaced(target)
    answers = chosen.reshape(len(chosen), -1).astype(np.float32)
    of_classes, columns = set(np.unique(answers)) <= {0, 1}, answers.shape[1]
    if target.ndim > _COLUMNS or of_classes == (columns == 1) or (of_classes and (answers.sum(1) != 1).any()):
        return False
    if of_classes:
        answers = np.clip(answers, *_SURE)
    losses = [_loss(model, chosen, permuted) for permuted in (answers, np.roll(answers, 1, axis=0))]
    own, exchanged = losses
    return bool(np.isfinite(losses).all() and own > exchanged + _SAME * abs(exchanged))


def _evenly_spaced(target: Array) -> Array:
    return np.asarray(target[np.unique(np.linspace(0, len(target) - 1, min(len(target), _ROWS)).astype(int))])


def _loss(model: Any, target: Array, outputs: Array) -> float:  # noqa: ANN401
    """Return the loss that outputs would have, shape ``(rows,)``, which become a column, or ``(rows, units)``."""
    import keras

    with undisturbed(), keras.StatelessScope():
        y, y_pred = keras.ops.convert_to_tensor(target), keras.ops.convert_to_tensor(outputs.reshape(len(outputs), -1))
        return float(keras.ops.convert_to_numpy(model.compute_loss(y=y, y_pred=y_pred, training=False)))
