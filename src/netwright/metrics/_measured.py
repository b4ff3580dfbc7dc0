"""A number and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isfinite, log10

__all__ = ["Measured"]


@dataclass(frozen=True)
class Measured:
    """A value with its statistical uncertainty of one standard deviation.

    Args:
        value: the measured number, in the unit of the quantity.
        uncertainty: its standard deviation, in the same unit; ``inf`` where the rows do not determine it.

    Example:
        >>> print(Measured(0.9712, 0.0031))
        0.9712 ± 0.0031
        >>> print(Measured(812.4, 57.0))
        812 ± 57
    """

    value: float
    uncertainty: float

    def __str__(self) -> str:
        if not (isfinite(self.value) and isfinite(self.uncertainty)) or self.uncertainty <= 0:
            return f"{self.value:.4g} ± {self.uncertainty:.2g}"
        # Two significant digits of the uncertainty say how many digits of the value mean something.
        exponent = floor(log10(self.uncertainty))
        if exponent >= 6 or exponent < -8:
            return f"{self.value:.4g} ± {self.uncertainty:.2g}"
        digits = max(0, 1 - exponent)
        return f"{self.value:.{digits}f} ± {self.uncertainty:.{digits}f}"
