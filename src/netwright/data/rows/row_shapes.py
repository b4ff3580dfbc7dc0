"""The shape, type and size of a row of inputs in the form that networks take."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from netwright.config import CategoricalInput, FourVectorsInput, InputGroup, ParticlesInput, parts_of_particles

__all__ = ["bytes_per_row", "dtype_of", "shape_of_row"]


def bytes_per_row(group: InputGroup) -> int:
    """Return the memory of one row of a group in the form that a network takes, with its padding.

    Args:
        group: of inputs.

    Returns:
        A number of bytes.
    """
    return math.prod(shape_of_row(group)) * np.dtype(dtype_of(group)).itemsize


def shape_of_row(group: InputGroup) -> tuple[int, ...]:
    """Return the shape of one row of a group, with its padding.

    Args:
        group: of inputs.

    Returns:
        (columns,), or (P, k) for P particles.
    """
    if isinstance(group, FourVectorsInput):
        return (group.at_most, 4 + len(group.properties))
    if isinstance(group, ParticlesInput):
        parts = parts_of_particles(group)
        return (group.at_most, parts.first + len(parts.number_columns) + len(parts.category_columns))
    return (len(group.columns),)


def dtype_of(group: InputGroup) -> npt.DTypeLike:
    """Return the type of the numbers of a group.

    Args:
        group: of inputs.

    Returns:
        int32 for categories, float32 for others.
    """
    return np.int32 if isinstance(group, CategoricalInput) else np.float32
