"""Differences of nearly equal numbers with twice the precision of their type.

A sum a + 4096 b rounds a to the last place of 4096 b; subtracting 4096 b again leaves the leading half of a's
digits, and the remainder is exact. Products of two halves are exact as well. Nothing here changes if a compiler
contracts a product and a sum into one operation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_HALF = 4096.0  # 2 to half the number of digits of float32
_STEPS = 128  # table entries per unit of η
_TABLE_END = 25


def halves(value: Any, size: Any) -> tuple[Any, Any]:
    """Return the leading and the trailing digits of a value of at most the magnitude `size`."""
    grid = _HALF * size
    leading = (value + grid) - grid
    return leading, value - leading


def invariant_square(energy: Any, px: Any, py: Any, pz: Any) -> Any:
    """Return E² - px² - py² - pz² to 2e-10 E² in float32, or to its own last digit."""
    parts = [halves(value, energy) for value in (energy, px, py, pz)]
    signs = (1.0, -1.0, -1.0, -1.0)
    leading = sum(sign * a * a for sign, (a, _) in zip(signs, parts, strict=True))
    trailing = sum(sign * (2 * a * b + b * b) for sign, (a, b) in zip(signs, parts, strict=True))
    return leading + trailing


def less_hyperbolic(energy: Any, pt: Any, eta: Any, xp: Any) -> Any:
    """Return E - pT cosh η to 2e-9 E in float32, or to its own last digit, for |η| up to 25.

    With η = k / 128 + r, C = cosh(k / 128) and S = sinh(k / 128) from a table,
    cosh η = C + (C (cosh r - 1) + S sinh r), whose second part is small.
    """
    steps = xp.floor(eta * _STEPS + 0.5)
    r = eta - steps / _STEPS
    cell = xp.abs(steps)
    cells = xp.take(_TABLE, cell.astype(np.int32) if xp is np else xp.cast(cell, "int32"), axis=0)
    leading, trailing, cosh, sinh = (cells[..., k] for k in range(4))
    small = cosh * (r * r / 2) * (1 + r * r / 12) + xp.sign(steps) * sinh * r * (1 + r * r / 6)
    pt_leading, pt_trailing = halves(pt, pt)
    correction = pt_leading * trailing + pt_trailing * (leading + trailing) + pt * small
    return (energy - pt_leading * leading) - correction


def _table() -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the leading and trailing digits of cosh(k / 128), cosh and sinh, shape (k, 4)."""
    at = np.arange(_TABLE_END * _STEPS + 1) / _STEPS
    cosh, sinh = np.cosh(at), np.sinh(at)
    leading = halves(cosh.astype(np.float32), cosh.astype(np.float32))[0]
    return np.stack([leading, cosh - leading, cosh, sinh], axis=-1).astype(np.float32)


_TABLE = _table()
