"""The interval of a fraction that was counted."""

from __future__ import annotations

import math

__all__ = ["fraction", "wilson"]


def wilson(count: int, trials: int, deviations: float = 1.96) -> tuple[float, float]:
    """Return the score interval of a binomial fraction.

    With p = k/n and z deviations: (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n).

    Args:
        count: k, how often it was so.
        trials: n, how often it was looked at.
        deviations: z; 1.96 for 95%.

    Returns:
        Lower and upper end, from 0 to 1; (0, 1) where nothing was looked at.

    Source: Wilson, J. Am. Stat. Assoc. 22 (1927) 209, and Brown, Cai, DasGupta, Stat. Sci. 16 (2001) 101, eq. 4.

    Example:
        >>> low, high = wilson(9, 10)
        >>> round(low, 4), round(high, 4)
        (0.5958, 0.9821)
    """
    if not trials:
        return 0.0, 1.0
    p, z = count / trials, deviations
    middle = p + z * z / (2 * trials)
    half = z * math.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max((middle - half) / scale, 0.0), min((middle + half) / scale, 1.0)


def fraction(count: int, trials: int) -> str:
    """Return a fraction as text with its interval: "0.93 [0.91, 0.95]", or "-" where nothing was looked at."""
    if not trials:
        return "-"
    low, high = wilson(count, trials)
    return f"{count / trials:.2f} [{low:.2f}, {high:.2f}]"
