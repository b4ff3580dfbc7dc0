"""The shape of a weighted distribution: where its tails begin, and a piecewise-linear map to a normal one."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from netwright.errors import DataError
from netwright.metrics import weight_sum

__all__ = ["KNOTS", "TAIL", "normal_knots", "tail_values"]

Floats = npt.NDArray[np.float64]

KNOTS = 33
TAIL = 0.001  # share of the weights in each tail
_NORMAL = NormalDist()
_EDGE = 1e-6  # minimum share below a value, so that every z is within 4.75
_SAME = 1e-6  # relative distance: closer values form one knot, as float32 barely separates them
_TINY = 1e-30  # in any unit: below it, the slope between two knots exceeds float32


def normal_knots(where: str, values: Floats, weights: Floats, minimum: float, maximum: float) -> tuple[Floats, Floats]:
    """Return a piecewise-linear map that turns a weighted distribution into a standard normal one.

    With the weighted share below each distinct value, F(v) = (Σ_{x<v} w + ½ Σ_{x=v} w) / Σ w, the knots are
    x_k = F⁻¹(Φ(z_k)), F⁻¹ linear between values, for 33 equidistant z_k from Φ⁻¹(F(smallest)) to
    Φ⁻¹(F(largest)); up to 33 distinct values are knots themselves. Negative weights can make F decrease: it is
    then the mean of its running maximum from below and its running minimum from above. Knots that
    float32 cannot distinguish, or with the same z, are merged.

    Args:
        where: name of the values, for messages.
        values: x, shape (n,), finite, in any unit.
        weights: w, shape (n,), dimensionless; they may be negative.
        minimum: position of the first knot, in the values' unit; the smallest of all values, of which these may be
            a sample.
        maximum: position of the last knot.

    Returns:
        Knots x_k in the values' unit, strictly increasing, and z_k, dimensionless, strictly increasing; shape
        (33,) each, padded with the last one if there are fewer.

    Raises:
        DataError: the weights do not add up to a positive number.

    Source: definition; E. L. Lehmann, Elements of Large-Sample Theory (1999), section 2.1, for Φ⁻¹(F(x)).

    Example:
        >>> x, z = normal_knots("x", np.array([0.0, 1.0]), np.array([1.0, 3.0]), 0.0, 1.0)
        >>> x[:2].tolist(), z[:2].round(3).tolist()
        ([0.0, 1.0], [-1.15, 0.319])
    """
    different, index = np.unique(values, return_inverse=True)
    total = weight_sum(weights)
    if not total > 0:
        msg = (
            f"{where}: negative and positive weights nearly cancel: in a sample of {len(values)} rows they add up "
            f"to {total:g}, and quantiles need a positive sum. Exclude some negative weights, or use more rows."
        )
        raise DataError(msg)
    shares = np.bincount(index, weights=weights) / total
    share = np.cumsum(shares) - shares / 2
    rising = (np.maximum.accumulate(share) + np.minimum.accumulate(share[::-1])[::-1]) / 2
    share = np.clip(rising, _EDGE, 1 - _EDGE)
    if len(different) <= KNOTS:
        x, z = different, _quantile(share)
    else:
        first, last = _quantile(share[[0, -1]])
        z = np.linspace(first, last, KNOTS)
        x = np.interp([_NORMAL.cdf(quantile) for quantile in z], share, different)
    x[0], x[-1] = minimum, maximum
    x, z = _merged(x, z)
    missing = KNOTS - len(x)
    return np.pad(x, (0, missing), mode="edge"), np.pad(z, (0, missing), mode="edge")


def tail_values(values: Floats, weights: Floats) -> tuple[float, float]:
    """Return where the tails of a weighted distribution begin.

    The smallest x with Σ_{v≤x} w ≥ 0.001 Σ w, and the largest with Σ_{v≥x} w ≥ 0.001 Σ w.

    Args:
        values: v, shape (n,), finite, in any unit.
        weights: w, shape (n,), dimensionless, with a positive sum; they may be negative.

    Returns:
        The quantiles of 0.001 and 0.999, in the values' unit; the extremes if the sum is not positive and none exists.

    Source: definition.

    Example:
        >>> tail_values(np.array([-50.0, 1.0, 2.0, 3.0]), np.array([1e-6, 1.0, 1.0, 1.0]))
        (1.0, 3.0)
    """
    bound = TAIL * float(weights.sum())
    return _tail(values, weights, bound), -_tail(-values, weights, bound)


def _tail(values: Floats, weights: Floats, bound: float) -> float:
    """Return the smallest x with Σ_{v≤x} w ≥ bound; only as many values as needed are sorted."""
    count = max(64, len(values) // 256)
    while count < len(values):
        near = values <= np.partition(values, count)[count]
        reached = _reached(values[near], weights[near], bound)
        if reached is not None:
            return reached
        count *= 8
    reached = _reached(values, weights, bound)
    return float(values.min()) if reached is None else reached


def _reached(values: Floats, weights: Floats, bound: float) -> float | None:
    """Return the first of some values up to which the weights add up to a bound."""
    different, index = np.unique(values, return_inverse=True)
    enough = np.cumsum(np.bincount(index, weights=weights)) >= bound
    return float(different[np.argmax(enough)]) if enough.any() else None


def _quantile(shares: Floats) -> Floats:
    return np.array([_NORMAL.inv_cdf(float(share)) for share in shares])


def _merged(x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Return knots that are distinct in both, averaging those that are not; two knots of slope 1 at least."""
    least = np.maximum(_SAME * np.maximum(np.abs(x[1:]), np.abs(x[:-1])), _TINY)
    if len(x) > 1 and ((np.diff(x) > least) & (np.diff(z) > _SAME)).all():
        return x, z
    groups = [[0]]
    for k in range(1, len(x)):
        first = groups[-1][0]
        resolved = max(_SAME * max(abs(x[k]), abs(x[first])), _TINY)
        if x[k] - x[first] > resolved and z[k] - z[first] > _SAME:
            groups.append([k])
        else:
            groups[-1].append(k)
    if len(groups) == 1:
        width = max(1.0, _SAME * abs(x[0]))
        return x[0] + np.array([0.0, width]), np.array([0.0, 1.0])
    return tuple(np.array([values[group].mean() for group in groups]) for values in (x, z))  # type: ignore[return-value]
