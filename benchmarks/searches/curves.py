"""Curves of searches: the best so far against trials and against time, with median and band over repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Searched = Mapping[str, Sequence[float]]

BAND = (16, 50, 84)  # percentiles


def best_so_far(found: Searched) -> tuple[Floats, Floats]:
    """Return by trial the best validation value so far, and the test value of that trial.

    Args:
        found: values by trial; NaN in ``valid`` cannot be chosen.

    Returns:
        Validation and test values, shape (trials,).
    """
    valid, test = np.asarray(found["valid"], np.float64), np.asarray(found["test"], np.float64)
    comparable = np.where(np.isnan(valid), -np.inf, valid)
    best = np.maximum.accumulate(comparable)
    first = [int(np.argmax(comparable[: n + 1])) for n in range(len(valid))]
    chosen = np.where(np.isfinite(best), test[first], np.nan)
    return np.where(np.isfinite(best), best, np.nan), chosen


def bands(curves: Sequence[Floats]) -> Floats:
    """Return low, median and high of curves, shape (3, points); curves that are shorter keep their last value.

    Args:
        curves: of repeats, shape (points,) each.

    Returns:
        Percentiles of each point.
    """
    longest = max(len(one) for one in curves)
    padded = np.array([np.pad(one, (0, longest - len(one)), mode="edge") for one in curves])
    filled = np.where(np.isnan(padded), 0.5, padded)  # before a repeat has a value it is at chance
    return np.asarray(np.percentile(filled, BAND, axis=0))


def reached(median: Floats, quality: float) -> int | None:
    """Return after how many trials a median reaches a quality; None if it does not.

    Args:
        median: by trial.
        quality: what is wanted.

    Returns:
        The number of trials.
    """
    good = np.flatnonzero(median >= quality)
    return int(good[0]) + 1 if len(good) else None


def against_time(found: Sequence[Searched], times: Floats) -> list[Floats]:
    """Return the test value of the best so far at given times, for each repeat.

    Args:
        found: of repeats, with ``ended``.
        times: in s, shape (points,).

    Returns:
        Values by repeat, shape (points,); NaN before its first trial ended.
    """
    curves = []
    for one in found:
        _, test = best_so_far(one)
        place = np.searchsorted(np.asarray(one["ended"]), times, side="right") - 1
        curves.append(np.where(place >= 0, test[np.maximum(place, 0)], np.nan))
    return curves
