"""Sums of weights that stay right when the weights cancel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CANCELLED", "binned_sums", "effective_rows", "running_sums", "weight_sum"]

CANCELLED = 1e-12
"""Weights whose sum is smaller than this part of their absolute sum cancel to rounding errors."""


def running_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return all partial sums S_k = Σ_{i≤k} v_i, each as if summed in twice the precision.

    What each addition rounds away is known exactly and is added back. Where negative weights cancel, a
    remainder that is mere rounding of the inputs, |S_k| ≤ 4 ε Σ_{i≤k} |v_i|, is zero.

    Args:
        values: the v_i, shape (n,), any unit.

    Returns:
        The S_k, shape (n,), in the unit of `values`.

    Source: D. E. Knuth, TAOCP 2, section 4.2.2, theorem B (the exact error of one addition).

    Example:
        >>> running_sums(np.array([0.1, 0.2, -0.3]))[-1]
        np.float64(0.0)
        >>> running_sums(np.array([1.0, 2.0**-48 - 1.0]))[-1] == 2.0**-48  # more than rounding
        np.True_
    """
    sums = np.cumsum(values)
    before = np.concatenate(([0.0], sums[:-1]))
    added = sums - before
    lost = before - (sums - added)
    lost += values - added
    sums += np.cumsum(lost, out=lost)
    if values.size and values.min() < 0:
        rounding = 4 * np.finfo(np.float64).eps * np.cumsum(np.abs(values))
        sums[np.abs(sums) <= rounding] = 0.0
    return sums


def weight_sum(weights: NDArray[np.floating[Any]]) -> float:
    """Return Σw, and 0 where weights of both signs cancel to rounding errors.

    Args:
        weights: one weight a row, shape (n,), dimensionless, also negative.

    Returns:
        Σw, dimensionless; 0 where |Σw| ≤ 10⁻¹² Σ|w|.

    Source: definition.

    Example:
        >>> weight_sum(np.array([0.1, 0.2, -0.3])), weight_sum(np.array([0.5, -0.25]))
        (0.0, 0.25)
    """
    total = float(weights.sum())
    return total if abs(total) > CANCELLED * float(np.abs(weights).sum()) else 0.0


def binned_sums(bin_index: NDArray[np.integer[Any]], weights: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Return Σw of each bin, and 0 where weights of both signs cancel to rounding errors.

    Args:
        bin_index: bin of each row, from 0 on, shape (n,), dimensionless.
        weights: one weight a row, shape (n,), in any unit, also negative.
        bins: how many bins there are.

    Returns:
        Σw, shape (bins,), in the unit of the weights; 0 where |Σw| ≤ 10⁻¹² Σ|w|.

    Source: definition.

    Example:
        >>> binned_sums(np.array([0, 0, 0, 1]), np.array([0.1, 0.2, -0.3, -0.5]), 2)
        array([ 0. , -0.5])
    """
    sums = np.bincount(bin_index, weights, bins).astype(np.float64)
    if weights.size and weights.min() < 0:
        sums[np.abs(sums) <= CANCELLED * np.bincount(bin_index, np.abs(weights), bins)] = 0.0
    return sums


def effective_rows(weights: NDArray[np.floating[Any]]) -> float:
    """Return the number of unweighted rows that would be as precise: N_eff = (Σw)² / Σw².

    Args:
        weights: one weight a row, shape (n,), dimensionless, also negative and of any size.

    Returns:
        N_eff, dimensionless; 0 where the weights cancel, all are 0, or there is no row.

    Source: definition (L. Kish, Survey Sampling, 1965, section 11.7).

    Example:
        >>> effective_rows(np.array([1.0, 1.0, 2.0])).__round__(3)
        2.667
        >>> effective_rows(np.full(4, 1e-200)), effective_rows(np.array([1.0, -1.0])), effective_rows(np.zeros(3))
        (4.0, 0.0, 0.0)
    """
    largest = float(np.abs(weights).max(initial=0.0))
    if not largest:
        return 0.0
    scaled = np.ldexp(np.asarray(weights, np.float64), -np.frexp(largest)[1])  # squares of small weights would be 0
    return float(scaled.sum() ** 2 / np.square(scaled).sum())
