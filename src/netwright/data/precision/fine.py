"""Numbers finer than float32: a value and its remainder, both float32, which together hold 48 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from netwright.data.moments.missing import markers_of

__all__ = ["FineColumns", "centre_pair", "fine_numbers", "rest_of", "rest_of_values"]

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

FineColumns = Mapping[str, tuple[str, ...]]
"""By group of numbers, its columns that are finer than float32, in the group's order; groups without any are absent."""

_ROWS_AT_ONCE = 65_536


def rest_of(group: str) -> str:
    """Return the name of the input with the float32 remainders of a group's fine columns.

    Args:
        group: its name.

    Returns:
        The name; the hyphen keeps it apart from groups and heads.

    Example:
        >>> rest_of("vertex")
        'vertex-rest'
    """
    return f"{group}-rest"


def rest_of_values(values: npt.NDArray[Any]) -> Singles:
    """Return the remainder of numbers in float32: r = float32(x - float32(x)).

    With h = float32(x), |x - (h + r)| <= 2⁻⁴⁸ |h|, as r is at most half a step of h and has 24 bits of its own; for
    |h| >= 2⁻⁷⁷, below which r is too small for a normal float32. h and r are each rounded to float32, and
    differences of close values, (h - h₀) + (r - r₀), lose nothing of this.

    Args:
        values: x, any shape, in any unit.

    Returns:
        r, the same shape and unit; 0 where x is not finite.

    Source: T. J. Dekker (1971), doi:10.1007/BF01397083, section 2.

    Example:
        >>> x = np.array([1.7e9 + 3.5])
        >>> float(x.astype(np.float32)[0]), float(rest_of_values(x)[0])
        (1700000000.0, 3.5)
    """
    exact = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        remainder = exact - exact.astype(np.float32)
        return np.where(np.isfinite(remainder), remainder, 0).astype(np.float32)


def centre_pair(centre: float) -> tuple[np.float32, np.float32]:
    """Return a number as a value and its remainder.

    Args:
        centre: in any unit.

    Returns:
        The nearest float32, and the remainder.

    Example:
        >>> [float(part) for part in centre_pair(16777217.0)]
        [16777216.0, 1.0]
    """
    with np.errstate(over="ignore"):
        return np.float32(centre), np.float32(rest_of_values(np.asarray(centre)))


def fine_numbers(
    inputs: Mapping[str, npt.NDArray[np.generic]],
    name: str,
    columns: Sequence[str],
    fine: Sequence[str],
    missing: bool | Sequence[float],  # noqa: FBT001  # as the experiment file has it
) -> Floats:
    """Combine the values and remainders of a group, with NaN instead of markers of missing values.

    Args:
        inputs: by name, shape (rows, ...); of the group and, if it has fine columns, of its remainder.
        name: of the group.
        columns: of the group.
        fine: those of them that are fine.
        missing: the group's markers of missing values. A marker is compared in float32, and with its remainder in a
            fine
            column: neither a value near it nor one that differs from it only in the remainder is missing.

    Returns:
        Shape (rows, ..., columns), in the unit of the group.

    Example:
        >>> x = np.array([[1.7e9 + 0.25], [-999.0], [-999.00001]])
        >>> inputs = {"t": x.astype(np.float32), "t-rest": rest_of_values(x)}
        >>> fine_numbers(inputs, "t", ["t"], ["t"], [-999])[:, 0].round(6).tolist()
        [1700000000.25, nan, -999.00001]
    """
    values = np.asarray(inputs[name], dtype=np.float64)
    fine_indices = [columns.index(column) for column in fine]
    remainder = np.asarray(inputs[rest_of(name)], dtype=np.float64) if fine_indices else None
    absent = np.zeros(values.shape, dtype=np.bool_)
    for marker in markers_of(missing):
        marker_value, marker_remainder = centre_pair(marker)
        is_marker = values == marker_value
        if remainder is not None:
            # a file of float32 has no remainder
            is_marker[..., fine_indices] &= (remainder == 0) | (remainder == marker_remainder)
        absent |= is_marker
    if remainder is not None:
        values = values.copy() if values is inputs[name] else values
        values[..., fine_indices] += remainder
    return np.where(absent, np.nan, values) if absent.any() else values
