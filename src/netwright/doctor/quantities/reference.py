"""What simple methods reach on the same rows: the yardstick that tells a hard problem from a network that fails.

Ridge regression, on the standardised inputs and on Gaussian bumps around the rows (kernel ridge regression), each
row predicted by the others. With the eigenvalues of the kernel, leaving one row out costs nothing: for
``H = K (K + λ)^-1`` the error of row i without it is ``(y_i - (H y)_i) / (1 - H_ii)`` (Hastie, Tibshirani and Friedman,
The Elements of Statistical Learning, 2009, equation 7.64).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import numpy as np

from netwright.doctor.case import Array

__all__ = ["leave_one_out", "standardised"]

_PENALTIES = np.logspace(-4, 2, 7)  # in units of the kernel's mean eigenvalue
_ROUNDING = 1e-12  # of the largest eigenvalue: below are those of columns that depend on others
_WIDTHS = (0.5, 1.2)  # of the Gaussian, in units of the median distance between rows


def standardised(inputs: Array) -> Array:
    """Shift and scale columns to a mean of 0 and a deviation of 1; constant columns become 0, missing values 0.

    Args:
        inputs: shape ``(rows, columns)``.

    Returns:
        The same shape, dimensionless, cut at 5 deviations.

    Example:
        >>> standardised(np.array([[1.0, 7.0], [3.0, 7.0]]))
        array([[-1.,  0.],
               [ 1.,  0.]])
    """
    clean = np.where(np.isfinite(inputs), inputs, np.nan)
    seen = ~np.isnan(clean).all(0)
    mean, deviation = np.zeros(clean.shape[1]), np.zeros(clean.shape[1])
    mean[seen], deviation[seen] = np.nanmean(clean[:, seen], axis=0), np.nanstd(clean[:, seen], axis=0)
    safe = np.where(deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300), deviation, np.inf)
    return np.asarray(np.clip(np.nan_to_num((clean - mean) / safe, nan=0.0), -5, 5))


def leave_one_out(inputs: Array, target: Array, *, linear: bool) -> list[Array]:
    """Predict each row's target from the other rows, for several strengths of the penalty and widths of the bumps.

    Args:
        inputs: shape ``(rows, columns)``, in any unit.
        target: shape ``(rows, outputs)``.
        linear: whether with straight lines rather than with bumps.

    Returns:
        One prediction for each setting, of the shape of the target and in its unit.

    Raises:
        numpy.linalg.LinAlgError: the eigenvalues do not converge.

    Example:
        >>> x = np.linspace(-1, 1, 20)[:, None]
        >>> found = leave_one_out(x, 3 * x, linear=True)
        >>> min(float(np.abs(one - 3 * x).max()) for one in found) < 0.01
        True
    """
    centre = target.mean(0)
    found = []
    for values, vectors in _decomposed(np.asarray(inputs, np.float64).tobytes(), inputs.shape, linear):
        spectrum = np.clip(values, 0, None)
        along = vectors.T @ (target - centre)
        for penalty in _PENALTIES * max(spectrum.sum() / len(inputs), 1e-12):
            shrink = spectrum / (spectrum + penalty)
            held = 1 - (vectors**2 * shrink).sum(1, keepdims=True)
            residual = (target - centre - vectors @ (shrink[:, None] * along)) / np.maximum(held, 1e-9)
            found.append(np.asarray(target - residual))
    return found


@lru_cache(maxsize=4)  # heads and members with the same rows share it
def _decomposed(inputs: bytes, shape: tuple[int, int], linear: bool) -> list[tuple[Array, Array]]:  # noqa: FBT001
    x = standardised(np.frombuffer(inputs).reshape(shape))
    with _one_thread():
        return [_straight(x)] if linear else [(found[0], found[1]) for found in map(np.linalg.eigh, _bumps(x))]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let BLAS use one thread, where threadpoolctl is installed.

    For a few hundred rows more gain nothing, and where other programs use the cores, each waits for the others: 256
    rows then took 3 s rather than 13 ms.
    """
    if importlib.util.find_spec("threadpoolctl") is None:
        yield
        return
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield


def _straight(x: Array) -> tuple[Array, Array]:
    """Return eigenvalues and eigenvectors of ``x x' / columns + 1``, by the smaller of its two Gram matrices."""
    wide = np.hstack([x / np.sqrt(max(x.shape[1], 1)), np.ones((len(x), 1))])
    if wide.shape[1] >= len(wide):
        values, vectors = np.linalg.eigh(wide @ wide.T)
        return values, vectors
    values, turned = np.linalg.eigh(wide.T @ wide)
    seen = values > _ROUNDING * values[-1]
    return values[seen], wide @ turned[:, seen] / np.sqrt(values[seen])


def _bumps(x: Array) -> Iterator[Array]:
    square = (x**2).sum(1)
    distance = np.clip(square[:, None] + square - 2 * x @ x.T, 0, None)
    apart = distance[distance > 1e-12]
    median = float(np.median(apart)) if apart.size else 1.0
    for width in _WIDTHS:
        yield np.exp(-distance / (2 * width**2 * median)) + 1e-3  # a constant is no bump: it costs little
