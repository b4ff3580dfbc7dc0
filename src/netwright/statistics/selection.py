"""A result that is computed after every epoch of a training, on validation rows: to choose, never to quote."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Literal

import numpy as np

from netwright.config import ResultSection
from netwright.errors import InferenceError
from netwright.statistics.binning import BinRules, quantile_binning
from netwright.statistics.inference import merged_events
from netwright.statistics.limits import median_limit
from netwright.statistics.significance import asimov_significance
from netwright.statistics.templates import ProcessEvents, templates
from netwright.statistics.workspace import build_workspace

__all__ = ["SelectedResult", "selection_result"]

SelectedResult = Literal["significance", "limit"]
"""What an epoch can be chosen by."""


def selection_result(processes: Sequence[ProcessEvents], section: ResultSection, name: SelectedResult) -> float:
    """Return the result that an epoch is chosen by.

    Bins are quantiles of the signal, whatever `section.binning` says: optimal bins are fitted to the chance of the rows
    on which they are found, and an epoch chosen in its own optimal bins is chosen by that chance. They also take a
    hundred times as long.

    Args:
        processes: validation rows of each process.
        section: rules of bins, and the confidence level.
        name: ``significance``: Z = √ΣZ_A² with √Σw² of the simulated background as its uncertainty; ``limit``: the
            median expected upper limit on μ.

    Returns:
        The result, dimensionless; NaN where a fit does not converge.

    Raises:
        DataError: the background does not fulfil the rules of a bin, or the signal has no positive sum of weights.
        MissingExtraError: a limit is wanted, and pyhf is not installed.

    Source: `asimov_significance`, `median_limit`, `quantile_binning`.

    Example:
        >>> from netwright.statistics import ScoredEvents
        >>> signal = ProcessEvents("hh", ScoredEvents([0.9] * 50, [0.2] * 50), is_signal=True)
        >>> background = ProcessEvents("tt", ScoredEvents([0.1, 0.9] * 100, [1.0] * 200), is_signal=False)
        >>> section = ResultSection(processes={"hh": {"events": 10}, "tt": {"events": 200}})
        >>> round(selection_result([signal, background], section, "significance"), 3)
        0.494
    """
    signal, background = (merged_events(processes, is_signal=kind) for kind in (True, False))
    rules = BinRules(section.background_events, section.relative_uncertainty)
    channel = templates(processes, quantile_binning(signal, background, section.bins, rules))
    if name == "significance":
        of_bins = asimov_significance(channel.signal.values, channel.background.values, channel.background_uncertainty)
        return float(np.sqrt(np.square(of_bins).sum()))
    try:
        return median_limit(build_workspace(channel), level=section.confidence_level)
    except InferenceError:  # an epoch without a limit is not the best
        return nan
