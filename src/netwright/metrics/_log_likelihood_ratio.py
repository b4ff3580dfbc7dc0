"""One score from the probabilities of several classes: the signal against a mixture of backgrounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError

__all__ = ["likelihood_ratio", "log_likelihood_ratio"]


def log_likelihood_ratio(
    probabilities: ArrayLike, signal: int, fractions: Sequence[float] | None = None
) -> NDArray[np.float64]:
    """Return D_s = ln(p_s / Σ_{b≠s} f_b p_b), the discriminant of a signal against a mixture of backgrounds.

    With b quarks as signal this is D_b = ln(p_b / (f_c p_c + f_u p_u)). Among all scores it rejects most of a
    background that is mixed with the fractions f. They are scaled so that Σ f_b = 1.

    Args:
        probabilities: one column a class, shape (n, k), dimensionless.
        signal: the column of the signal, 0 to k - 1.
        fractions: f, one a class, shape (k,), dimensionless, not negative; that of the signal does not count.
            None for equal ones.

    Returns:
        D_s, shape (n,), dimensionless; the larger, the more like signal. Probabilities of 0 count as 2.2e-308.

    Raises:
        DataError: if `signal` is no column, or `fractions` are not k numbers that are not negative with one above 0
            that belongs to a background.

    Source: ATLAS, Eur. Phys. J. C 83 (2023) 681, equation (1); J. Neyman, E. S. Pearson, Phil. Trans. A 231 (1933) 289.

    Example:
        >>> log_likelihood_ratio([[0.8, 0.1, 0.1]], signal=0, fractions=[0, 0.2, 0.8]).round(3).tolist()
        [2.079]
    """
    table = np.asarray(probabilities, dtype=np.float64)
    if table.ndim != 2 or not 0 <= signal < table.shape[1]:
        msg = (
            f"Argument `signal` must be a column of `probabilities`, which have shape (n, k). Received: "
            f"{signal} for shape {table.shape}. Columns count from 0."
        )
        raise DataError(msg)
    shares = np.ones(table.shape[1]) if fractions is None else np.asarray(fractions, dtype=np.float64)
    backgrounds = np.delete(shares, signal) if shares.shape == table.shape[1:] else np.zeros(0)
    if not (backgrounds.size and (backgrounds >= 0).all() and 0 < backgrounds.sum() < np.inf):
        msg = (
            f"Argument `fractions` must have one number for each of {table.shape[1]} classes, none negative and not "
            f"all 0 for backgrounds. Received: {shares.tolist()}. Leave it out for equal fractions."
        )
        raise DataError(msg)
    return likelihood_ratio(table, signal, shares)


def likelihood_ratio(
    probabilities: NDArray[np.float64], signal: int, fractions: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return `log_likelihood_ratio` of checked arrays.

    Args:
        probabilities: shape (n, k), dimensionless.
        signal: the column of the signal.
        fractions: shape (k,), dimensionless.

    Returns:
        D_s, shape (n,), dimensionless.
    """
    shares = fractions.copy()
    shares[signal] = 0.0
    tiny = np.finfo(np.float64).tiny
    mixture = probabilities @ (shares / shares.sum())
    ratio: NDArray[np.float64] = np.log(np.maximum(probabilities[:, signal], tiny)) - np.log(np.maximum(mixture, tiny))
    return ratio
