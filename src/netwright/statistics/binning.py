"""Bins of the score in which the background is known: by quantiles of the signal, or by the largest significance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netwright.errors import DataError
from netwright.metrics import weighted_quantile
from netwright.statistics.significance import asimov_significance
from netwright.statistics.templates import ScoredEvents
from netwright.statistics.yields import Yields, fill

__all__ = ["BinRules", "optimal_binning", "quantile_binning"]

_FINE_BINS = 1000


@dataclass(frozen=True)
class BinRules:
    """What the background of every bin must fulfil.

    Attributes:
        background_events: expected events at least; asymptotic formulas need a few.
        relative_uncertainty: √Σw²/Σw of the simulated background at most, dimensionless. It is 1/√N_eff with the
            effective number of rows N_eff = (Σw)²/Σw², so that 0.2 asks for 25 effective rows.

    Raises:
        DataError: a number is not positive.

    Example:
        >>> rules = BinRules(background_events=5.0, relative_uncertainty=0.2)
        >>> rules.fulfilled(np.array([5.0, 5.0, 4.0]), np.array([1.0, 2.0, 0.1]))
        array([ True, False, False])
    """

    background_events: float
    relative_uncertainty: float

    def __post_init__(self) -> None:
        for name in ("background_events", "relative_uncertainty"):
            value = getattr(self, name)
            if not value > 0:
                msg = f"Argument `{name}` must be positive, so that every bin has background. Received: {value!r}."
                raise DataError(msg)

    def fulfilled(self, values: NDArray[np.float64], variances: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which bins fulfil the rules.

        Args:
            values: Σw of background, shape (...), in events.
            variances: Σw² of background, shape (...), in events squared.

        Returns:
            Shape (...).
        """
        enough = values >= self.background_events
        precise: NDArray[np.bool_] = variances <= np.square(self.relative_uncertainty * values)
        return enough & precise


def quantile_binning(
    signal: ScoredEvents, background: ScoredEvents, bins: int, rules: BinRules, span: tuple[float, float] | None = None
) -> NDArray[np.float64]:
    """Return bins that hold equal parts of the signal, as far as the rules allow.

    Bins are cut at the quantiles k/bins of the signal. From the bin of the largest scores on, a bin that does not
    fulfil the rules is joined with its neighbour below; what is left over at the lowest scores joins the last bin.

    Args:
        signal: expected signal events; of validation rows, never of the rows that the result is computed on.
        background: expected background events of such rows.
        bins: how many at the most.
        rules: what the background of a bin must fulfil.
        span: the outermost edges, dimensionless; the smallest and largest score if not given.

    Returns:
        The edges, ascending, shape (at most bins + 1,), dimensionless.

    Raises:
        DataError: all rows together do not fulfil the rules, the signal has no positive sum of weights, or `bins` is
            not positive.

    Source: definition.

    Example:
        >>> signal = ScoredEvents([0.3, 0.6, 0.8, 0.9], [1.0, 1.0, 1.0, 1.0])
        >>> background = ScoredEvents([0.1, 0.2, 0.3, 0.4, 0.7], [5.0, 5.0, 5.0, 5.0, 5.0])
        >>> quantile_binning(signal, background, 4, BinRules(5.0, 1.0), (0.0, 1.0))
        array([0. , 0.7, 1. ])
    """
    _check_bins(bins)
    low, high = _span(signal, background, span)
    inner = [weighted_quantile(signal.scores, k / bins, signal.weights) for k in range(1, bins)]
    edges = _between(inner, low, high)
    filled = fill(background.scores, background.weights, edges)
    return edges[_joined(filled, rules)]


def optimal_binning(
    signal: ScoredEvents, background: ScoredEvents, bins: int, rules: BinRules, span: tuple[float, float] | None = None
) -> NDArray[np.float64]:
    """Return the bins of the largest summed significance √ΣZ_A² among those that fulfil the rules.

    Scores are first sorted into up to 1,000 fine bins, half of them at quantiles of signal rows and half at those of
    background rows. With q_ij the Z_A² of the fine bins i to j - 1 together, where the simulated background's √Σw² is
    its uncertainty, the best sum with k bins that end at j is B_k(j) = max_i [B_{k-1}(i) + q_ij]. That is exact, and
    takes bins · fine² / 2 additions.

    Args:
        signal: expected signal events; of validation rows, never of the rows that the result is computed on.
        background: expected background events of such rows.
        bins: how many at the most.
        rules: what the background of a bin must fulfil.
        span: the outermost edges, dimensionless; the smallest and largest score if not given.

    Returns:
        The edges, ascending, shape (at most bins + 1,), dimensionless; of equally good ones, the fewest.

    Raises:
        DataError: all rows together do not fulfil the rules, the signal has no positive sum of weights, or `bins` is
            not positive.

    Source: R. Bellman, Commun. ACM 4 (1961) 284 (dynamic programming over segments); `asimov_significance`.

    Example:
        >>> signal = ScoredEvents([0.3, 0.6, 0.8, 0.9], [1.0, 1.0, 1.0, 1.0])
        >>> background = ScoredEvents([0.1, 0.2, 0.3, 0.4, 0.7], [5.0, 5.0, 5.0, 5.0, 5.0])
        >>> optimal_binning(signal, background, 2, BinRules(5.0, 1.0), (0.0, 1.0))
        array([0. , 0.6, 1. ])
    """
    _check_bins(bins)
    low, high = _span(signal, background, span)
    shares = np.arange(1, _FINE_BINS // 2) / (_FINE_BINS // 2)
    inner = [np.quantile(rows.scores, shares, method="inverted_cdf") for rows in (signal, background)]
    edges = _between(np.concatenate(inner), low, high)
    of_signal, of_background = (fill(rows.scores, rows.weights, edges) for rows in (signal, background))
    _check_together(of_background, rules)
    return edges[best_segments(_merits(of_signal, of_background, rules), bins)]


def best_segments(merits: NDArray[np.float64], most: int) -> list[int]:
    """Return where to cut a row of fine bins into segments of the largest summed merit.

    Args:
        merits: that of the fine bins i to j - 1 as one segment at [i, j], shape (fine + 1, fine + 1), dimensionless;
            -inf where they may not be one.
        most: segments at the most.

    Returns:
        The cuts, from 0 to fine, ascending; of equally good ones, the fewest.

    Source: R. Bellman, Commun. ACM 4 (1961) 284.
    """
    last = len(merits) - 1
    best, cuts = merits[0], [np.zeros(last + 1, np.intp)]
    largest, largest_cuts = best[last], [0, last]
    for segments in range(2, most + 1):
        sums = best[:, None] + merits
        cuts.append(sums.argmax(axis=0))
        best = sums[cuts[-1], np.arange(last + 1)]
        if best[last] > largest * (1 + 1e-12):
            largest, largest_cuts = best[last], _traced(cuts, segments, last)
    return largest_cuts


def _traced(cuts: list[NDArray[np.intp]], segments: int, last: int) -> list[int]:
    edges = [last]
    for k in range(segments - 1, 0, -1):
        edges.append(int(cuts[k][edges[-1]]))
    return [0, *reversed(edges)]


def _merits(signal: Yields, background: Yields, rules: BinRules) -> NDArray[np.float64]:
    """Return Z_A² of all runs of fine bins, shape (fine + 1, fine + 1); -inf where the rules are not fulfilled."""
    s, b, variance = (_sums_of_runs(values) for values in (signal.values, background.values, background.variances))
    runs = np.arange(len(s))
    allowed = rules.fulfilled(b, variance) & (runs[:, None] < runs)
    merits = np.full(s.shape, -np.inf)
    merits[allowed] = np.square(asimov_significance(s[allowed], b[allowed], np.sqrt(variance[allowed])))
    return merits


def _sums_of_runs(values: NDArray[np.float64]) -> NDArray[np.float64]:
    cumulative = np.concatenate([[0.0], np.cumsum(values)])
    sums: NDArray[np.float64] = cumulative[None, :] - cumulative[:, None]
    return sums


def _joined(background: Yields, rules: BinRules) -> list[int]:
    """Return which edges stay when bins are joined, from the largest scores on, until each fulfils the rules."""
    _check_together(background, rules)
    edges, upper = [len(background.values)], len(background.values)
    for lower in range(upper - 1, -1, -1):
        merged = slice(lower, upper)
        if rules.fulfilled(background.values[merged].sum(), background.variances[merged].sum()):
            edges.append(lower)
            upper = lower
    if edges[-1] != 0:  # what is left over joins the last bin, which then may no longer fulfil the rules
        edges[-1:] = [0]
        while not rules.fulfilled(background.values[: edges[-2]].sum(), background.variances[: edges[-2]].sum()):
            del edges[-2]
    return edges[::-1]


def _check_together(background: Yields, rules: BinRules) -> None:
    total, variance = background.total, float(background.variances.sum())
    if not rules.fulfilled(np.asarray(total), np.asarray(variance)):
        relative = f"{np.sqrt(variance) / total:.3g}" if total > 0 else "unknown"
        msg = (
            f"All background together must fulfil the rules of a bin: at least {rules.background_events:g} events, "
            f"known to {rules.relative_uncertainty:g}. Received: {total:.4g} events with a relative uncertainty of "
            f"{relative}. Ask for less, or add simulated background."
        )
        raise DataError(msg)


def _check_bins(bins: int) -> None:
    if bins < 1:
        msg = f"Argument `bins` must be at least 1. Received: {bins}. One bin is a counting experiment."
        raise DataError(msg)


def _span(signal: ScoredEvents, background: ScoredEvents, span: tuple[float, float] | None) -> tuple[float, float]:
    if not signal.scores.size or not background.scores.size or signal.weights.sum() <= 0:
        msg = (
            "Bins need rows of background, and rows of signal with a positive sum of weights. Received: "
            f"{background.scores.size} and {signal.scores.size} rows, signal weights summing to "
            f"{signal.weights.sum():g}. Check the classes of the validation rows."
        )
        raise DataError(msg)
    if span is not None:
        return span
    scores = np.concatenate([signal.scores, background.scores])
    low, high = float(scores.min()), float(scores.max())
    return low, high if high > low else low + 1.0


def _between(inner: NDArray[np.float64] | list[float], low: float, high: float) -> NDArray[np.float64]:
    """Return ascending edges from low to high, each once."""
    within = np.unique(np.asarray(inner, np.float64))
    return np.concatenate([[low], within[(within > low) & (within < high)], [high]])
