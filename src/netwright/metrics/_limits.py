"""What rows say of a share when all of them, or none, are on one side: a limit instead of a standard deviation."""

from __future__ import annotations

from math import isfinite

from netwright.metrics._measured import Measured

__all__ = ["CONFIDENCE", "QUANTILE", "share_limit", "with_limit_at_bounds"]

CONFIDENCE = 0.6826894921370859  # of one standard deviation of the normal law
QUANTILE = 0.4751  # one-sided: the normal law is below it with this confidence


def share_limit(effective: float) -> float:
    """Return the upper limit on a share of which N rows show nothing, at 68.27% confidence.

    (1 - ε)^N = 1 - 0.6827, so that ε = 1 - 0.3173^(1/N), about 1.148 / N.

    Args:
        effective: N, the effective number of rows, above 0, dimensionless.

    Returns:
        ε, dimensionless.

    Source: C. J. Clopper, E. S. Pearson, Biometrika 26 (1934) 404, for no success, with N = (Σw)²/Σw².

    Example:
        >>> round(share_limit(1000.0), 6)
        0.001147
    """
    return float(1 - (1 - CONFIDENCE) ** (1 / effective))


def with_limit_at_bounds(measured: Measured, effective: float) -> Measured:
    """Give a share of exactly 0 or 1 the distance to its 68.27% limit as uncertainty, where σ = 0 would be no truth.

    Args:
        measured: a share with its standard deviation, dimensionless.
        effective: the effective number of rows that it is a share of, dimensionless.

    Returns:
        The share; others than 0 and 1 are as they were.
    """
    at_bound = min(abs(measured.value), abs(measured.value - 1)) < 1e-12
    return Measured(measured.value, share_limit(effective)) if at_bound and isfinite(measured.uncertainty) else measured
