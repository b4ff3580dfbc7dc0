"""What a score is worth on validation rows, by the ensemble and by each member, so that scores can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np

from netwright.config import ResultSection
from netwright.errors import DataError, InferenceError
from netwright.metrics import Measured, roc_auc
from netwright.statistics.inference import RESULTS, channel_results, choose_bins, merged_events
from netwright.statistics.limits import ExpectedLimit, expected_limit
from netwright.statistics.templates import ProcessEvents, templates
from netwright.statistics.workspace import build_workspace

__all__ = ["ScoreWorth", "paired_difference", "score_worth"]


@dataclass(frozen=True)
class ScoreWorth:
    """What a score is worth.

    Attributes:
        limit: expected upper limits on μ.
        together: by name of `netwright.statistics.RESULTS`, and ``roc_auc``: of the ensemble, or of a network alone.
        members: the same for each member of an ensemble, with its own scores on the rows that it may score; NaN where
            these rows give no result. Of a network alone, that network.
    """

    limit: ExpectedLimit
    together: Mapping[str, float]
    members: tuple[Mapping[str, float], ...]


def score_worth(
    valid: Sequence[ProcessEvents],
    section: ResultSection,
    *,
    members: Sequence[Sequence[ProcessEvents]] = (),
    span: tuple[float, float] | None = None,
) -> ScoreWorth:
    """Say what a score is worth, all on validation rows: to choose, never to quote.

    Args:
        valid: validation rows of each process; bins are chosen on them.
        section: bins and confidence level.
        members: the validation rows that each member of an ensemble may score, with the scores of this member.
        span: the outermost scores, dimensionless; those of the rows if not given.

    Returns:
        Limits, significances and AUC, dimensionless.

    Raises:
        DataError: the background does not fulfil the rules of a bin.
        InferenceError: a fit fails.
        MissingExtraError: pyhf is not installed.

    Source: `netwright.statistics.infer`.
    """
    edges, _ = choose_bins(valid, section, span)
    channel = templates(valid, edges)
    level = section.confidence_level
    limit = expected_limit(build_workspace(channel), level=level)
    combined = _results_by_name(channel_results(channel, level, limit.median), valid)
    by_member: list[Mapping[str, float]] = []
    for rows in members:
        try:
            by_member.append(_results_by_name(channel_results(templates(rows, edges), level, limit.median), rows))
        except (DataError, InferenceError):  # a fold may lack background in a bin; the AUC may be known nevertheless
            by_member.append(_results_by_name([nan] * len(RESULTS), rows))
    return ScoreWorth(limit, combined, tuple(by_member) or (combined,))


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Measured:
    """Return the mean difference of pairs, such as members with the same rows and seeds, and how well it is known.

    Args:
        first: shape (n,), any unit.
        second: shape (n,), in the same unit.

    Returns:
        Mean of first - second over pairs without a NaN, with its standard deviation σ/√n; inf with fewer than two.

    Raises:
        DataError: the lengths differ.

    Source: definition; pairs share the chance of rows and seeds, which drops out of the difference.

    Example:
        >>> print(paired_difference([1.0, 2.0, 3.0], [1.5, 2.4, 3.6]))
        -0.500 ± 0.058
    """
    if len(first) != len(second):
        msg = (
            "Arguments `first` and `second` must have the same length: they are pairs. Received: "
            f"{len(first)} and {len(second)}. Give both by member."
        )
        raise DataError(msg)
    differences = np.subtract(first, second)
    differences = differences[np.isfinite(differences)]
    if not differences.size:
        return Measured(nan, float("inf"))
    sigma = float(differences.std(ddof=1)) / sqrt(differences.size) if differences.size > 1 else float("inf")
    return Measured(float(differences.mean()), sigma)


def _results_by_name(values: Sequence[float], processes: Sequence[ProcessEvents]) -> dict[str, float]:
    named = dict(zip(RESULTS, values, strict=True))
    signal, background = (merged_events(processes, is_signal=is_signal) for is_signal in (True, False))
    labels = np.repeat([1, 0], [len(signal.scores), len(background.scores)])
    scores, weights = (
        np.concatenate([getattr(events, name) for events in (signal, background)]) for name in ("scores", "weights")
    )
    try:
        area = roc_auc(labels, scores, weights)
    except DataError:  # the rows of one member may lack a class
        area = nan
    return {**named, "roc_auc": area}
