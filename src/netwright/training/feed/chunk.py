"""Some steps of an epoch, with their rows on the device: what one call of the compiled program takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.training.compiled.state import BatchIndices
from netwright.training.feed.arrays import RowArrays

__all__ = ["STEPS_AT_ONCE", "Chunk", "pad_steps"]

STEPS_AT_ONCE = 64  # the longest call of the compiled program


@dataclass(frozen=True)
class Chunk:
    """Steps that one compiled program can do in one call or in several.

    Attributes:
        arrays: rows on the device.
        indices: which of them each step takes; beyond `count` there is nothing to do.
        start: number of the first step in the epoch, from 0.
        count: how many steps there are.
    """

    arrays: RowArrays
    indices: BatchIndices
    start: int
    count: int


def pad_steps(values: npt.NDArray[Any], steps: int) -> npt.NDArray[Any]:
    """Fill up steps with zeros, so that chunks have one shape.

    Args:
        values: of some steps, shape (members, n, ...).
        steps: how many the result has, at least n.

    Returns:
        Shape (members, steps, ...).

    Example:
        >>> pad_steps(np.ones((1, 1, 2)), 2)
        array([[[1., 1.],
                [0., 0.]]])
    """
    missing = steps - values.shape[1]
    if not missing:
        return values
    return np.concatenate([values, np.zeros((values.shape[0], missing, *values.shape[2:]), values.dtype)], axis=1)
