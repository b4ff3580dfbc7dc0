"""A number and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, isfinite, isnan, log10

__all__ = ["Measured"]

_ROUNDING = 1e-12  # of a limit


@dataclass(frozen=True)
class Measured:
    """A value with its statistical uncertainty of one standard deviation.

    Attributes:
        value: the measured number, in the unit of the quantity.
        uncertainty: its standard deviation, in the same unit; ``inf`` where the rows do not determine it.
        spread: standard deviation of the value over the members of an ensemble, in the same unit; None for a network
            of its own, ``inf`` where it is not known, as where a member lets no background pass.
        lower_limit: what the quantity is larger than at a confidence level of 68.27%, in the same unit, where the rows
            give no value but only a limit (``value`` is then ``inf``); None otherwise.

    Example:
        >>> print(Measured(0.9712, 0.0031))
        0.9712 ± 0.0031
        >>> print(Measured(812.4, 57.0))
        812 ± 57
        >>> print(Measured(0.9712, 0.0031, spread=0.0008))
        0.9712 ± 0.0031 (members ± 0.0008)
        >>> print(Measured(0.524, 0.04, spread=0.0004))
        0.524 ± 0.040 (members ± 0.0004)
        >>> print(Measured(812.4, 57.0, spread=float("inf")))
        812 ± 57
        >>> print(Measured(float("inf"), float("inf"), lower_limit=412.3))
        > 410 (68%)
    """

    value: float
    uncertainty: float
    spread: float | None = None
    lower_limit: float | None = None

    def __str__(self) -> str:
        if self.lower_limit is not None:
            return f"> {_two_digits(self.lower_limit)} (68%)"
        if not isfinite(self.value):
            return "not defined" if isnan(self.value) else "∞"
        if not isfinite(self.uncertainty):
            return f"{self.value:.4g} (uncertainty not known)"
        digits = _digits(self.uncertainty)
        if digits is None:
            text = f"{self.value:.4g} ± {self.uncertainty:.2g}"
        else:
            text = f"{self.value:.{digits}f} ± {self.uncertainty:.{digits}f}"
        if self.spread is None or not isfinite(self.spread):
            return text
        spread = f"{self.spread:.2g}" if digits is None else f"{self.spread:.{digits}f}"
        if self.spread > 0 and float(spread) == 0:
            spread = f"{self.spread:.1g}"  # not nothing
        return f"{text} (members ± {spread})"


def _digits(uncertainty: float) -> int | None:
    """Return how many digits of a value mean something: two significant ones of its uncertainty say so."""
    if not isfinite(uncertainty) or uncertainty <= 0:
        return None
    exponent = floor(log10(uncertainty))
    return None if exponent >= 6 or exponent < -8 else max(0, 1 - exponent)


def _two_digits(limit: float) -> str:
    """Return a lower limit, rounded down to the two digits that are worth saying; no exponents below a million."""
    if not 0 < limit < inf:
        return f"{limit:.2g}"
    place = floor(log10(limit)) - 1
    rounded = float(f"{floor(limit * 10.0**-place * (1 + _ROUNDING))}e{place}")
    return f"{rounded:.0f}" if 10 <= rounded < 1e6 else f"{rounded:.2g}"
