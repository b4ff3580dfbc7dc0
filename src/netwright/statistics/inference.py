"""From scored rows to a result: bins from validation rows, templates from test rows, then limit and significance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netwright.config import ResultSection
from netwright.errors import DataError, InferenceError
from netwright.metrics import Measured
from netwright.progress import Progress, silent
from netwright.statistics.binning import BinRules, optimal_binning, quantile_binning
from netwright.statistics.bootstrap import bootstrap
from netwright.statistics.channel import Channel
from netwright.statistics.cuts import CutScan, significance_of_cuts
from netwright.statistics.limits import ExpectedLimit, discovery_significance, expected_limit, median_limit
from netwright.statistics.significance import asimov_significance, binned_significance, simple_significance
from netwright.statistics.templates import ProcessEvents, ScoredEvents, templates
from netwright.statistics.workspace import Workspace, build_workspace

__all__ = ["RESULTS", "Inference", "channel_results", "choose_bins", "infer", "merged_events"]

_CUTS = 200
_ROUNDING = 1e-9

RESULTS = ("limit", "discovery", "asimov_with_uncertainty", "asimov", "simple")
"""What an inference measures: the median upper limit on μ; the significance of a discovery by the full likelihood; and
those of the bins together by Asimov's formula with and without the uncertainty of the background, and as s/√b."""


@dataclass(frozen=True, eq=False)
class Inference:
    """What templates of a score say of a signal.

    Attributes:
        channel: the templates, of test rows.
        workspace: the likelihood of these templates.
        limit: expected upper limits on μ.
        results: by name of `RESULTS`, with statistical uncertainty and, of an ensemble, the spread over members.
        binning: the way of binning that was taken.
        binnings: by way of binning, Asimov significance of the bins together, on validation rows.
        cuts: significance of each cut, on validation rows.
        at_best_cut: significance on test rows at the best cut of the validation rows; None where there is none.
        remarks: what the user should know, in sentences.
    """

    channel: Channel
    workspace: Workspace
    limit: ExpectedLimit
    results: Mapping[str, Measured]
    binning: str
    binnings: Mapping[str, Measured]
    cuts: CutScan
    at_best_cut: Measured | None
    remarks: tuple[str, ...]


def infer(
    valid: Sequence[ProcessEvents],
    test: Sequence[ProcessEvents],
    section: ResultSection,
    *,
    members: Sequence[Sequence[ProcessEvents]] = (),
    span: tuple[float, float] | None = None,
    progress: Progress = silent,
) -> Inference:
    """Compute what is expected: the upper limit on the signal strength and the significance of the signal.

    Args:
        valid: validation rows of each process, on which bins and cut are chosen.
        test: test rows of each process, on which everything else is computed; the expected events of a process are
            the same in both.
        section: bins, confidence level and replicas.
        members: the test rows that each member of an ensemble may score, with the scores of this member.
        span: the outermost scores, dimensionless; those of the validation rows if not given.
        progress: callback for progress updates.

    Returns:
        The result.

    Raises:
        DataError: the background does not fulfil the rules of a bin, or test rows have none in a bin.
        InferenceError: a fit fails, or too few replicas gave a result.
        MissingExtraError: pyhf is not installed.

    Source: `netwright.statistics.expected_limit`, `netwright.statistics.discovery_significance`,
    `netwright.statistics.asimov_significance`; each result is dimensionless.
    """
    edges, binnings = choose_bins(valid, section, span)
    channel = templates(test, edges)
    level = section.confidence_level
    limit = expected_limit(build_workspace(channel), level=level)
    workspace = build_workspace(channel, largest_strength=_round_up(3 * limit.limits[-1]))
    values = channel_results(channel, level, limit.median)
    scatter, lost = bootstrap(
        lambda replica: channel_results(replica, level, limit.median), test, edges,
        replicas=section.replicas, seed=section.seed, progress=progress,
    )  # fmt: skip
    remarks = []
    if lost:
        remarks.append(
            f"{lost} of {section.replicas} bootstrap replicas gave no result, so that uncertainties are too small: "
            "the simulated sample is small for these bins."
        )
    spread, remark = _spread(members, edges, level, limit.median)
    remarks += remark
    sigma = scatter.std(axis=0, ddof=1)
    sigma[sigma < _ROUNDING * np.abs(values)] = 0.0  # one bin holds the total, which no replica changes
    results = {
        name: Measured(value, float(sigma[index]), None if spread is None else float(spread[index]))
        for index, (name, value) in enumerate(zip(RESULTS, values, strict=True))
    }
    cuts = _cuts(valid, section, edges)
    at_best_cut = _at_cut(test, cuts.best)
    if at_best_cut is None:
        remarks.append("No cut leaves enough simulated background to know what a cut is worth.")
    return Inference(channel, workspace, limit, results, section.binning, binnings, cuts, at_best_cut, tuple(remarks))


def merged_events(processes: Sequence[ProcessEvents], *, is_signal: bool) -> ScoredEvents:
    """Put the rows of all signals or of all backgrounds together.

    Args:
        processes: signal and background rows.
        is_signal: which of them.

    Returns:
        Their scores and weights, shape (n,), in events.

    Source: definition.
    """
    chosen = [process.nominal for process in processes if process.is_signal == is_signal]
    no_rows: list[NDArray[np.float64]] = [np.empty(0)]
    scores, weights = ([getattr(events, name) for events in chosen] or no_rows for name in ("scores", "weights"))
    return ScoredEvents(np.concatenate(scores), np.concatenate(weights))


def choose_bins(
    valid: Sequence[ProcessEvents], section: ResultSection, span: tuple[float, float] | None
) -> tuple[NDArray[np.float64], dict[str, Measured]]:
    """Choose the bins of the score.

    Args:
        valid: validation rows of each process.
        section: the way of binning, and its rules.
        span: the outermost scores, dimensionless; those of the rows if not given.

    Returns:
        The edges, shape (bins + 1,), dimensionless; and by way of binning how significant the rows are in its bins.

    Raises:
        DataError: the background does not fulfil the rules.

    Source: `optimal_binning`, `quantile_binning`.
    """
    signal, background = (merged_events(valid, is_signal=kind) for kind in (True, False))
    rules = BinRules(section.background_events, section.relative_uncertainty)
    methods = {"optimal": optimal_binning, "quantiles": quantile_binning}
    edges = {name: bins(signal, background, section.bins, rules, span) for name, bins in methods.items()}
    merits = {}
    for name, bounds in edges.items():
        channel = templates(valid, bounds)
        merits[name] = binned_significance(channel.signal, channel.background)
    return edges[section.binning], merits


def channel_results(channel: Channel, level: float, start: float | None = None) -> list[float]:
    """Return the values of `RESULTS` for templates.

    Args:
        channel: the templates.
        level: confidence level of the limit, dimensionless.
        start: a first guess of the limit on μ, dimensionless.

    Returns:
        One number for each, dimensionless.

    Raises:
        InferenceError: a fit fails.
        MissingExtraError: pyhf is not installed.

    Source: `infer`.
    """
    workspace = build_workspace(channel)
    s, b = channel.signal.values, channel.background.values
    return [
        median_limit(workspace, level=level, start=start),
        discovery_significance(workspace),
        _together(asimov_significance(s, b, channel.background_uncertainty)),
        _together(asimov_significance(s, b)),
        _together(simple_significance(s, b)),
    ]


def _together(significances: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.square(significances).sum()))


def _spread(
    members: Sequence[Sequence[ProcessEvents]], edges: NDArray[np.float64], level: float, start: float
) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Return the standard deviation of the results over members, shape (results,), and what is to be said of it."""
    if len(members) < 2:
        return None, []
    by_member, remarks = [], []
    for number, rows in enumerate(members):
        try:
            by_member.append(channel_results(templates(rows, edges), level, start))
        except (DataError, InferenceError) as error:
            remarks.append(f"Member {number} has no separate result: {error}")
    spread = np.std(by_member, axis=0, ddof=1) if len(by_member) > 1 else np.full(len(RESULTS), np.inf)
    return np.asarray(spread, np.float64), remarks


def _cuts(valid: Sequence[ProcessEvents], section: ResultSection, edges: NDArray[np.float64]) -> CutScan:
    signal, background = (merged_events(valid, is_signal=kind) for kind in (True, False))
    rows = 1 / section.relative_uncertainty**2
    cuts = np.linspace(edges[0], edges[-1], _CUTS)
    return significance_of_cuts(signal, background, cuts, background_rows=rows)


def _at_cut(test: Sequence[ProcessEvents], cut: float | None) -> Measured | None:
    if cut is None:
        return None
    signal, background = (merged_events(test, is_signal=kind) for kind in (True, False))
    scan = significance_of_cuts(signal, background, [cut])
    if np.isnan(scan.significance[0]):
        return None
    return Measured(float(scan.significance[0]), float(scan.uncertainty[0]))


def _round_up(value: float) -> float:
    """Return the next larger number of one digit."""
    power = 10 ** np.floor(np.log10(value))
    return float(np.ceil(value / power) * power)
