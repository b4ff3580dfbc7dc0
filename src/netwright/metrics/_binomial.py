"""How much a weighted share of rows scatters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["binomial_variance"]


def binomial_variance(
    share: float | NDArray[np.float64],
    passed_squares: float | NDArray[np.float64],
    all_squares: float,
) -> NDArray[np.float64]:
    """Return the variance of a weighted share ε: σ² = (1 - 2ε) Σ_passed w² + ε² Σ_all w², with Σ_all w = 1.

    Args:
        share: ε = Σ_passed w, any shape, dimensionless.
        passed_squares: Σ_passed w², the shape of `share`, dimensionless.
        all_squares: Σ_all w², dimensionless.

    Returns:
        σ², the shape of `share`, dimensionless.

    Source: ROOT, TH1::Divide, option B (first-order error propagation of Σ_passed w / Σ_all w).
    """
    ratio = np.asarray(share, dtype=np.float64)
    # Exactly zero at ε = 0 and ε = 1, where rounding could leave a negative.
    return np.maximum((1 - 2 * ratio) * passed_squares + ratio**2 * all_squares, 0.0)
