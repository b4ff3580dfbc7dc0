"""The result: expected significance, upper limits, and the files that other programs compute them from."""

from __future__ import annotations

from netwright.statistics.binning import BinRules, optimal_binning, quantile_binning
from netwright.statistics.bootstrap import bootstrap
from netwright.statistics.channel import Channel, Process
from netwright.statistics.comparison import ScoreWorth, paired_difference, score_worth
from netwright.statistics.cuts import CutScan, significance_of_cuts
from netwright.statistics.datacard import datacard_text, write_datacard
from netwright.statistics.impacts import Impacts, expected_impacts
from netwright.statistics.inference import RESULTS, Inference, infer, merged_events
from netwright.statistics.limits import (
    BANDS,
    ExpectedLimit,
    discovery_significance,
    expected_cls,
    expected_cls_curve,
    expected_limit,
    median_limit,
)
from netwright.statistics.selection import SelectedResult, selection_result
from netwright.statistics.significance import asimov_significance, binned_significance, simple_significance
from netwright.statistics.templates import ProcessEvents, ScoredEvents, expected_weights, templates
from netwright.statistics.toys import toy_cls
from netwright.statistics.workspace import Workspace, build_workspace
from netwright.statistics.yields import Yields, fill, total_yields, without_negative_bins

__all__ = [
    "BANDS",
    "RESULTS",
    "BinRules",
    "Channel",
    "CutScan",
    "ExpectedLimit",
    "Impacts",
    "Inference",
    "Process",
    "ProcessEvents",
    "ScoreWorth",
    "ScoredEvents",
    "SelectedResult",
    "Workspace",
    "Yields",
    "asimov_significance",
    "binned_significance",
    "bootstrap",
    "build_workspace",
    "datacard_text",
    "discovery_significance",
    "expected_cls",
    "expected_cls_curve",
    "expected_impacts",
    "expected_limit",
    "expected_weights",
    "fill",
    "infer",
    "median_limit",
    "merged_events",
    "optimal_binning",
    "paired_difference",
    "quantile_binning",
    "score_worth",
    "selection_result",
    "significance_of_cuts",
    "simple_significance",
    "templates",
    "total_yields",
    "toy_cls",
    "without_negative_bins",
    "write_datacard",
]
