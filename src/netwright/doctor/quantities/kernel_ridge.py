"""What simple methods reach on the same rows: the baseline that tells a hard problem from a network that fails.

Ridge regression, on the standardised inputs, on their products of two, and with Gaussian kernels (on many
rows, by random Fourier features: Rahimi and Recht, 2007), each row predicted by the others. With the
eigenvalues of the kernel, leaving one row out costs nothing: for
``H = K (K + λ)^-1`` the error of row i without it is ``(y_i - (H y)_i) / (1 - H_ii)`` (Hastie, Tibshirani and Friedman,
The Elements of Statistical Learning, 2009, equation 7.64).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np

from netwright.blas_threads import one_blas_thread
from netwright.doctor.case import Array

__all__ = ["MAX_FOR_PRODUCTS", "Method", "leave_one_out", "predict_others", "standardised", "straight_line"]

Method = Literal["linear", "quadratic", "gaussian", "fourier"]
MAX_FOR_PRODUCTS = 15
"""Columns; of more there are too many products."""

_PENALTIES = np.logspace(-4, 2, 7)  # in units of the kernel's mean eigenvalue
_ROUNDING = 1e-12  # of the largest eigenvalue: below are those of columns that depend on others
_WIDTHS = (0.5, 1.2)  # of the Gaussian, in units of the median distance between rows
_FOURIER_FEATURES = 200
_SOME = 256  # rows by which the median distance is known


class _Decomposition(NamedTuple):
    """A kernel of rows, ``K = V diag(values) V'``.

    Attributes:
        values: eigenvalues, shape ``(k,)``, dimensionless.
        vectors: V, shape ``(rows, k)``.
        columns: what the columns C of ``K = C C'`` make of the vectors, ``C' V``, shape ``(columns, k)``; None for a
            kernel that is not made of columns.
    """

    values: Array
    vectors: Array
    columns: Array | None = None

    @property
    def penalties(self) -> Array:
        """Those that are tried, shape ``(penalties,)``, in the unit of the eigenvalues."""
        return np.asarray(_PENALTIES * max(float(np.clip(self.values, 0, None).sum()) / len(self.vectors), 1e-12))


def standardised(inputs: Array, like: Array | None = None) -> Array:
    """Shift and scale columns to a mean of 0 and a deviation of 1; constant columns become 0, missing values 0.

    Args:
        inputs: shape ``(rows, columns)``.
        like: rows whose means and deviations are used; None for those of ``inputs``.

    Returns:
        The same shape, dimensionless, cut at 5 deviations.

    Example:
        >>> standardised(np.array([[1.0, 7.0], [3.0, 7.0]]))
        array([[-1.,  0.],
               [ 1.,  0.]])
    """
    clean = np.where(np.isfinite(inputs), inputs, np.nan)
    basis = clean if like is None else np.where(np.isfinite(like), like, np.nan)
    has_values = ~np.isnan(basis).all(0)
    mean, deviation = np.zeros(clean.shape[1]), np.zeros(clean.shape[1])
    mean[has_values], deviation[has_values] = (
        np.nanmean(basis[:, has_values], axis=0),
        np.nanstd(basis[:, has_values], axis=0),
    )
    safe = np.where(deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300), deviation, np.inf)
    return np.asarray(np.clip(np.nan_to_num((clean - mean) / safe, nan=0.0), -5, 5))


def leave_one_out(inputs: Array, target: Array, method: Method) -> list[Array]:
    """Predict each row's target from the other rows, for several strengths of the penalty and widths of the kernel.

    Args:
        inputs: shape ``(rows, columns)``, in any unit.
        target: shape ``(rows, outputs)``.
        method: linear, with products of two columns as well (at most `MAX_FOR_PRODUCTS`), Gaussian kernels (time grows
            with the cube of the rows), or random Fourier features, which approximate these.

    Returns:
        One prediction for each setting, of the shape of the target and in its unit.

    Raises:
        numpy.linalg.LinAlgError: the eigenvalues do not converge.

    Example:
        >>> x = np.linspace(-1, 1, 20)[:, None]
        >>> predictions = leave_one_out(x, 3 * x, "linear")
        >>> min(float(np.abs(predicted - 3 * x).max()) for predicted in predictions) < 0.01
        True
    """
    return [
        target - errors
        for part in _decomposed(np.asarray(inputs, np.float64).tobytes(), inputs.shape, method)
        for errors in _errors_without(target, part)
    ]


def straight_line(inputs: Array, target: Array) -> Array:
    """Fit a straight line by least squares, and return what it gives for the same rows.

    Args:
        inputs: shape ``(rows, columns)``, in any unit.
        target: shape ``(rows, outputs)``.

    Returns:
        Of the shape of the target and in its unit.

    Example:
        >>> xor = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> straight_line(xor, np.array([[0.0], [1.0], [1.0], [0.0]])).round(6).tolist()
        [[0.5], [0.5], [0.5], [0.5]]
    """
    wide = np.hstack([standardised(inputs), np.ones((len(inputs), 1))])
    return np.asarray(wide @ np.linalg.lstsq(wide, target, rcond=None)[0])


def predict_others(inputs: Array, target: Array, others: Array) -> Array:
    """Fit the method (linear, quadratic, fourier) and penalty that predict rows best from each other, and predict more.

    Args:
        inputs: shape ``(rows, columns)``, in any unit.
        target: shape ``(rows, outputs)``.
        others: inputs of the rows to predict, shape ``(others, columns)``.

    Returns:
        Shape ``(others, outputs)``, in the unit of the target.

    Raises:
        numpy.linalg.LinAlgError: the singular values do not converge.

    Example:
        >>> x = np.linspace(-1, 1, 20)[:, None]
        >>> predict_others(x, 3 * x, np.array([[0.5]])).round(2)
        array([[1.5]])
    """
    x, z = standardised(inputs), standardised(others, inputs)
    candidates: list[tuple[float, float, Method, int, _Decomposition]] = []
    methods: tuple[Method, ...] = ("linear", "quadratic", "fourier")
    for method in methods if 1 < x.shape[1] <= MAX_FOR_PRODUCTS else methods[::2]:
        for number, part in enumerate(_decomposed(np.asarray(inputs, np.float64).tobytes(), inputs.shape, method)):
            errors = (_errors_without(target, part) ** 2).mean((1, 2))
            candidates.append((float(errors.min()), part.penalties[errors.argmin()], method, number, part))
    _, penalty, method, number, part = min(candidates, key=lambda candidate: candidate[0])
    along = part.vectors.T @ (target - target.mean(0)) / (part.values + penalty)[:, None]
    columns = next(islice(_columns(z, method, x), number, None))
    return np.asarray(target.mean(0) + _with_constant(columns) @ (part.columns @ along))


def _errors_without(target: Array, part: _Decomposition) -> Array:
    """Return by what each target exceeds its prediction by the other rows, shape (penalties, rows, outputs)."""
    spectrum = np.clip(part.values, 0, None)
    shrink = spectrum / (spectrum + part.penalties[:, None])
    centred = target - target.mean(0)
    along = shrink.T[:, :, None] * (part.vectors.T @ centred)[:, None]
    fitted = (part.vectors @ along.reshape(len(along), -1)).reshape(len(target), *along.shape[1:])
    held = np.maximum(1 - part.vectors**2 @ shrink.T, 1e-9)
    return np.asarray((centred - fitted.swapaxes(0, 1)) / held.T[:, :, None])


@lru_cache(maxsize=8)  # heads and members with the same rows share it
def _decomposed(inputs: bytes, shape: tuple[int, int], method: Method) -> list[_Decomposition]:
    x = standardised(np.frombuffer(inputs).reshape(shape))
    with one_blas_thread():
        if method == "gaussian":
            return [_Decomposition(*np.linalg.eigh(kernel)) for kernel in _gaussian_kernels(x)]
        return [_spectrum(_with_constant(columns)) for columns in _columns(x, method)]


def _spectrum(columns: Array) -> _Decomposition:
    """Decompose the kernel ``x x'`` by the smaller of the two Gram matrices of its columns."""
    if columns.shape[1] >= len(columns):
        values, vectors = np.linalg.eigh(columns @ columns.T)
        return _Decomposition(values, vectors, columns.T @ vectors)
    values, turned = np.linalg.eigh(columns.T @ columns)
    significant = values > _ROUNDING * values[-1]
    values, turned = values[significant], turned[:, significant]
    return _Decomposition(values, columns @ turned / np.sqrt(values), turned * np.sqrt(values))


def _with_constant(columns: Array) -> Array:
    return np.hstack([columns / np.sqrt(max(columns.shape[1], 1)), np.ones((len(columns), 1))])


def _columns(x: Array, method: Method, like: Array | None = None) -> Iterator[Array]:
    """Yield what a method makes of standardised inputs, with the numbers of other rows where these are given."""
    if method == "fourier":
        yield from _fourier_features(x, x if like is None else like)
    else:
        yield x if method == "linear" else _products(x, x if like is None else like)


def _products(x: Array, like: Array) -> Array:
    first, second = np.triu_indices(x.shape[1])
    return np.hstack([x, standardised(x[:, first] * x[:, second], like[:, first] * like[:, second])])


def _fourier_features(x: Array, like: Array) -> Iterator[Array]:
    """Yield random Fourier features: their scalar products of two rows approximate a Gaussian of the distance."""
    chosen = like[np.linspace(0, len(like) - 1, min(len(like), _SOME)).astype(int)]
    random = np.random.default_rng(0)
    directions = random.normal(size=(x.shape[1], _FOURIER_FEATURES))
    phase = random.uniform(0, 2 * np.pi, _FOURIER_FEATURES)
    along, distance = x @ directions, np.sqrt(_median(_square_distances(chosen)))
    for width in _WIDTHS:
        angle = along / (width * distance) + phase
        yield np.sqrt(2) * np.cos(angle.astype(np.float32)).astype(np.float64)  # a tenth of the time


def _square_distances(x: Array) -> Array:
    square = (x**2).sum(1)
    return np.asarray(np.clip(square[:, None] + square - 2 * x @ x.T, 0, None))


def _median(distance: Array) -> float:
    apart = distance[distance > 1e-12]
    return float(np.median(apart)) if apart.size else 1.0


def _gaussian_kernels(x: Array) -> Iterator[Array]:
    distance = _square_distances(x)
    for width in _WIDTHS:
        yield (
            np.exp(-distance / (2 * width**2 * _median(distance))) + 1e-3
        )  # so that the penalty hardly applies to a constant
