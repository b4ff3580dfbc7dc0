"""The significance with which a signal is expected to be discovered: of counts, and of binned counts together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netwright.errors import DataError
from netwright.metrics import Measured
from netwright.statistics.yields import Yields

__all__ = ["asimov_significance", "binned_significance", "simple_significance"]

_SMALL = 1e-3  # below it six terms of the series are exact to rounding


def simple_significance(signal: ArrayLike, background: ArrayLike) -> NDArray[np.float64]:
    """Return s/√b: the limit of `asimov_significance` for s ≪ b. It promises too much where b is small.

    Args:
        signal: s, expected events, shape (...), in events.
        background: b, expected events, shape (...), in events, positive.

    Returns:
        The significance, shape (...), dimensionless (standard deviations); 0 where s is negative.

    Raises:
        DataError: a background is not positive, or a number is not finite.

    Source: G. Cowan et al., arXiv:1007.1727, equation (98).

    Example:
        >>> simple_significance([10.0, 0.0], [100.0, 100.0])
        array([1., 0.])
    """
    s, b, _ = _checked(signal, background, 0.0)
    return s / np.sqrt(b)


def asimov_significance(
    signal: ArrayLike, background: ArrayLike, background_uncertainty: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """Return the median significance Z_A of a count of s + b events over a background b known to ± σ_b.

    Without uncertainty, Z_A² = 2 [(s + b) ln(1 + s/b) - s]. With it, b is measured beside by a Poisson count
    m = τ b with τ = b/σ_b², and with n = s + b and the background b̂ = (n + m) / (1 + τ) that fits both without signal

        Z_A² = 2 [n ln(n/b̂) + m ln(m/(τ b̂))].

    It is computed as 2 b̂ [h(n/b̂ - 1) + τ h(b/b̂ - 1)] with h(x) = (1 + x) ln(1 + x) - x, which is the same, since
    n - b̂ = -(m - τ b̂), and loses no digits where s is small.

    Args:
        signal: s, expected events, shape (...), in events.
        background: b, expected events, shape (...), in events, positive.
        background_uncertainty: σ_b, standard deviation of b, shape (...), in events.

    Returns:
        The significance, shape (...), dimensionless (standard deviations); 0 where s is negative.

    Raises:
        DataError: a background is not positive, an uncertainty negative, or a number not finite.

    Source: G. Cowan et al., arXiv:1007.1727, equation (97); with σ_b: G. Cowan, "Discovery sensitivity for a counting
    experiment with background uncertainty" (2012), equation (20).

    Example:
        >>> asimov_significance(10.0, 100.0).round(4)
        np.float64(0.984)
        >>> asimov_significance(10.0, 100.0, 10.0).round(4)
        np.float64(0.6902)
    """
    s, b, sigma = _checked(signal, background, background_uncertainty)
    return np.sqrt(_squared(s, b, sigma))


def binned_significance(signal: Yields, background: Yields, *, relative_uncertainty: float = 0.0) -> Measured:
    """Return the significance of all bins together, Z = √ΣZ_A², and how well the simulated samples determine it.

    The uncertainty is that of first order, σ_Z² = Σ [(∂Z/∂s)² Σw_s² + (∂Z/∂b)² Σw_b²] over the bins, of simulated
    events whose number fluctuates in each bin by itself.

    Args:
        signal: expected signal.
        background: expected background in the same bins, positive in each.
        relative_uncertainty: σ_b/b of each bin, dimensionless, not correlated between bins.

    Returns:
        The significance, dimensionless (standard deviations).

    Raises:
        DataError: the bins differ, a background is not positive, or the relative uncertainty is negative.

    Source: `asimov_significance`; independent bins multiply their likelihoods, so that their Z² add up.

    Example:
        >>> print(binned_significance(Yields([1.0, 4.0], [0.01, 0.04]), Yields([10.0, 4.0], [1.0, 0.4])))
        1.79 ± 0.13
    """
    if len(signal.values) != len(background.values):
        msg = (
            "Arguments `signal` and `background` must have the same bins. Received: "
            f"{len(signal.values)} and {len(background.values)} bins. Fill both with the same edges."
        )
        raise DataError(msg)
    s, b, sigma = _checked(signal.values, background.values, relative_uncertainty * background.values)
    z = float(np.sqrt(_squared(s, b, sigma).sum()))
    if z == 0:
        return Measured(0.0, float("inf"))
    by_signal, by_background = (np.where(s > 0, slope, 0.0) for slope in _slopes(s, b, relative_uncertainty))
    variance = np.square(by_signal) @ signal.variances + np.square(by_background) @ background.variances
    return Measured(z, float(np.sqrt(variance)) / (2 * z))


def _checked(
    signal: ArrayLike, background: ArrayLike, uncertainty: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return s without negative entries, b and σ_b, each of the shape that all three broadcast to."""
    s, b, sigma = np.broadcast_arrays(*(np.asarray(values, np.float64) for values in (signal, background, uncertainty)))
    valid = np.isfinite(s) & np.isfinite(b) & (b > 0) & np.isfinite(sigma) & (sigma >= 0)
    if not valid.all():
        index = int(np.argmin(valid))
        msg = (
            "Expected background must be positive in every bin, its uncertainty not negative, and all numbers finite. "
            f"Received: s = {s.flat[index]:g}, b = {b.flat[index]:g}, σ_b = {sigma.flat[index]:g} in bin {index}. "
            "Join this bin with its neighbour, as `quantile_binning` does."
        )
        raise DataError(msg)
    return np.maximum(s, 0.0), b, sigma


def _squared(s: NDArray[np.float64], b: NDArray[np.float64], sigma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Z_A²."""
    variance = np.square(sigma)
    share = b / (b + variance)  # of s that stays with the signal: n - b̂ = τ s/(1 + τ)
    fitted = b + s * (variance / (b + variance))
    has_uncertainty = variance > 0
    tau = b / np.where(has_uncertainty, variance, 1.0)
    constraint = np.where(has_uncertainty, tau * _h(np.where(has_uncertainty, -share * s / (tau * fitted), 0.0)), 0.0)
    squared: NDArray[np.float64] = 2 * fitted * (_h(share * s / fitted) + constraint)
    return np.maximum(squared, 0.0)


def _h(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (1 + x) ln(1 + x) - x; for small x by its series x²/2 - x³/6 + x⁴/12 - ..."""
    small = np.abs(x) < _SMALL
    series = np.square(x) * sum((-x) ** k / ((k + 1) * (k + 2)) for k in range(6))
    large = np.where(small, 1.0, x)
    return np.where(small, series, (1 + large) * np.log1p(large) - large)


def _slopes(
    s: NDArray[np.float64], b: NDArray[np.float64], relative: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ∂Z²/∂s and ∂Z²/∂b of each bin, with σ_b/b fixed, so that τ = 1/(r² b) and m = 1/r² is constant."""
    if relative == 0:
        return 2 * np.log1p(s / b), 2 * (np.log1p(s / b) - s / b)
    variance = np.square(relative * b)
    fitted = b + s * (variance / (b + variance))
    by_count = 2 * np.log((s + b) / fitted)
    return by_count, by_count + 2 * (b - fitted) / variance
