"""Markers of missing values, and the values that the network sees instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from netwright.data.moments.moments import Moments

__all__ = ["markers_of", "missing_positions", "without_markers"]

Floats = npt.NDArray[np.float64]
AnyFloat = TypeVar("AnyFloat", np.float32, np.float64)

_GAP = 3.0  # minimum distance of a missing value from the centre, in deviations
_FAR = 9.0  # deviations beyond which a single value does not define the end of a distribution


def markers_of(missing: bool | Sequence[float]) -> list[float]:  # noqa: FBT001  # as the experiment file has it
    """Return the values that a group declares as markers of a missing one.

    Args:
        missing: of a group of inputs.

    Returns:
        Values in the unit of the group; empty if only NaN, or nothing, is missing.

    Example:
        >>> markers_of([-999]), markers_of(True)
        ([-999.0], [])
    """
    return [] if isinstance(missing, bool) else [float(marker) for marker in missing]


def without_markers(
    values: npt.NDArray[AnyFloat],
    missing: bool | Sequence[float],  # noqa: FBT001
) -> npt.NDArray[AnyFloat]:
    """Return values with NaN instead of markers.

    Args:
        values: shape (rows, ...), in any unit.
        missing: of the group of inputs. A marker is compared in float32, as in the network.

    Returns:
        Values with the same shape and unit; the same array if there are no markers.

    Example:
        >>> without_markers(np.array([5.0, -999.0]), [-999]).tolist()
        [5.0, nan]
    """
    markers = np.asarray(markers_of(missing), dtype=np.float32)
    if not len(markers):
        return values
    return np.where(np.isin(values.astype(np.float32, copy=False), markers), values.dtype.type(np.nan), values)


def missing_positions(moments: Moments) -> Floats:
    """Return the position of a missing value of each feature: outside the bulk, on the emptier side.

    With the ends of the distribution in deviations, l = (mean - min) / σ and h = (max - mean) / σ, the emptier
    side is the one whose end is nearer: -max(l' + 1, 3) if l <= h, else +max(h' + 1, 3). There l' is l, but at
    most 9 or, where that is further, the quantile of 0.001 (h': of 0.999) in deviations: one row far out does not
    push missing values out of sight, and at most a thousandth of the weights lies beyond them. If there is a map to a
    normal distribution, mean and σ are 0 and 1, and the ends are those of that distribution.

    Args:
        moments: of the features, shape (features,) each, in their units.

    Returns:
        Positions in deviations of the scaled feature, shape (features,), dimensionless, at least 3 away from 0.

    Source: definition; at least 3 σ from the centre, so that networks see the gap, as in the lecture (Rieger, Deep
    Learning School "Basic Concepts", 2022).

    Example:
        >>> from netwright.data import weighted_moments
        >>> pt = np.array([30.0, 35.0, 40.0, 60.0, 200.0])
        >>> missing_positions(weighted_moments("jet", ["pt"], pt, np.ones(5))).tolist()
        [-3.0]
    """
    if moments.quantiles is not None:
        low, high = -moments.quantiles.normal[:, 0], moments.quantiles.normal[:, -1]
        low_tail, high_tail = low, high
    else:
        mean, std = moments.mean, moments.std
        low, high = (mean - moments.minimum) / std, (moments.maximum - mean) / std
        low_tail, high_tail = (mean - moments.low_tail) / std, (moments.high_tail - mean) / std
    low_end = np.minimum(low, np.maximum(low_tail, _FAR))
    high_end = np.minimum(high, np.maximum(high_tail, _FAR))
    positions: Floats = np.where(low <= high, -np.maximum(low_end + 1, _GAP), np.maximum(high_end + 1, _GAP))
    return positions
