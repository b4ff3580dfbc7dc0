"""Where a loss stopped being finite: the step, the first layer and the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import keras
import numpy as np
import numpy.typing as npt

from netwright.errors import NonFiniteLossError, first_few
from netwright.training.compiled.forward import make_layer_outputs
from netwright.training.compiled.state import TrainState
from netwright.training.feed.arrays import RowArrays

__all__ = ["raise_non_finite", "raise_non_finite_validation"]

_ROWS_SHOWN = 5
_ROWS_AT_ONCE = 1024
_ALL_FINITE = "the loss (every layer's output is finite; a target or weight may be too large)"


def raise_non_finite(
    model: keras.Model,
    state: TrainState,
    arrays: RowArrays,
    rows: npt.NDArray[np.integer],
    *,
    step: int,
    saved: str,
    name_row: Callable[[int], str],
) -> None:
    """Raise the error that names where the first number of a step that is not finite came from.

    Args:
        model: the network up to its raw outputs.
        state: of this member, before the step.
        arrays: all rows, as NumPy has them.
        rows: numbers of the rows of the step, shape (batch,).
        step: its number since the start of the training, from 1.
        saved: a sentence on what was saved, that begins with a space, or nothing.
        name_row: the name of a row in messages, by its number.

    Raises:
        NonFiniteLossError: always, with layer, step and rows.
    """
    origin, non_finite = _first_layer(model, state, _inputs(arrays, rows))
    raise NonFiniteLossError(
        _message(f"The loss is not finite at step {step}", origin, rows[non_finite], name_row) + saved
    )


def raise_non_finite_validation(
    model: keras.Model,
    state: TrainState,
    arrays: RowArrays,
    valid_rows: npt.NDArray[np.integer],
    *,
    epoch: int,
    name_row: Callable[[int], str],
) -> None:
    """Raise the error that names where the first number of a validation that is not finite came from.

    Args:
        model: the network up to its raw outputs.
        state: of this member, with the weights that were validated.
        arrays: all rows, as NumPy has them.
        valid_rows: numbers of the validation rows, shape (n,).
        epoch: after which they were evaluated.
        name_row: the name of a row in messages, by its number.

    Raises:
        NonFiniteLossError: always, with layer, epoch and rows.
    """
    origin, non_finite, rows = "", np.zeros(0, np.bool_), valid_rows
    for rows in np.array_split(valid_rows, -(-len(valid_rows) // _ROWS_AT_ONCE)):
        origin, non_finite = _first_layer(model, state, _inputs(arrays, rows))
        if origin != _ALL_FINITE:
            break
    when = f"The validation loss is not finite after epoch {epoch}"
    raise NonFiniteLossError(_message(when, origin, rows[non_finite], name_row))


def _inputs(arrays: RowArrays, rows: npt.NDArray[np.integer]) -> dict[str, npt.NDArray[np.generic]]:
    return {name: values[rows] for name, values in arrays.inputs.items()}


def _message(when: str, origin: str, rows: npt.NDArray[np.integer], name_row: Callable[[int], str]) -> str:
    names = first_few([name_row(int(row)) for row in rows], _ROWS_SHOWN)
    return (
        f"{when}: {origin} is the first whose output is not, for {names}. Look at these rows and at the scale "
        "of inputs and targets; then try a smaller training.learning_rate."
    )


def _first_layer(
    model: keras.Model, state: TrainState, inputs: Mapping[str, npt.NDArray[np.generic]]
) -> tuple[str, npt.NDArray[np.bool_]]:
    """Return the first layer whose output is not finite, and for which rows of the batch."""
    size = len(next(iter(inputs.values())))
    for name, output in make_layer_outputs(model)(state.trainable, state.other, inputs).items():
        for values in jax.tree.leaves(output):
            non_finite = ~np.isfinite(np.asarray(values)).reshape(size, -1).all(axis=1)
            if non_finite.any():
                return f"layer {name}", non_finite
    return _ALL_FINITE, np.ones(size, np.bool_)
