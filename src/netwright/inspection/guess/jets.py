"""Whether the particles of rows lie in one jet, or around the beam as those of an event."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["lie_in_jets"]

_MIN_PARTICLES = 5  # particles, whose momenta do not balance or agree by chance
_JET = 0.7  # share of Σ pT that the sum of the momenta has in a jet; in an event they balance


def lie_in_jets(px: npt.NDArray[np.floating], py: npt.NDArray[np.floating], lengths: npt.NDArray[np.int64]) -> bool:
    """Return whether the particles of most rows fly in one direction around the beam.

    Args:
        px: of all particles, row after row, shape (particles,), in any unit; NaN counts as 0.
        py: the same.
        lengths: how many particles each row has, shape (rows,).

    Returns:
        True if |Σ pT⃗| is more than 0.7 Σ pT in the median row of five particles or more; False where there is none.

    Source: definition.

    Example:
        >>> px, one_row = np.array([1.0, -1.0, 0.5, -0.5, 0.1]), np.array([5])
        >>> lie_in_jets(abs(px), np.zeros(5), one_row), lie_in_jets(px, np.zeros(5), one_row)
        (True, False)
    """
    rows = np.repeat(np.arange(len(lengths)), lengths)
    sums = [np.bincount(rows, np.nan_to_num(momenta), len(lengths)) for momenta in (px, py, np.hypot(px, py))]
    many = (lengths >= _MIN_PARTICLES) & (sums[2] > 0)
    return bool(many.any() and np.median(np.hypot(sums[0], sums[1])[many] / sums[2][many]) > _JET)
