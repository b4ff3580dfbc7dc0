"""What a network says of rows."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np
import numpy.typing as npt

__all__ = ["predict"]

_ROWS_AT_ONCE = 4096


def predict(model: keras.Model, inputs: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, npt.NDArray[np.float32]]:
    """Ask a network for its outputs.

    Args:
        model: a network of `build`.
        inputs: arrays by group, shape (rows, ...), in raw units.

    Returns:
        By head: shape (rows,) for one number per row, (rows, classes) for several classes.
    """
    outputs = model.predict(dict(inputs), batch_size=_ROWS_AT_ONCE, verbose=0)
    return {head: values[:, 0] if values.shape[1] == 1 else values for head, values in outputs.items()}
