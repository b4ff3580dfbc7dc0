"""What passes a cut on the score, for every cut that tells rows apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netwright.metrics._sums import running_sums
from netwright.metrics.inputs import Scored, check_positive

__all__ = ["Steps", "efficiencies", "steps"]


@dataclass(frozen=True, eq=False)
class Steps:
    """Efficiencies of all cuts "score ≥ t", from the tightest (nothing passes) to the loosest (all pass).

    Attributes:
        thresholds: the cuts t, shape (m + 1,), dimensionless: inf, then the m distinct scores, descending.
        signal: ε_S = Σ_{signal, s≥t} w / Σ_{signal} w, shape (m + 1,), dimensionless.
        background: ε_B, the same of the background, shape (m + 1,), dimensionless.
        signal_squares: Σ_{signal, s≥t} w² / (Σ_{signal} w)², shape (m + 1,), dimensionless.
        background_squares: the same of the background, shape (m + 1,), dimensionless.
        step_of_row: the first cut that each row passes, shape (n,): an index into the arrays above.
    """

    thresholds: NDArray[np.float64]
    signal: NDArray[np.float64]
    background: NDArray[np.float64]
    signal_squares: NDArray[np.float64]
    background_squares: NDArray[np.float64]
    step_of_row: NDArray[np.int64]


def steps(rows: Scored) -> Steps:
    """Sort the rows once and sum their weights down the scores; equal scores are one step.

    Args:
        rows: n checked rows of both classes.

    Returns:
        The efficiencies of all cuts.

    Raises:
        DataError: if a class has no row or its weights do not sum to something positive.
    """
    order, last_of_step = _descending(rows)
    scores, weights, is_signal = rows.scores[order], rows.weights[order], rows.is_signal[order]
    step_of_row = np.empty(len(order), dtype=np.int64)
    step_of_row[order[0]] = 1
    step_of_row[order[1:]] = 1 + np.cumsum(last_of_step[:-1])
    del order  # of many rows each array is large
    of_signal, of_background = np.where(is_signal, weights, 0.0), np.where(is_signal, 0.0, weights)
    return Steps(
        thresholds=np.concatenate(([np.inf], scores[last_of_step])),
        signal=_efficiency(of_signal, last_of_step),
        background=_efficiency(of_background, last_of_step),
        signal_squares=_squares(of_signal, last_of_step),
        background_squares=_squares(of_background, last_of_step),
        step_of_row=step_of_row,
    )


def efficiencies(rows: Scored) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return ε_S and ε_B of all cuts alone, the same as in `steps`, in less than half of the time.

    Args:
        rows: n checked rows of both classes.

    Returns:
        `Steps.signal` and `Steps.background`, shape (m + 1,) each, dimensionless.

    Raises:
        DataError: if a class has no row or its weights do not sum to something positive.
    """
    order, last_of_step = _descending(rows)
    weights, is_signal = rows.weights[order], rows.is_signal[order]
    of_signal, of_background = np.where(is_signal, weights, 0.0), np.where(is_signal, 0.0, weights)
    return _efficiency(of_signal, last_of_step), _efficiency(of_background, last_of_step)


def _descending(rows: Scored) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return rows by falling score, and in this order which of them are the last with their score."""
    check_positive(rows.weights[rows.is_signal], "signal (label 1)")
    check_positive(rows.weights[~rows.is_signal], "background (label 0)")
    order = np.argsort(rows.scores)[::-1]
    scores = rows.scores[order]
    return order, np.append(scores[1:] != scores[:-1], True)


def _efficiency(weights: NDArray[np.float64], last_of_step: NDArray[np.bool_]) -> NDArray[np.float64]:
    sums = running_sums(weights)
    efficiency: NDArray[np.float64] = np.concatenate(([0.0], sums[last_of_step])) / sums[-1]
    return efficiency


def _squares(weights: NDArray[np.float64], last_of_step: NDArray[np.bool_]) -> NDArray[np.float64]:
    sums = np.cumsum(np.square(weights / weights.sum()))
    return np.concatenate(([0.0], sums[last_of_step]))
