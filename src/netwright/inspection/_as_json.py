"""An inspection as JSON: plain, complete, and null where a number is not defined."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from netwright.inspection.feature_summary import FeatureSummary
from netwright.inspection.quantiles import PROBABILITIES
from netwright.inspection.result import Correlations, Inspection, PairHistogram

__all__ = ["as_json"]

FORMAT = 2
MAX_IN_MATRIX = 200  # features: with more, the strongest pairs stand for the matrix, which would be megabytes
DIGITS = 15  # of every number: of a column near 5e8 with a deviation of 3, nine would leave whole numbers


def as_json(inspection: Inspection) -> dict[str, Any]:
    """Return an inspection as nested mappings and lists, ready for `netwright.strict_json.write_json`.

    Args:
        inspection: the statistics and the findings.

    Returns:
        All of it, with None for what is not defined; matrices of correlations only up to 200 features. Findings have
        the keys of `netwright.finding.Finding`.
    """
    content = {
        "format": FORMAT,
        "name": inspection.name,
        "severity": inspection.severity,
        "rows": inspection.rows,
        "rows_in_subset": inspection.subset_rows,
        "files": [{"name": name, "rows": rows} for name, rows in inspection.files],
        "findings": [asdict(finding) for finding in inspection.findings],
        "skipped": dict(inspection.skipped),
        "left_out": dict(inspection.left_out),
        "weight": {"column": inspection.weight, **asdict(inspection.total)},
        "parts": [asdict(part) for part in inspection.parts],
        "heads": [asdict(head) for head in inspection.heads],
        "features": [_feature(feature) for feature in inspection.features],
        "texts": [{**asdict(text), "role": role} for text, role in inspection.texts],
        "distributions": {name: asdict(histogram) for name, histogram in inspection.distributions.items()},
        "correlations": None if inspection.correlations is None else _correlations(inspection.correlations),
        "pairs": [_pair(histogram) for histogram in inspection.pairs],
        "drift": {name: [asdict(part) for part in parts] for name, parts in inspection.drift.items()},
        "copies": asdict(inspection.copies),
        "samples": [asdict(sample) for sample in inspection.samples],
    }
    plain = _plain(content)
    return dict(plain)


def _feature(summary: FeatureSummary) -> dict[str, Any]:
    content = asdict(summary)
    feature = content.pop("feature")
    if summary.quantiles is not None:
        content["quantiles"] = {f"{p:g}": value for p, value in zip(PROBABILITIES, summary.quantiles, strict=True)}
    content["missing_encoded_at"] = content.pop("missing_at")
    keys = ("name", "column", "role", "unit", "declared", "markers")
    return {**{key: feature[key] for key in keys}, **content}


def _correlations(correlations: Correlations) -> dict[str, Any]:
    content: dict[str, Any] = {
        "features": list(correlations.names),
        "strongest": [asdict(pair) for pair in correlations.strongest],
    }
    if len(correlations.names) <= MAX_IN_MATRIX:
        content |= {"linear": correlations.linear.round(4), "rank": correlations.rank.round(4)}
    return content


def _pair(histogram: PairHistogram) -> dict[str, Any]:
    edges = {"x_edges": histogram.x_edges, "y_edges": histogram.y_edges}
    return {**asdict(histogram.pair), **edges, "counts": histogram.counts}


def _plain(value: Any) -> Any:  # noqa: ANN401  # JSON knows no type of its own
    """Turn arrays and tuples into lists, round numbers, and put None for those that are not finite."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
