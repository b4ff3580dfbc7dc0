"""The axis of a searched or scanned parameter: numbers or choices, linear or logarithmic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["are_numbers", "is_logarithmic"]

_RATIO = 20  # of the ends of a range that is drawn logarithmically


def are_numbers(values: Sequence[Any]) -> bool:
    """Return whether the values of a parameter are numbers, rather than choices.

    Args:
        values: of the parameter.

    Returns:
        False for booleans, texts and lists among them.
    """
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def is_logarithmic(values: Sequence[Any]) -> bool:
    """Return whether a parameter is drawn on a logarithmic axis: positive numbers over more than a factor of 20.

    Args:
        values: of the parameter, at least one, in any order.

    Returns:
        False for choices too.

    Example:
        >>> is_logarithmic([1e-4, 1e-2]), is_logarithmic([0.0, 0.5]), is_logarithmic(["adam", "sgd"])
        (True, False, False)
    """
    return are_numbers(values) and min(values) > 0 and bool(max(values) / min(values) > _RATIO)
