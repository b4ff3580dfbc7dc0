"""Which rows a member of an ensemble is fitted to, where each draws its own."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netwright.data.split.draws import Purpose, place_of

__all__ = ["bagged_rows"]


def bagged_rows(among: npt.NDArray[np.int32], identity: npt.NDArray[np.uint64], seed: int) -> npt.NDArray[np.int32]:
    """Draw rows with replacement: each comes n times, with n from a Poisson distribution of mean 1.

    The number n follows from the row's identity and the seed, so that rows of one event stay together, and nothing
    depends on the order of rows. For many rows this is the bootstrap.

    Args:
        among: row numbers, shape (n,).
        identity: of all rows, shape (rows,), dimensionless.
        seed: of the draw.

    Returns:
        Row numbers, those drawn several times several times.

    Source: online bagging, Oza and Russell (2001), section 2.

    Example:
        >>> rows = np.arange(1000)
        >>> drawn = bagged_rows(rows, rows.astype(np.uint64), seed=1)
        >>> len(drawn), round(len(np.unique(drawn)) / 1000, 1)
        (1018, 0.7)
    """
    cumulative = np.cumsum(np.exp(-1.0) / np.cumprod([1, *range(1, 16)]))
    times = np.searchsorted(cumulative, place_of(identity[among], Purpose.BAGGING, seed), side="right")
    return np.repeat(among, times)
