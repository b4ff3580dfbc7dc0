"""Numbers and small arrays as text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["format_value"]

_MAX_VALUES = 6


def format_value(value: npt.ArrayLike | None) -> str:
    """Write a number with four digits, a small array with all its values, a large one with its shape.

    Args:
        value: of any shape and unit; None where there is none.

    Returns:
        One line.

    Example:
        >>> format_value(-12.0), format_value([1.0, 2.5]), format_value(np.zeros((3, 40)))
        ('-12', '[1, 2.5]', 'array (3, 40), root mean square 0')
    """
    if value is None:
        return "none"
    array = np.asarray(value)
    if array.dtype.kind == "b":
        array = array.astype(object)
    if array.size == 1:
        return _one(array.item())
    if array.size <= _MAX_VALUES:
        return np.array2string(array, formatter={"all": _one}, separator=", ").replace("\n", "").replace("  ", " ")
    root = float(np.sqrt(np.mean(np.square(array.astype(np.float64)))))
    return f"array {array.shape}, root mean square {root:.4g}"


def _one(value: object) -> str:
    text = str(value) if isinstance(value, bool) else f"{value:.4g}"
    return "0" if text == "-0" else text
