"""How much of a column float32 preserves: distinct values before and after, and their spacing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PAIR_STEPS", "STEPS", "Resolution", "near_number", "resolution_of"]

Floats = npt.NDArray[np.float64]

STEPS = 1024  # minimum number of float32 steps across an eighth of the distinct values: rounding is then below 0.0002 σ
PAIR_STEPS = 16  # the same for a value with its remainder: rounding is then below 0.01 σ
_PARTS = 8
_STEP = 2.0**-23  # maximum relative step of float32
_PAIR_STEP = 2.0**-47  # of a float32 with its remainder
_NOISE = 2.0**-46  # relative: closer values differ by float64 rounding


@dataclass(frozen=True)
class Resolution:
    """The effect of float32 on a column's values.

    Attributes:
        values: number of values inspected.
        distinct: number of distinct values.
        kept: number of distinct values in float32.
        steps: the fewest float32 steps spanned by an eighth of the distinct values; infinite if there is nothing to
            lose.
        pair_steps: the same for a value with its remainder.
        mean_steps: the same for the distances from the mean, which scaling by mean and deviation uses.
        middle_steps: the same for the distances from the median, which scaling by quantiles uses.
        centre: the median, in the column's unit.
        width: of the central 80% of the distinct values, in the column's unit.
    """

    values: int
    distinct: int
    kept: int
    steps: float = np.inf
    pair_steps: float = np.inf
    mean_steps: float = np.inf
    middle_steps: float = np.inf
    centre: float | int = 0.0
    width: float = 0.0

    @property
    def lost(self) -> bool:
        """Whether float32 is too coarse for the column."""
        return self.steps < STEPS

    @property
    def far_apart(self) -> bool:
        """Whether the values lie in clusters so distant that distances from the mean do not resolve a cluster."""
        return self.mean_steps < STEPS


def resolution_of(values: npt.NDArray[Any], markers: Sequence[float] = ()) -> Resolution:
    """Determine the effect of float32 on values.

    With the distinct values v_1 < ... < v_m (without those within 2⁻⁴⁶ of the previous one, which may be float64
    rounding) and k = max(1, ⌊m/8⌋), an eighth of them spans
    n_i = (v_{i+k} - v_i) / (2⁻²³ max(|v_i|, |v_{i+k}|)) float32 steps; `steps` is the smallest n_i among the
    eighths that contain a value which float32 changes. A distribution that is wide compared with its values has
    thousands of steps or more, whatever its shape, as float32 has the same relative precision everywhere.

    Args:
        values: shape (n,), of any numeric type, in any unit; non-finite values are ignored.
        markers: markers of missing values, which are ignored.

    Returns:
        The result.

    Source: definition.

    Example:
        >>> x = np.linspace(0, 100, 1001)
        >>> resolution_of(x).lost, resolution_of(x + 1.7e9).lost
        (False, True)
        >>> resolution_of(x + 1.7e9).distinct, resolution_of(x + 1.7e9).kept
        (1001, 2)
    """
    finite = np.asarray(values)
    finite = finite.astype(np.float64) if finite.dtype.kind in "bf" else finite
    finite = finite[np.isfinite(finite)] if finite.dtype.kind == "f" else finite
    if len(markers):
        exact = np.asarray(markers, dtype=np.float64)
        finite = finite[~np.isin(finite, [exact, _single(exact).astype(np.float64)])]
    all_distinct = np.unique(finite)
    distinct, kept = len(all_distinct), len(np.unique(_single(all_distinct)))
    different = _different(all_distinct)
    if len(different) < 2:
        return Resolution(len(finite), distinct, kept)
    middle = different[len(different) // 2]
    near = _less(different, middle)
    mean = float(_less(finite, middle).mean())
    span, size = _spans(near), np.abs(different.astype(np.float64))
    changed = np.cumsum(np.append(0, _changed(different)))
    k = len(near) - len(span)
    inside = changed[k + 1 :] > changed[: len(span)]  # whether float32 changes a value in the eighth

    def fewest(steps: Floats, of: npt.NDArray[np.bool_]) -> float:
        return float(steps[of].min()) if of.any() else np.inf

    anywhere = np.ones(len(span), dtype=np.bool_)
    return Resolution(
        values=len(finite),
        distinct=distinct,
        kept=kept,
        steps=fewest(span / (_STEP * _larger(size, k)), inside),
        pair_steps=fewest(span / (_PAIR_STEP * _larger(size, k)), inside),
        mean_steps=fewest(span / (_STEP * _larger(np.abs(near - mean), k)), anywhere),
        middle_steps=fewest(span / (_STEP * _larger(np.abs(near), k)), anywhere),
        centre=middle.item(),
        width=float(near[-1 - len(near) // 10] - near[len(near) // 10]),
    )


def near_number(resolution: Resolution) -> str:
    """Return a short number near the middle of a column, for use as an offset.

    Args:
        resolution: of the column.

    Returns:
        Digits for SQL, as many as the width of the column requires.

    Example:
        >>> near_number(resolution_of(1.7e9 + np.linspace(-40, 60, 11)))
        '1700000010'
        >>> near_number(resolution_of(6.5 + np.linspace(-4e-7, 6e-7, 11)))
        '6.5000001'
    """
    digits = -int(np.floor(np.log10(resolution.width))) if resolution.width > 0 else 0
    near = round(resolution.centre, digits)
    return f"{int(near)}" if near == int(near) else repr(near)


def _single(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _changed(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return which values float32 changes: integers whose first and last bits are more than 24 bits apart."""
    if values.dtype.kind == "f":
        return np.asarray(_single(values).astype(np.float64) != values)
    size = np.where(values < 0, np.uint64(0) - values.astype(np.uint64), values.astype(np.uint64))
    lowest = np.maximum(size & (np.uint64(0) - size), np.uint64(1))
    return np.asarray(size // lowest >= np.uint64(2**24))


def _different(different: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return increasing values without those that differ from the previous one only by float64 rounding."""
    if different.dtype.kind != "f" or len(different) < 2:
        return different
    is_apart = np.append(True, np.diff(different) > _NOISE * np.abs(different[1:]))
    return np.asarray(different[is_apart])


def _less(values: npt.NDArray[Any], middle: np.generic) -> Floats:
    """Return distances from one of the values, exact for integers that do not overflow."""
    if values.dtype.kind in "iu" and len(values) and int(values.max()) - int(values.min()) < 2**62:
        signed = values.astype(np.int64) - np.int64(np.asarray(middle).astype(np.int64))  # modulo 2⁶⁴, for uint64
        return signed.astype(np.float64)
    return values.astype(np.float64) - float(middle.item())


def _spans(increasing: Floats) -> Floats:
    """Return the span of every eighth of the values, shape (m - k,)."""
    k = max(1, len(increasing) // _PARTS)
    return increasing[k:] - increasing[:-k]


def _larger(sizes: Floats, k: int) -> Floats:
    """Return the larger magnitude of both ends of every eighth, so that zero spans give 0 steps."""
    return np.maximum(np.maximum(sizes[k:], sizes[:-k]), np.finfo(np.float64).tiny)
