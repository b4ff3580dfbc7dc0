"""Whether the particles of rows lie in one jet, or around the beam as those of an event."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["lie_in_jets"]

_MIN_PARTICLES = 5  # particles, whose momenta do not balance or agree by chance
_JET = 0.7  # share of Σ pT that the sum of the momenta has in a jet; in an event they balance
_WIDTH = 0.7  # mean |Δη| to the centre, weighted with pT: 0.1 to 0.4 in a jet, 1 for the jets that recoil from a boson


def lie_in_jets(
    px: npt.NDArray[np.floating],
    py: npt.NDArray[np.floating],
    eta: npt.NDArray[np.floating],
    lengths: npt.NDArray[np.int64],
) -> bool:
    """Return whether the particles of most rows fly in one direction.

    Args:
        px: of all particles, row after row, shape (particles,), in any unit; NaN counts as 0.
        py: the same.
        eta: pseudorapidity, the same shape, dimensionless.
        lengths: how many particles each row has, shape (rows,).

    Returns:
        True if |Σ pT⃗| is more than 0.7 Σ pT, and the mean |Δη| to their centre, weighted with pT, below 0.7, in the
        median rows of five particles or more; False where there is none.

    Source: definition.

    Example:
        >>> px, eta, one_row = np.array([1.0, -1.0, 0.5, -0.5, 0.1]), np.zeros(5), np.array([5])
        >>> lie_in_jets(abs(px), np.zeros(5), eta, one_row), lie_in_jets(px, np.zeros(5), eta, one_row)
        (True, False)
        >>> lie_in_jets(abs(px), np.zeros(5), 2 * px, one_row)  # as the jets that recoil from a boson
        False
    """
    rows = np.repeat(np.arange(len(lengths)), lengths)

    def summed(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        return np.asarray(np.bincount(rows, np.nan_to_num(values), len(lengths)), np.float64)

    pt = np.hypot(px, py)
    total = summed(pt)
    many = (lengths >= _MIN_PARTICLES) & (total > 0)
    if not many.any():
        return False
    per_row = np.where(many, total, 1.0)
    width = summed(pt * np.abs(eta - (summed(pt * eta) / per_row)[rows])) / per_row
    share = np.hypot(summed(px), summed(py)) / per_row
    return bool(np.median(share[many]) > _JET and np.median(width[many]) < _WIDTH)
